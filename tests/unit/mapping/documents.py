"""A small mapping, and changes of it."""

from copy import deepcopy
from typing import Any

DOCUMENT: dict[str, Any] = {
    "fedqi_mapping": 1,
    "id": "small",
    "title": "Stays and patients",
    "tables": {
        "stay": {
            "table": "adt_stays",
            "columns": {
                "nr": {"from": "case no"},
                "patient": "string",
                "came": {"type": "date"},
                "went": {"type": "date"},
                "kind": "string",
                "ward": "string",
            },
        },
        "patient": {"columns": {"id": "string", "birth": "date", "sex": "string"}},
    },
    "datasets": {
        "hospital stay": {
            "from": "stay",
            "joins": {"patient": {"match": {"id": "stay.patient"}}},
            "where": "kind <> 'day'",
            "columns": {
                "stay_id": "stay.nr",
                "patient_id": "stay.patient",
                "admitted_on": "came",
                "discharged_on": "went",
                "age": {"expression": "year(came) - year(birth)"},
                "planned": {"from": "kind", "codes": {"P": True, "E": False}},
            },
        }
    },
}
DATASET = ("datasets", "hospital stay")


def changed(value: object, *steps: str) -> dict[str, Any]:
    """Return the small mapping with the value at some place replaced; None takes it away."""
    body = deepcopy(DOCUMENT)
    inner = body
    for step in steps[:-1]:
        inner = inner[step]
    if value is None:
        del inner[steps[-1]]
    else:
        inner[steps[-1]] = value
    return body
