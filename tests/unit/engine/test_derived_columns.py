"""Derived columns through the whole engine: criteria, risk terms, several sites in one file."""

from pathlib import Path
from typing import Any

import pytest

from fedqi.engine import split, summarise
from fedqi.errors import DataQualityError
from fedqi.measures import Cell, parse_measure
from tests.unit.engine.tables import HEADER, STAYS, changed, write
from tests.unit.measures.test_derive import body


def test_a_planned_stay_is_no_readmission(tmp_path: Path) -> None:
    stays = changed(2, patient="p1", admitted="2016-04-20", discharged="2016-04-21")
    measure = parse_measure(body(numerator="readmitted"))
    summary = summarise(measure, write(tmp_path / "stays.csv", stays))
    # Stay 3 follows 18 days after stay 1; stay 2 comes 68 days after stay 3.
    assert summary.provider_totals() == {"A": Cell(1, 2), "B": Cell(0, 2)}
    planned = [row if row[0] != "3" else (*row[:-1], "yes") for row in stays]
    summary = summarise(measure, write(tmp_path / "planned.csv", planned))
    assert summary.provider_totals()["A"] == Cell(0, 2)


def test_patients_of_two_sites_are_not_the_same_patient(tmp_path: Path) -> None:
    stays = changed(2, patient="p1", admitted="2016-04-20", discharged="2016-04-21")
    rows = [(*row, "north" if row[0] != "3" else "south") for row in stays]
    parts = split(write(tmp_path / "all.csv", rows, (*HEADER, "site")), by="site")
    measure = parse_measure(body(numerator="readmitted"))
    totals = [summarise(measure, part).provider_totals() for part in parts.values()]
    events = sum(cell.observed for total in totals for cell in total.values())
    assert events == 0
    assert set(parts) == {"north", "south"}


def test_earlier_stays_as_a_term_of_the_risk_model(tmp_path: Path) -> None:
    prior = {"count": "stay", "within": "365 days", "before": "admitted", "at_most": 2}
    model = {"terms": [{"term": "prior", "as": "number"}]}
    measure = parse_measure(body(derive={"prior": prior}, risk_model=model))
    summary = summarise(measure, write(tmp_path / "stays.csv", STAYS))
    assert summary.patterns["A"]["2016-04"].values == {"prior": (0.0,)}
    assert summary.patterns["A"]["2016-07"].values == {"prior": (1.0,)}


def test_a_derived_value_that_is_missing_follows_the_rule_of_the_measure(tmp_path: Path) -> None:
    derive: dict[str, Any] = {
        "gap": {"days_to": "stay", "before": "admitted", "within": "365 days"},
        "was": {"last": "planned", "before": "admitted"},
    }
    path = write(tmp_path / "stays.csv", STAYS)
    model: dict[str, Any] = {"terms": [{"term": "gap", "as": "number"}]}
    gap: dict[str, Any] = {"derive": derive, "risk_model": model}
    summary = summarise(parse_measure(body(**gap, missing={"gap": "exclude"})), path)
    # Only stay 2 has a stay before it, begun 90 days earlier; the others are left out.
    assert summary.provider_totals() == {"A": Cell(0, 1)}
    assert summary.patterns["A"]["2016-07"].values == {"gap": (90.0,)}
    with pytest.raises(DataQualityError, match="no value of gap, a covariate of the risk model"):
        summarise(parse_measure(body(**gap)), path)
    was: dict[str, Any] = {"derive": derive, "risk_model": {"terms": ["was"]}}
    summary = summarise(parse_measure(body(**was, missing={"was": "category"})), path)
    # Levels false, true and missing; stay 1 has none before it, and stay 1 was planned.
    assert summary.patterns["A"]["2016-04"].values == {"was": (2.0,)}
    assert summary.patterns["A"]["2016-07"].values == {"was": (1.0,)}
