"""Single rows for each measure of the catalogue, and what its specification says of them.

A case is what differs from the first row, and the numerator and denominator of that row.
"""

from typing import Any

Cells = dict[str, Any]
Case = tuple[Cells, tuple[int, int]]
STAY = {
    "admitted_on": "2023-02-01",
    "discharged_on": "2023-02-10",
    "age": 70,
    "planned": False,
    "died": False,
    "transferred": False,
}

CASES: dict[str, tuple[Cells, list[Case]]] = {
    "in-hospital-mortality": (
        STAY | {"emergency": True},
        [
            ({}, (0, 1)),
            ({"died": True}, (1, 1)),
            ({"age": 17, "died": True}, (0, 0)),
            ({"transferred": True}, (0, 0)),
        ],
    ),
    "prolonged-stay": (
        STAY,
        [
            ({}, (0, 1)),
            ({"discharged_on": "2023-02-22"}, (1, 1)),
            ({"discharged_on": "2023-02-21"}, (0, 1)),
            ({"discharged_on": "2023-01-21"}, (0, 0)),
            ({"age": 17, "discharged_on": "2023-03-22"}, (0, 0)),
        ],
    ),
    "mortality-ami": (
        STAY | {"sex": "female", "diagnosis": "I21.0", "hospice": False},
        [
            ({"died": True}, (1, 1)),
            ({"diagnosis": "I22.9"}, (0, 1)),
            ({"diagnosis": "I25.2", "died": True}, (0, 0)),
            ({"hospice": True, "died": True}, (0, 0)),
            ({"transferred": True}, (0, 0)),
            ({"age": 17}, (0, 0)),
        ],
    ),
    "door-to-balloon": (
        {
            "arrived_on": "2023-02-01",
            "age": 60,
            "stemi": True,
            "transferred_in": False,
            "fibrinolysis": False,
            "delay_of_patient": False,
            "minutes_to_device": 90,
        },
        [
            ({}, (1, 1)),
            ({"minutes_to_device": 91}, (0, 1)),
            ({"minutes_to_device": 91, "delay_of_patient": True}, (0, 0)),
            ({"delay_of_patient": True}, (1, 1)),
            ({"minutes_to_device": 1441}, (0, 0)),
            ({"minutes_to_device": ""}, (0, 0)),
            ({"fibrinolysis": True}, (0, 0)),
            ({"transferred_in": True}, (0, 0)),
            ({"stemi": False}, (0, 0)),
        ],
    ),
    "four-hour-emergency": (
        {
            "department": "main",
            "arrived_on": "2023-02-01",
            "planned_follow_up": False,
            "minutes_in_department": 240,
        },
        [
            ({}, (1, 1)),
            ({"minutes_in_department": 241}, (0, 1)),
            ({"minutes_in_department": ""}, (0, 0)),
            ({"planned_follow_up": True}, (0, 0)),
        ],
    ),
    "surgical-site-infection": (
        {
            "operated_on": "2023-02-01",
            "category": "COLO",
            "surveillance_days": 30,
            "infected_on": "2023-03-02",
            "present_at_surgery": "",
        },
        [
            ({}, (1, 1)),
            ({"infected_on": "2023-03-03"}, (0, 1)),
            ({"infected_on": "2023-03-03", "surveillance_days": 90}, (1, 1)),
            ({"infected_on": ""}, (0, 1)),
            ({"present_at_surgery": True}, (0, 1)),
            ({"infected_on": "2023-01-31"}, (0, 1)),
        ],
    ),
    "sepsis-bundle": (
        {
            "time_zero_on": "2023-02-01",
            "age": 60,
            "comfort_care": False,
            "fluids_indicated": True,
            "minutes_to_lactate": 20,
            "minutes_to_antibiotics": 180,
            "minutes_to_fluids": 60,
            "cultures_before_antibiotics": True,
        },
        [
            ({}, (1, 1)),
            ({"minutes_to_lactate": -30}, (1, 1)),
            ({"minutes_to_antibiotics": 181}, (0, 1)),
            ({"minutes_to_lactate": ""}, (0, 1)),
            ({"cultures_before_antibiotics": ""}, (0, 1)),
            ({"minutes_to_fluids": ""}, (0, 1)),
            ({"minutes_to_fluids": "", "fluids_indicated": False}, (1, 1)),
            ({"comfort_care": True}, (0, 0)),
            ({"age": 17}, (0, 0)),
        ],
    ),
    "hip-score-improvement": (
        {"operated_on": "2023-02-01", "primary": True, "score_before": 18, "score_after": 26},
        [
            ({}, (1, 1)),
            ({"score_after": 25}, (0, 1)),
            ({"score_after": ""}, (0, 0)),
            ({"score_before": ""}, (0, 0)),
            ({"primary": False}, (0, 0)),
        ],
    ),
    "length-of-stay": (
        STAY,
        [
            ({}, (1, 1)),
            ({"discharged_on": "2024-02-22"}, (1, 1)),
            ({"discharged_on": "2023-01-21"}, (0, 0)),
            ({"age": 17}, (0, 0)),
        ],
    ),
    "door-to-balloon-minutes": (
        {
            "arrived_on": "2023-02-01",
            "arrived_at": "2023-02-01 23:30",
            "device_at": "2023-02-02 00:45",
            "age": 60,
            "stemi": True,
            "transferred_in": False,
            "fibrinolysis": False,
            "delay_of_patient": False,
        },
        [
            ({}, (1, 1)),
            ({"device_at": "2023-02-02 23:30"}, (1, 1)),
            ({"device_at": "2023-02-02 23:31"}, (0, 1)),
            ({"delay_of_patient": True}, (0, 0)),
            ({"fibrinolysis": True}, (0, 0)),
            ({"transferred_in": True}, (0, 0)),
            ({"stemi": False}, (0, 0)),
        ],
    ),
    "hip-score-change": (
        {"operated_on": "2023-02-01", "primary": True, "score_before": 18, "score_after": 26},
        [({}, (1, 1)), ({"score_after": ""}, (0, 1)), ({"primary": False}, (0, 0))],
    ),
    "handover-survey": (
        {
            "asked_on": "2023-02-01",
            "lost_between_units": 2,
            "lost_between_shifts": 1,
            "time_enough": "",
        },
        [({}, (1, 1)), ({"lost_between_units": ""}, (0, 1))],
    ),
    "collaboration-survey": (
        {
            "asked_on": "2023-02-01",
            **dict.fromkeys(("environment", "membership", "process"), 4),
            **dict.fromkeys(("communication", "purpose", "resources"), ""),
        },
        [({}, (1, 1)), ({"process": ""}, (0, 1))],
    ),
    "falls": (
        {"ward": "a", "month": "2023-02-01", "eligible": True, "falls": 3, "bed_days": 700},
        [({}, (3, 700)), ({"eligible": False}, (0, 0)), ({"falls": 0}, (0, 700))],
    ),
    "central-line-infection": (
        {"unit": "icu", "month": "2023-02-01", "infections": 1, "line_days": 300},
        [({}, (1, 300)), ({"infections": 0}, (0, 300))],
    ),
}
"""Measures in which each row stands by itself."""

INDEX = STAY | {"stay_id": "1", "patient_id": "p", "diagnosis": "I50.9", "against_advice": False}
NEXT = INDEX | {"stay_id": "2", "admitted_on": "2023-03-12", "discharged_on": "2023-03-20"}

CHAINS: dict[str, list[tuple[list[Cells], tuple[int, int]]]] = {
    "readmission-30-day": [
        ([INDEX], (0, 1)),
        ([INDEX, NEXT], (1, 2)),
        ([INDEX, NEXT | {"admitted_on": "2023-03-13"}], (0, 2)),
        ([INDEX, NEXT | {"planned": True}], (0, 2)),
        ([INDEX, NEXT | {"patient_id": "q"}], (0, 2)),
        ([INDEX | {"died": True}], (0, 0)),
        ([INDEX | {"transferred": True}, NEXT], (0, 1)),
        ([INDEX, NEXT | {"age": 17}], (1, 1)),
    ],
    "readmission-30-day-hf": [
        ([INDEX, NEXT | {"diagnosis": "J18.9"}], (1, 1)),
        ([INDEX | {"diagnosis": "J18.9"}, NEXT], (0, 1)),
        ([INDEX | {"age": 64}], (0, 0)),
        ([INDEX | {"against_advice": True}, NEXT], (0, 1)),
        # After a planned readmission nothing is the index stay's any more.
        (
            [
                INDEX,
                NEXT
                | {"admitted_on": "2023-02-12", "discharged_on": "2023-02-13", "planned": True}
                | {"diagnosis": "Z51.1"},
                NEXT | {"stay_id": "3", "diagnosis": "J18.9"},
            ],
            (0, 1),
        ),
    ],
}
"""Measures in which a row is judged by others of the same patient."""
