"""Patient numbers that are none, and tables that go back less far than a measure looks."""

from pathlib import Path
from typing import Any

import pytest

from fedqi import split
from fedqi.engine.history import history_doubts
from fedqi.measures import Measure, parse_measure
from tests.unit.measures.documents import COLUMNS, dataset, document

LOOK_BACK = {"before": {"count": "stay", "within": "365 days", "before": "admitted"}}
HEADER = "stay,patient,ward,admitted,discharged,age,diagnosis"


def measure(subject: str = "string", **changes: Any) -> Measure:
    columns = COLUMNS | {"patient": {"type": subject}}
    rows = dataset(grain="stay", columns=columns)
    return parse_measure(document(**{"dataset": rows, "derive": LOOK_BACK} | changes))


def table(folder: Path, patients: list[str]) -> Path:
    """Write a row of March 2024 for each patient; the first one is of March 2023."""
    rows = [f"{n},{each},A,2024-03-01,2024-03-04,70,I50.9" for n, each in enumerate(patients)]
    path = folder / "rows.csv"
    rows[0] = rows[0].replace("2024-", "2023-")
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return path


PEOPLE = [f"p{number}" for number in range(100)]


@pytest.mark.parametrize(
    ("patients", "words"),
    [
        (
            [*PEOPLE, "NULL", "n/a ", "   "],
            "NULL, unknown, blanks or the like in 3 rows, which are",
        ),
        ([*PEOPLE, "p1 ", " p2"], "blanks before or behind the patient's number in 2 rows;"),
        ([*PEOPLE, *["p1"] * 60], "one and the same patient in 61 of 160 rows"),
    ],
)
def test_numbers_that_link_strangers_or_part_one_patient(
    tmp_path: Path, patients: list[str], words: str
) -> None:
    (doubt,) = history_doubts(measure(), table(tmp_path, patients), ["2024-03"])
    assert doubt.startswith(f"column 'patient': {words}")


def test_the_table_begins_after_what_is_looked_back_on(tmp_path: Path) -> None:
    months = ["2023-03", "2024-02", "2024-03"]
    (doubt,) = history_doubts(measure(), table(tmp_path, PEOPLE), months)
    assert doubt.startswith(
        "2023-03 to 2024-02: derive.before looks back 365 days, further than the table goes; bring"
    )
    assert history_doubts(measure(), table(tmp_path, PEOPLE), months[2:]) == ()


def test_where_nothing_is_looked_up_nothing_is_asked(tmp_path: Path) -> None:
    nowhere = tmp_path / "no such file"
    assert history_doubts(measure(derive={}), nowhere, ["2023-03"]) == ()
    ahead = {"next": {"exists": "stay", "within": "30 days", "after": "discharged"}}
    time = {"start": "admitted", "anchor": "discharged", "grain": "month", "follow_up": "30 days"}
    after = measure(derive=ahead, dataset=dataset(grain="stay", time=time))
    assert history_doubts(after, table(tmp_path, PEOPLE), ["2023-03"]) == ()


def test_numbers_that_are_numbers_and_one_site_of_several(tmp_path: Path) -> None:
    numbers = table(tmp_path, [str(number % 60) for number in range(100)])
    assert history_doubts(measure("integer"), numbers, ["2024-03"]) == ()
    shared = table(tmp_path, [*PEOPLE, "NULL"])
    shared.write_text(shared.read_text().replace("NULL,A", "NULL,B"))
    sites = split(shared, by="ward")
    assert history_doubts(measure(), sites["A"], ["2024-03"]) == ()
    assert "in 1 row, which" in history_doubts(measure(), sites["B"], [])[0]


def test_a_table_without_the_patient_is_told_elsewhere(tmp_path: Path) -> None:
    path = table(tmp_path, PEOPLE)
    path.write_text(path.read_text().replace("patient", "person"))
    assert history_doubts(measure(), path, ["2023-03"]) == ()
