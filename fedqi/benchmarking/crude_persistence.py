"""Whether standing out lasts: own bands over the periods, and how many of the flagged return."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from fedqi.benchmarking.analysis import UnitPosition, Values
from fedqi.benchmarking.crude_sums import MAXIMUM_PROVIDERS
from fedqi.benchmarking.crude_units import UnitState
from fedqi.benchmarking.crude_value_sums import Arrays, number
from fedqi.benchmarking.released import atom_of
from fedqi.errors import RemoteProtocolError
from fedqi.measures import ALL_PERIODS
from fedqi.secagg.encoding import Block
from fedqi.stats import Band, Interval, persistence, return_sums, share_returned

LAST = 12
"""Periods that a provider's own history looks back on."""


@dataclass(frozen=True, slots=True)
class FlagsReturned:
    """Of the providers in `review` in one period, how many were not in the next.

    Parameters
    ----------
    flagged
        Times that a provider was flagged and judged again in the next released period.
    returned, share, interval
        How many of these were no longer flagged; share and interval None where there are none.
    """

    flagged: int
    returned: int
    share: float | None
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class OwnPersistence:
    """In how many of the own last periods the band was `review`.

    Parameters
    ----------
    last
        Periods looked at.
    judged
        Those with enough patients.
    flagged
        Those in `review`.
    by_chance
        Probability of at least as many for a provider that is as expected throughout.
    """

    last: int
    judged: int
    flagged: int
    by_chance: float


def asks_persistence(state: UnitState) -> bool:
    """Whether the flags of consecutive periods are to be summed: where sites may be placed."""
    return bool(state.has_calendar and state.placed and len(state.released) > 1)


def persistence_blocks(state: UnitState) -> list[Block]:
    """Return the blocks that count providers flagged, and of these the returned."""
    most = MAXIMUM_PROVIDERS * len(state.released)
    atom = atom_of(state.subject, ALL_PERIODS)
    return [
        Block(f"{ALL_PERIODS}/{name}", (1,), "count", 0, most, atom=atom)
        for name in ("flagged", "returned")
    ]


def persistence_values(state: UnitState, positions: Sequence[UnitPosition]) -> Arrays:
    """Return this site's flags over the released periods."""
    bands = bands_of(positions)
    flagged = returned = 0
    for before, after in pairwise(state.released):
        both = [p for p in bands if before in bands[p] and after in bands[p]]
        sums = return_sums([bands[p][before] for p in both], [bands[p][after] for p in both])
        flagged, returned = flagged + sums[0], returned + sums[1]
    return {
        f"{ALL_PERIODS}/flagged": np.array([flagged]),
        f"{ALL_PERIODS}/returned": np.array([returned]),
    }


def read_flags(state: UnitState, total: Values) -> tuple[int, int]:
    """Read the flags back from a decoded total.

    Raises
    ------
    RemoteProtocolError
        If more returned than were flagged.
    """
    flagged, returned = (number(ALL_PERIODS, name, total) for name in ("flagged", "returned"))
    if not 0 <= returned <= flagged:
        raise RemoteProtocolError(
            f"{state.subject.measure.id}: {returned} of {flagged} flagged providers returned"
        )
    return flagged, returned


def flags_returned(flags: tuple[int, int]) -> FlagsReturned:
    """Return the share of the flagged that returned."""
    found = share_returned(*flags)
    return FlagsReturned(found.flagged, found.returned, found.share, found.interval)


def own_persistence(
    state: UnitState, positions: Sequence[UnitPosition]
) -> Mapping[str, OwnPersistence]:
    """Return provider -> its own history over the released periods."""
    found = {}
    for provider, bands in bands_of(positions).items():
        own = [bands[period] for period in state.released if period in bands][-LAST:]
        history = persistence(own, LAST)
        found[provider] = OwnPersistence(
            len(own), history.judged, history.flagged, history.by_chance
        )
    return found


def bands_of(positions: Sequence[UnitPosition]) -> dict[str, dict[str, Band]]:
    """Return provider -> period -> band."""
    found: dict[str, dict[str, Band]] = {}
    for each in positions:
        if each.period != ALL_PERIODS:
            found.setdefault(each.provider, {})[each.period] = Band(each.detail.band)
    return found
