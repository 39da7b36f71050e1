"""What ``standardised`` does otherwise for a value: a linear model, and differences of means.

Inside the federation values are scaled to [-1, 1] by the bounds of the measure, as covariates
are. The regression itself needs nothing of its own: with the identity link its sums are those of
least squares.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import frexp, ldexp
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedqi.benchmarking.analysis import Values
from fedqi.benchmarking.crude_sums import MAXIMUM_PROVIDERS
from fedqi.benchmarking.crude_value_sums import STEPS_PER_UNIT, significant
from fedqi.benchmarking.standardised_state import ModelState, Residuals
from fedqi.errors import ConvergenceError
from fedqi.measures import MAXIMUM_COUNT, MeasureSummary
from fedqi.secagg.encoding import Block
from fedqi.stats.regression_blocks import Patterns
from fedqi.stats.regression_checks import AUTHOR

FARTHEST = 2.0
"""Of a scaled value from the mean of all."""

EXACT = 2.0**-36
"""Mean square left of scaled values that is mere rounding of the sums."""


@dataclass(frozen=True, slots=True)
class ValueScale:
    """How scaled values are told in their own unit: ``centre + half * scaled``."""

    centre: float
    half: float
    step: float

    @classmethod
    def of(cls, state: ModelState) -> "ValueScale":
        """Return the scale of the state's measure."""
        scale = state.subject.measure.scale
        assert scale is not None
        return cls(scale.origin, scale.upper - scale.origin, scale.step)


def total_blocks(state: ModelState) -> Iterator[Block]:
    """Yield the blocks of the sums of values, per period; as fine as those of ``crude``."""
    scale = ValueScale.of(state)
    # Steps over half the range lie between 2**39 and 2**40: a power of two in scaled units.
    grain = ldexp(1.0, frexp(scale.step / scale.half * STEPS_PER_UNIT)[1] - 1)
    for period in state.subject.periods:
        atom, bound = state.subject.atom(period), float(MAXIMUM_COUNT)
        yield Block(f"{period}/total", (1,), "real", -bound, bound, grain, atom)


def total_values(state: ModelState, summary: MeasureSummary) -> dict[str, NDArray[Any]]:
    """Return this site's sums of scaled values."""
    scale = ValueScale.of(state)
    found: dict[str, NDArray[Any]] = {}
    for period in state.subject.periods:
        tables = [own[period] for own in summary.values.values() if period in own]
        steps = sum(table.total for table in tables)
        found[f"{period}/total"] = np.array([steps * scale.step / scale.half])
    return found


def is_small(state: ModelState) -> bool:
    """Whether so few sites stand behind the sums that squares are summed coarsely."""
    return len(state.sites) < 2 * state.subject.minimum


def mean_blocks(state: ModelState, largest: float) -> Iterator[Block]:
    """Yield what is summed at the estimate: how providers' means lie about what is expected."""
    bound = FARTHEST * largest
    grain = ldexp(1.0, frexp(FARTHEST * bound)[1] - 44)
    yield Block("model/providers", (1,), "count", 0, MAXIMUM_PROVIDERS, atom=state.atom)
    yield Block("model/expected", (1,), "real", -bound, bound, grain, state.atom)
    yield Block("model/between", (1,), "real", 0.0, FARTHEST * bound, grain, state.atom)
    yield Block("model/count_squared", (1,), "count", 0, MAXIMUM_COUNT**2, atom=state.atom)


def mean_values(state: ModelState, providers: Sequence[Patterns]) -> dict[str, NDArray[Any]]:
    """Return this site's numbers for these blocks, squares rounded where the group is small."""
    own = [(each.weight.sum(), *means_of(state, each)) for each in providers]
    squares: list[float] = [
        sum(n * (mean - expected) ** 2 for n, mean, expected in own),
        sum(round(n) ** 2 for n, _, _ in own),
    ]
    if is_small(state):
        squares = [significant(each) for each in squares]
    return {
        "model/providers": np.array([len(own)]),
        "model/expected": np.array([sum(n * expected for n, _, expected in own)]),
        "model/between": np.array([squares[0]]),
        "model/count_squared": np.array([min(squares[1], MAXIMUM_COUNT**2)]),
    }


def means_of(state: ModelState, own: Patterns) -> tuple[float, float]:
    """Return a provider's mean, and the one expected of its patients; scaled."""
    count = own.weight.sum()
    predicted = own.weight @ own.mean(state.coefficients, state.family)
    return float(own.outcome.sum() / count), float(predicted / count)


def mean_residuals(state: ModelState, total: Values) -> tuple[Residuals, float]:
    """Return how providers lie about what is expected, and the variance within them; scaled.

    One-way analysis of variance of the residuals: with B the sum of n d² over the providers'
    differences d, ``σ² = (RSS - B) / (n - N)``, z² = n d² / σ² and w = n / σ².
    """
    providers = int(total["model/providers"][0])
    between = float(total["model/between"][0])
    expected = float(total["model/expected"][0])
    free = state.weight - providers
    rest = residual_squares(state) - between
    within = rest / free if free > 0 and rest > EXACT * state.weight else 0.0
    if not within:
        return Residuals(providers, expected), 0.0
    squared = float(total["model/count_squared"][0]) / within**2
    return Residuals(providers, expected, between / within, state.weight / within, squared), within


def residual_squares(state: ModelState) -> float:
    """Return the residual sum of squares at the estimate."""
    return -2 * state.plain_fit.ascent.log_likelihood


def require_residuals(state: ModelState) -> None:
    """Refuse a fit with nothing left over to judge it by.

    Raises
    ------
    ConvergenceError
        If there are not more values than columns, or the model fits every value.
    """
    columns = len(state.coefficients)
    if state.weight <= columns:
        raise ConvergenceError(
            f"{state.where}: {state.weight} values for {columns} columns, expected more; {AUTHOR}, "
            "or wait for more patients"
        )
    if residual_squares(state) <= EXACT * state.weight:
        raise ConvergenceError(
            f"{state.where}: the model fits every value exactly, so nothing is left to compare; "
            f"{AUTHOR}"
        )
