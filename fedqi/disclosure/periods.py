"""Periods: their names and the days they stand for."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from fedqi.errors import DefinitionError

_YEAR = re.compile(r"([1-9][0-9]{3})")
_QUARTER = re.compile(r"([1-9][0-9]{3})-Q([1-4])")
_MONTH = re.compile(r"([1-9][0-9]{3})-(0[1-9]|1[0-2])")
_RANGE = re.compile(r"([1-9][0-9]{3}-[0-9]{2}-[0-9]{2})\.\.([1-9][0-9]{3}-[0-9]{2}-[0-9]{2})")


@dataclass(frozen=True, slots=True)
class Interval:
    """Days from `first` to `last`, both included."""

    first: date
    last: date

    def overlaps(self, other: "Interval") -> bool:
        """Tell whether some day lies in both.

        Parameters
        ----------
        other
            Another interval.

        Returns
        -------
        bool
            True if they share a day.
        """
        return self.first <= other.last and other.first <= self.last


@lru_cache(maxsize=4096)
def interval(period: str) -> Interval:
    """Give the days of a period.

    Parameters
    ----------
    period
        ``2016-04``, ``2016-Q2``, ``2016``, ``all``, or a range of dates
        ``2015-04-06..2016-04-05``.

    Returns
    -------
    Interval
        First and last day; ``all`` is every day there is.

    Raises
    ------
    DefinitionError
        If the name has none of these forms, or a range ends before it starts.
    """
    if period == "all":
        return Interval(date.min, date.max)
    for form, months in ((_YEAR, 12), (_QUARTER, 3), (_MONTH, 1)):
        if match := form.fullmatch(period):
            year, index = int(match[1]), int(match[2]) if match.lastindex == 2 else 1
            return _calendar(year, (index - 1) * months, months)
    if match := _RANGE.fullmatch(period):
        return _range(period, match[1], match[2])
    raise DefinitionError(
        f"period {period!r}: expected 2016-04, 2016-Q2, 2016, all or 2015-04-06..2016-04-05; "
        "the author of the programme or job must name it so"
    )


def _calendar(year: int, start: int, months: int) -> Interval:
    first = date(year, start + 1, 1)
    if year == date.max.year and start + months == 12:
        return Interval(first, date.max)
    after = date(year + (start + months) // 12, (start + months) % 12 + 1, 1)
    return Interval(first, after - timedelta(days=1))


def _range(period: str, first: str, last: str) -> Interval:
    try:
        found = Interval(date.fromisoformat(first), date.fromisoformat(last))
    except ValueError:
        raise DefinitionError(
            f"period {period!r}: a day that does not exist; the author must correct it"
        ) from None
    if found.last < found.first:
        raise DefinitionError(
            f"period {period!r} ends before it starts; the author must correct it"
        )
    return found
