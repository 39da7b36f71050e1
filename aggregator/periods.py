"""Ranges of periods, as an operator types them: ``2016-04..2019-03``."""

from collections.abc import Iterator

from fedqi.charter import PeriodGrain, grain_of
from fedqi.errors import ConfigurationError

STEPS = {PeriodGrain.MONTH: 12, PeriodGrain.QUARTER: 4, PeriodGrain.YEAR: 1}
RANGE = ".."


def expand(text: str) -> tuple[str, ...]:
    """Return the periods of a range, or the single one.

    Raises
    ------
    DefinitionError
        When a period has no known form.
    ConfigurationError
        When the range is not one of months, quarters or years, from earlier to later.
    """
    first, separator, last = text.partition(RANGE)
    grain = grain_of(first)
    if not separator:
        return (first,)
    found: tuple[str, ...] = ()
    if grain == grain_of(last) and grain in STEPS:
        found = tuple(_between(first, last, grain))
    if not found:
        raise ConfigurationError(
            f"period {text!r}: expected two months, quarters or years, the earlier one first"
        )
    return found


def _between(first: str, last: str, grain: PeriodGrain) -> Iterator[str]:
    for index in range(_index(first, grain), _index(last, grain) + 1):
        year, part = divmod(index, STEPS[grain])
        form = {
            PeriodGrain.MONTH: f"{year}-{part + 1:02}",
            PeriodGrain.QUARTER: f"{year}-Q{part + 1}",
        }
        yield form.get(grain, str(year))


def _index(period: str, grain: PeriodGrain) -> int:
    year, _, part = period.partition("-")
    return int(year) * STEPS[grain] + int(part.lstrip("Q") or 1) - 1
