"""Names of periods and atoms, and the days they stand for."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from fedqi.charter import grain_of
from fedqi.disclosure import Atom, Interval, interval
from fedqi.errors import DefinitionError


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("2016-04", date(2016, 4, 1), date(2016, 4, 30)),
        ("2016-02", date(2016, 2, 1), date(2016, 2, 29)),
        ("2016-12", date(2016, 12, 1), date(2016, 12, 31)),
        ("2016-Q2", date(2016, 4, 1), date(2016, 6, 30)),
        ("2016-Q4", date(2016, 10, 1), date(2016, 12, 31)),
        ("2016", date(2016, 1, 1), date(2016, 12, 31)),
        ("9999", date(9999, 1, 1), date.max),
        ("9999-11", date(9999, 11, 1), date(9999, 11, 30)),
        ("9999-12", date(9999, 12, 1), date.max),
        ("2015-04-06..2016-04-05", date(2015, 4, 6), date(2016, 4, 5)),
        ("2016-04-06..2016-04-06", date(2016, 4, 6), date(2016, 4, 6)),
        ("all", date.min, date.max),
    ],
)
def test_days_of_a_period(period: str, first: date, last: date) -> None:
    assert interval(period) == Interval(first, last)


def test_months_follow_each_other_without_gap() -> None:
    months = [interval(f"{year}-{month:02}") for year in (2015, 2016) for month in range(1, 13)]
    for before, after in pairwise(months):
        assert before.last + timedelta(days=1) == after.first


@pytest.mark.parametrize(
    "period",
    [
        "", "2016-13", "2016-00", "2016-Q0", "2016-4", "0016", "2016-04-01", "ALL", "2016 ",
        "2016-04\n", "２０１６", "2016-02-30..2016-03-01", "2016-03-02..2016-03-01", "2016..2017",
    ],
)  # fmt: skip
def test_names_that_are_no_period(period: str) -> None:
    with pytest.raises(DefinitionError, match="period"):
        interval(period)


@pytest.mark.parametrize("period", ["2016-04", "2016-Q2", "2016", "all", "1000", "9999-Q4"])
def test_what_a_charter_calls_a_period_has_days(period: str) -> None:
    grain_of(period)
    assert interval(period).first <= interval(period).last


def test_an_atom_is_read_as_it_is_written() -> None:
    atom = Atom.parse("heart-failure|2016-04|*")
    assert atom == Atom("heart-failure", "2016-04")
    assert str(atom) == "heart-failure|2016-04|*"
    assert str(Atom.parse("heart-failure|all|north")) == "heart-failure|all|north"


@pytest.mark.parametrize(
    "name",
    ["", "a|2016", "a|2016|*|*", "*|2016|*", "a||*", "a|2016|", " a|2016|*", "a/b|2016|*", "a|x|*"],
)
def test_names_that_are_no_atom(name: str) -> None:
    with pytest.raises(DefinitionError):
        Atom.parse(name)


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("a|2016|*", "a|2016-04|*", True),
        ("a|2016|*", "b|2016-04|*", False),
        ("a|2016|*", "a|2017|*", False),
        ("a|2016|*", "a|all|*", True),
        ("a|2016|*", "a|2016|north", True),
        ("a|2016|south", "a|2016|north", False),
        ("a|2016|south", "a|2016-05|south", True),
    ],
)
def test_atoms_meet_in_lineage_time_and_segment(one: str, other: str, meet: bool) -> None:
    assert Atom.parse(one).overlaps(Atom.parse(other)) is meet
    assert Atom.parse(other).overlaps(Atom.parse(one)) is meet
