"""A rate evaluated where the data are."""

from pathlib import Path
from typing import Any

import pytest

from fedqi.engine import check, summarise
from fedqi.errors import DataQualityError
from fedqi.measures import MAXIMUM_COUNT, Cell, Measure, parse_measure

COLUMNS = {
    "ward": {"type": "string"},
    "day": {"type": "date"},
    "falls": {"type": "integer"},
    "beds": {"type": "number", "required": False},
    "fell": {"type": "boolean", "required": False},
}


def rate(**changes: Any) -> Measure:
    body = {
        "fedqi": 1,
        "id": "falls",
        "version": "1.0.0",
        "title": "Falls per bed day",
        "direction": "lower",
        "scoring": "rate",
        "dataset": {
            "provider": "ward",
            "time": {"anchor": "day", "grain": "month"},
            "columns": COLUMNS,
        },
        "numerator": {"sum": "falls"},
        "exposure": {"sum": "beds"},
        **changes,
    }
    return parse_measure(body)


def ward_days(folder: Path, *rows: str) -> Path:
    path = folder / "days.csv"
    path.write_text("\n".join(["ward,day,falls,beds,fell", *rows]) + "\n", "utf-8")
    return path


def test_events_and_exposure_are_added_up(tmp_path: Path) -> None:
    path = ward_days(
        tmp_path,
        "A,2016-04-01,2,20,no",
        "A,2016-04-02,0,21,no",
        "A,2016-05-01,30,20,no",
        "B,2016-04-01,1,0,no",
        "B,2016-04-02,0,9,yes",
    )
    assert summarise(rate(), path).cells == {
        "A": {"2016-04": Cell(2, 41), "2016-05": Cell(30, 20)},
        "B": {"2016-04": Cell(1, 9)},
    }
    per_row = rate(numerator="fell", initial_population="falls < 30")
    assert summarise(per_row, path).cells == {
        "A": {"2016-04": Cell(0, 41)},
        "B": {"2016-04": Cell(1, 9)},
    }


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("A,2016-04-01,2,,no", "1 row with an exposure that is missing"),
        ("A,2016-04-01,2,-1,no", "1 row with an exposure that is no whole number from 0"),
        ("A,2016-04-01,2,1.5,no", "1 row with an exposure that is no whole number from 0"),
        ("A,2016-04-01,-2,5,no", "1 row with a numerator that is no whole number from 0"),
        ("A,2016-06-01,2,0,no", "2 events where the exposure of the whole period is 0"),
        (f"A,2016-04-01,{MAXIMUM_COUNT},5,no", f"the numerator is above {MAXIMUM_COUNT}"),
        (f"A,2016-04-01,1,{MAXIMUM_COUNT},no", f"the denominator is above {MAXIMUM_COUNT}"),
    ],
)
def test_what_is_no_rate_is_refused_by_name(tmp_path: Path, row: str, words: str) -> None:
    path = ward_days(tmp_path, "A,2016-04-02,1,10,no", row)
    with pytest.raises(DataQualityError) as error:
        summarise(rate(), path)
    assert words in str(error.value)
    assert not check(rate(), path).ok


def test_neither_events_nor_exposure_is_nothing(tmp_path: Path) -> None:
    path = ward_days(tmp_path, "A,2016-04-02,1,10,no", "B,2016-04-02,0,0,no")
    assert list(summarise(rate(), path).cells) == ["A"]
