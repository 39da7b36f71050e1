"""When a period may be summed: after its end, its follow-up and its lock. Knows no clock."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from fedqi.errors import ConfigurationError
from fedqi.measures.dataset import Grain, Time
from fedqi.measures.definition import Measure
from fedqi.measures.summary import ALL_PERIODS

_MONTHS: Mapping[Grain, int] = {"month": 1, "quarter": 3, "year": 12}
_FORMS: Mapping[Grain, tuple[re.Pattern[str], str]] = {
    "month": (re.compile(r"(\d{4})-(0[1-9]|1[0-2])"), "2016-04"),
    "quarter": (re.compile(r"(\d{4})-Q([1-4])"), "2016-Q2"),
    "year": (re.compile(r"(\d{4})()"), "2016"),
}
"""Grain -> form of a period's name (year and part), and an example."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A period that may not be summed yet.

    Parameters
    ----------
    measure
        Id and version of the measure.
    period
        Its name, such as ``2016-Q2``.
    ends
        Last day of the period.
    follow_up, lock
        Days after it, as the measure says.
    opens
        First day on which it may be summed.
    """

    measure: str
    period: str
    ends: date
    follow_up: int
    lock: int
    opens: date

    @property
    def told(self) -> str:
        """Why the period is not offered, in few words and without any figure."""
        if self.lock:
            return f"not yet: locks on {self.opens}"
        if self.follow_up:
            return f"not yet: its follow-up is over on {self.opens}"
        return f"not yet: it ends on {self.ends}"

    def __str__(self) -> str:
        after = [f"{self.follow_up} days of follow-up"] * bool(self.follow_up)
        after += [f"{self.lock} days until its data are locked"] * bool(self.lock)
        told = "".join(f", then {each}" for each in after)
        return (
            f"{self.measure}: period {self.period} may be summed from {self.opens} on, "
            f"not before (it ends {self.ends}{told})"
        )


def period_number(measure: Measure, period: str) -> int | None:
    """Return the number by which SQL knows a period; None for all of them together.

    Parameters
    ----------
    measure
        Whose calendar it is.
    period
        ``all``, or a name of the measure's own grain.

    Returns
    -------
    int or None
        What :func:`fedqi.measures.compile.period_name` makes the name of.

    Raises
    ------
    ConfigurationError
        If the measure has no such period.
    """
    if period == ALL_PERIODS:
        return None
    time = measure.dataset.time
    form, example = (None, "") if time is None else _FORMS[time.grain]
    found = form.fullmatch(period) if form is not None else None
    if time is None or found is None:
        expected = f"'all', or a {time.grain} such as {example}" if time is not None else "'all'"
        raise ConfigurationError(f"{measure.name}: found period {period!r}, expected {expected}")
    part = int(found[2]) - 1 if found[2] else 0
    return int(found[1]) * (12 // _MONTHS[time.grain]) + part


def last_day(period: str, grain: Grain) -> date:
    """Return the last day of a period.

    Parameters
    ----------
    period
        As the engine names it: ``2016-04``, ``2016-Q2`` or ``2016``.
    grain
        Of the measure's calendar.
    """
    year, _, rest = period.partition("-")
    index = int(rest.removeprefix("Q")) if rest else 1
    months = int(year) * 12 + index * _MONTHS[grain]
    if months // 12 > date.max.year:
        return date.max
    return date(months // 12, months % 12 + 1, 1) - timedelta(days=1)


def first_day(period: str, grain: Grain) -> date:
    """Return the first day of a period; see :func:`last_day`."""
    end = last_day(period, grain)
    return date(end.year, end.month - _MONTHS[grain] + 1, 1)


def summable_from(period: str, time: Time) -> date:
    """Return the first day on which a period may be summed.

    The follow-up of what happened on the last day of the period is over `follow_up` days later,
    and the data of that day no longer change `lock` days after that: the day that follows.
    """
    days = (time.follow_up or 0) + (time.lock or 0) + 1
    end = last_day(period, time.grain)
    return end + timedelta(days=days) if days <= (date.max - end).days else date.max


def waiting(measure: Measure, periods: Iterable[str], today: date) -> tuple[Waiting, ...]:
    """Return the periods of a measure that may not be summed yet, in order.

    Parameters
    ----------
    measure
        The measure; without a calendar nothing waits.
    periods
        Names of the measure's own grain; ``all`` stands for others and is passed over.
    today
        The day of the caller's clock.
    """
    time = measure.dataset.time
    if time is None:
        return ()
    return tuple(
        wait_of(measure, period)
        for period in sorted(set(periods) - {ALL_PERIODS})
        if today < summable_from(period, time)
    )


def wait_of(measure: Measure, period: str) -> Waiting:
    """Return until when a period of a measure's calendar waits, or has waited."""
    time = measure.dataset.time
    assert time is not None
    return Waiting(
        measure.name,
        period,
        last_day(period, time.grain),
        time.follow_up or 0,
        time.lock or 0,
        summable_from(period, time),
    )
