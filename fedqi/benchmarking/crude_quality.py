"""Whether a measure can tell these hospitals apart: their own reliabilities, summed."""

from collections.abc import Sequence

import numpy as np

from fedqi.benchmarking.analysis import UnitPosition, Values
from fedqi.benchmarking.crude_sums import MAXIMUM_PROVIDERS
from fedqi.benchmarking.crude_units import UnitState
from fedqi.benchmarking.crude_value_sums import Arrays, number
from fedqi.benchmarking.released import atom_of
from fedqi.errors import RemoteProtocolError
from fedqi.measures import ALL_PERIODS
from fedqi.secagg.encoding import Block
from fedqi.stats import MeasureQuality, measure_quality, quality_sums

RESOLUTION = 2.0**-28


def quality_blocks(state: UnitState) -> list[Block]:
    """Return the blocks that count providers, those of too small a reliability, and its sum."""
    atom = atom_of(state.subject, ALL_PERIODS)
    most = MAXIMUM_PROVIDERS
    return [
        Block(f"{ALL_PERIODS}/judged", (1,), "count", 0, most, atom=atom),
        Block(f"{ALL_PERIODS}/unreliable", (1,), "count", 0, most, atom=atom),
        Block(f"{ALL_PERIODS}/reliability", (1,), "real", 0, float(most), RESOLUTION, atom),
    ]


def quality_values(positions: Sequence[UnitPosition]) -> Arrays:
    """Return this site's providers over all periods."""
    own = [each.detail.reliability for each in positions]
    judged, unreliable, reliability = quality_sums([each for each in own if each is not None])
    return {
        f"{ALL_PERIODS}/judged": np.array([judged]),
        f"{ALL_PERIODS}/unreliable": np.array([unreliable]),
        f"{ALL_PERIODS}/reliability": np.array([reliability]),
    }


def read_quality(state: UnitState, total: Values) -> MeasureQuality:
    """Read the quality back from a decoded total.

    Raises
    ------
    RemoteProtocolError
        If more providers are unreliable than there are.
    """
    names = ("judged", "unreliable", "reliability")
    judged, unreliable, reliability = (number(ALL_PERIODS, name, total) for name in names)
    try:
        return measure_quality(int(judged), int(unreliable), reliability)
    except ValueError as error:
        raise RemoteProtocolError(f"{state.subject.measure.id}: {error}") from None
