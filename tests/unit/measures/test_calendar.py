from datetime import date, timedelta
from typing import Any

import pytest

from fedqi.measures import Measure, parse_measure
from fedqi.measures.calendar import last_day, summable_from, waiting
from fedqi.measures.dataset import Grain, Time
from fedqi.measures.explain import explained
from tests.unit.measures.documents import dataset, document


def measure(**time: Any) -> Measure:
    calendar = {"anchor": "discharged", "grain": "quarter", **time}
    return parse_measure(document(dataset=dataset(time=calendar)))


@pytest.mark.parametrize(
    ("period", "grain", "day"),
    [
        ("2016-02", "month", date(2016, 2, 29)),
        ("2015-12", "month", date(2015, 12, 31)),
        ("2016-Q1", "quarter", date(2016, 3, 31)),
        ("2016-Q4", "quarter", date(2016, 12, 31)),
        ("2016", "year", date(2016, 12, 31)),
        ("9999", "year", date.max),
    ],
)
def test_the_last_day_of_a_period(period: str, grain: Grain, day: date) -> None:
    assert last_day(period, grain) == day


def test_follow_up_and_lock_come_after_the_end() -> None:
    time = Time(anchor="d", grain="quarter", follow_up=30, lock=60)
    assert summable_from("2026-Q2", time) == date(2026, 6, 30) + timedelta(days=91)
    assert summable_from("2026-Q2", Time(anchor="d", grain="quarter")) == date(2026, 7, 1)
    assert summable_from("9999-Q4", time) == date.max


def test_a_period_waits_until_the_day_it_opens() -> None:
    own = measure(follow_up="30 days", lock="60 days")
    periods = ["2026-Q2", "2026-Q1", "all"]
    assert waiting(own, periods, date(2026, 9, 29)) == ()
    late = waiting(own, periods, date(2026, 9, 28))
    assert [each.period for each in late] == ["2026-Q2"]
    assert str(late[0]) == (
        "stays 1.0.0: period 2026-Q2 may be summed from 2026-09-29 on, not before (it ends "
        "2026-06-30, then 30 days of follow-up, then 60 days until its data are locked)"
    )
    assert len(waiting(own, periods, date(2026, 1, 1))) == 2


def test_without_a_calendar_nothing_waits() -> None:
    assert waiting(parse_measure(document()), ["all"], date.min) == ()


def test_the_calendar_in_plain_words() -> None:
    told = dict(explained(measure(follow_up="30 days")))["Periods"]
    assert told[1] == "A period may be summed after its end, 30 days of follow-up."
    told = dict(explained(measure(follow_up="30 days", lock="9 days")))["Periods"]
    assert told[1].endswith("30 days of follow-up and 9 days until its data are locked.")
    assert len(dict(explained(measure()))["Periods"]) == 1
