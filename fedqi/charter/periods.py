"""The calendar that a charter speaks of: names of periods and how fine they are."""

import re
from enum import StrEnum

from fedqi.errors import DefinitionError


class PeriodGrain(StrEnum):
    """How long a period is, the finest first."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    ALL = "all"


_FORMS = {
    PeriodGrain.MONTH: re.compile(r"[1-9][0-9]{3}-(0[1-9]|1[0-2])"),
    PeriodGrain.QUARTER: re.compile(r"[1-9][0-9]{3}-Q[1-4]"),
    PeriodGrain.YEAR: re.compile(r"[1-9][0-9]{3}"),
    PeriodGrain.ALL: re.compile(r"all"),
}


def grain_of(period: str) -> PeriodGrain:
    """Tell the grain of a period from its name.

    Parameters
    ----------
    period
        ``2016-04``, ``2016-Q2``, ``2016`` or ``all``.

    Returns
    -------
    PeriodGrain
        Month, quarter, year or all.

    Raises
    ------
    DefinitionError
        If the name has none of these forms. Free date ranges are no calendar of a charter:
        they could be cut anew for every job.
    """
    for grain, form in _FORMS.items():
        if form.fullmatch(period):
            return grain
    raise DefinitionError(
        f"period {period!r}: found no month (2016-04), quarter (2016-Q2), year (2016) or 'all'; "
        "the author of the programme or job must name periods so"
    )


def is_finer(period: str, finest: PeriodGrain) -> bool:
    """Tell whether a period is finer than the finest one allowed.

    Parameters
    ----------
    period
        Name of a period.
    finest
        The charter's finest grain.

    Returns
    -------
    bool
        True if `period` is shorter than `finest`.
    """
    order = list(PeriodGrain)
    return order.index(grain_of(period)) < order.index(finest)
