"""Public state of the ``meta`` analysis, and the numbers of each of its steps."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from enum import IntEnum
from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedqi.benchmarking.analysis import Values
from fedqi.benchmarking.crude_state import Counts
from fedqi.benchmarking.crude_sums import MAXIMUM_PROVIDERS
from fedqi.benchmarking.crude_units import UnitState
from fedqi.benchmarking.fixed_point import real_block
from fedqi.benchmarking.released import atom_of
from fedqi.measures import ALL_PERIODS, MAXIMUM_COUNT, Cell
from fedqi.secagg.encoding import Block
from fedqi.stats import Estimate, FixedSums, fixed_sums, log_rate_estimate, logit_estimate
from fedqi.stats.random_effects import random_sums

CENTRE_GRID = 2.0**10
"""Steps in a unit of the centre: it need not be exact, but be the same everywhere."""

WIDEST_LOG_RATE = 17.0
"""No log of a rate of at most 10**7 events is farther from 0."""


class Stage(IntEnum):
    """What the next step sums."""

    COUNTS = 0
    FIXED = 1
    RANDOM = 2
    FINISHED = 3


@dataclass(frozen=True, slots=True)
class MetaState(UnitState):
    """Everything the verified totals of the steps so far say.

    Parameters
    ----------
    stage
        The next step.
    counts
        Of each released period.
    fixed
        Sums of the second step, over all periods together.
    random
        Σw* and Σw*y of the third; those of the second where τ² is 0.
    tau2
        Variance between providers.
    failure
        Why there is no figure.
    """

    stage: Stage = Stage.COUNTS
    counts: Mapping[str, Counts] = field(default_factory=dict)
    fixed: FixedSums | None = None
    random: tuple[float, float] | None = None
    tau2: float = 0.0
    failure: str | None = None

    @property
    def is_rate(self) -> bool:
        """Whether the denominator is an exposure."""
        return self.subject.measure.scoring == "rate"

    @property
    def pooled(self) -> tuple[int, int]:
        """Events, and patients or exposure, of all released periods."""
        counts = self.counts.values()
        return sum(c.observed for c in counts), sum(c.denominator for c in counts)

    @property
    def centre(self) -> float:
        """Point near the pooled log odds or log rate, from which estimates are told."""
        observed, denominator = self.pooled
        others = denominator if self.is_rate else denominator - observed
        return round(log((observed + 0.5) / (others + 0.5)) * CENTRE_GRID) / CENTRE_GRID

    def estimate(self, cell: Cell) -> Estimate:
        """Return a provider's log odds or log rate, told from the centre."""
        of_scoring = log_rate_estimate if self.is_rate else logit_estimate
        found = of_scoring(cell.observed, cell.denominator)
        return replace(found, value=found.value - self.centre)

    @property
    def bounds(self) -> tuple[float, float, float]:
        """Most that one site's Σw, abs(Σwy) and Σwy² can be, from the public counts.

        Of a proportion w = n p(1-p) is at most n/4, with one half added (n+1)/4 <= n/2, and
        p(1-p) times the log odds or their square stays below 1/2.
        """
        observed, denominator = (min(max(each, 1), MAXIMUM_COUNT) for each in self.pooled)
        if self.is_rate:
            weight, far = observed + MAXIMUM_PROVIDERS / 2, WIDEST_LOG_RATE + abs(self.centre)
            return weight, weight * far, weight * far**2
        return (
            denominator / 2,
            denominator * (1 + abs(self.centre)) / 2,
            denominator * (2 + self.centre**2),
        )


def sum_blocks(state: MetaState) -> tuple[Block, ...]:
    """Return the blocks of the second or third step."""
    atom = atom_of(state.subject, ALL_PERIODS)
    weight, first, second = state.bounds
    if state.stage is Stage.RANDOM:
        return (
            real_block("random/weights", 1, (0.0, weight), atom),
            real_block("random/weighted", 1, (-first, first), atom),
        )
    return (
        Block("fixed/units", (1,), "count", 0, MAXIMUM_PROVIDERS, atom=atom),
        real_block("fixed/weights", 1, (0.0, weight), atom),
        real_block("fixed/weights_squared", 1, (0.0, weight**2), atom),
        real_block("fixed/weighted", 1, (-first, first), atom),
        real_block("fixed/weighted_squares", 1, (0.0, second), atom),
    )


def sum_values(state: MetaState, cells: Sequence[Cell]) -> dict[str, NDArray[Any]]:
    """Return one site's numbers for the second or third step."""
    estimates = [state.estimate(cell) for cell in cells if cell.denominator > 0]
    if state.stage is Stage.RANDOM:
        weights, weighted = random_sums(estimates, state.tau2)
        return {"random/weights": np.array([weights]), "random/weighted": np.array([weighted])}
    parts = asdict(fixed_sums(estimates)).items()
    return {f"fixed/{name}": np.array([value]) for name, value in parts}


def read_fixed(total: Values) -> FixedSums:
    """Read the sums of the second step back from a decoded total."""
    return FixedSums(*(total[f"fixed/{each.name}"][0].item() for each in fields(FixedSums)))
