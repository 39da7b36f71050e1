"""Blocks of each step of the model-based analyses, with bounds from the public totals."""

from collections.abc import Iterator

from fedqi.benchmarking.crude_sums import MAXIMUM_PROVIDERS
from fedqi.benchmarking.fixed_point import real_block
from fedqi.benchmarking.hierarchical_size import COUNTED_PER_SITE
from fedqi.benchmarking.standardised_linear import FARTHEST, mean_blocks, total_blocks
from fedqi.benchmarking.standardised_periods import period_blocks
from fedqi.benchmarking.standardised_state import ModelState, Stage
from fedqi.benchmarking.support import claim_count
from fedqi.measures import MAXIMUM_COUNT
from fedqi.secagg.encoding import Block
from fedqi.stats.calibration import TREE_NODES
from fedqi.stats.regression_blocks import Family

LOWEST_LOG_LIKELIHOOD = -64.0
"""Of one patient; a point that is worse on average is worse than any point that is kept."""

RATE_FACTOR = 16.0
"""Expected events of one site, over all events, beyond which a point is left again."""

SPREAD_FACTOR = 256.0
"""Bound of the derivatives by log sigma, in patients: effects up to 16 on the logit scale."""


def layout_of(state: ModelState) -> tuple[Block, ...]:
    """Return the blocks of the next step; empty when the analysis is finished."""
    return tuple(_BLOCKS[state.stage](state)) if state.stage in _BLOCKS else ()


def count(state: ModelState, name: str, length: int, upper: float) -> Block:
    """Return a block of whole numbers over all released periods."""
    return Block(name, (length,), "count", 0, upper, atom=state.atom)


def real(state: ModelState, name: str, length: int, bounds: tuple[float, float]) -> Block:
    """Return a block of real numbers over all released periods."""
    return real_block(name, length, bounds, state.atom)


def patients(state: ModelState) -> float:
    """Return the largest number of patients at one site: all of them, a public sum.

    Of a rate it is the events that count: at a point that is kept no site is expected to have
    :data:`RATE_FACTOR` times as many as all sites have.
    """
    if state.family is Family.POISSON:
        return float(min(max(state.totals.observed, 1), MAXIMUM_COUNT)) * RATE_FACTOR
    return float(min(max(state.weight, 1), MAXIMUM_COUNT))


def _counts(state: ModelState) -> Iterator[Block]:
    for period in state.subject.periods:
        atom = state.subject.atom(period)
        for name in ("observed", "denominator"):
            yield Block(f"{period}/{name}", (1,), "count", 0, MAXIMUM_COUNT, atom=atom)
    if state.family is Family.GAUSSIAN:
        yield from total_blocks(state)


def _support(state: ModelState) -> Iterator[Block]:
    yield count(state, "providers", 1, MAXIMUM_PROVIDERS)
    if state.hierarchical:
        yield count(state, "provider_claims", COUNTED_PER_SITE, 1)
    claims = claim_count(state.design)
    if claims:
        yield count(state, "claims", claims, 1)


def _model(state: ModelState, length: int, largest: float) -> Iterator[Block]:
    lowest = LOWEST_LOG_LIKELIHOOD * patients(state)
    highest = 0.0 if state.family is Family.BINOMIAL else -lowest
    yield real(state, "log_likelihood", 1, (lowest, highest))
    yield real(state, "gradient", length, (-largest, largest))
    yield real(state, "information", length * (length + 1) // 2, (-largest, largest))


def _plain(state: ModelState) -> Iterator[Block]:
    length, largest = len(state.coefficients), patients(state)
    if state.family is not Family.GAUSSIAN:
        yield from _model(state, length, largest)
        return
    # Half the squares about a point no worse than the mean of all, and their derivatives.
    yield real(state, "log_likelihood", 1, (-(FARTHEST**2) / 2 * largest, 0.0))
    yield real(state, "gradient", length, (-FARTHEST * largest, FARTHEST * largest))
    yield real(state, "information", length * (length + 1) // 2, (-largest, largest))


def _moments(state: ModelState) -> Iterator[Block]:
    largest = patients(state)
    yield real(state, "excess", 1, (-largest, largest**2))
    yield real(state, "weight", 1, (0.0, largest**2))
    yield real(state, "relative_excess", 1, (-largest, largest**2))
    yield real(state, "relative_weight", 1, (0.0, largest))


def _spread(state: ModelState) -> Iterator[Block]:
    yield from _model(state, len(state.coefficients) + 1, SPREAD_FACTOR * patients(state))


def _scores(state: ModelState) -> Iterator[Block]:
    if state.family is Family.BINOMIAL:
        yield count(state, "score_claims", TREE_NODES, 1)
    if state.family is Family.GAUSSIAN:
        yield from mean_blocks(state, patients(state))
    else:
        yield from _residuals(state, "model")
    if frozen(state):
        yield from _residuals(state, "reference")
    yield from period_blocks(state, patients(state))


def _residuals(state: ModelState, prefix: str) -> Iterator[Block]:
    largest = patients(state)
    yield count(state, f"{prefix}/providers", 1, MAXIMUM_PROVIDERS)
    yield real(state, f"{prefix}/expected", 1, (0.0, largest))
    yield real(state, f"{prefix}/z_squared", 1, (0.0, 64 * largest))
    yield real(state, f"{prefix}/weights", 1, (0.0, 8 * largest))
    yield real(state, f"{prefix}/weights_squared", 1, (0.0, 64 * largest**2))


def frozen(state: ModelState) -> bool:
    """Whether the measure brings a frozen reference model."""
    model = state.subject.measure.risk_model
    return model is not None and model.coefficients is not None


def _histogram(state: ModelState) -> Iterator[Block]:
    length = len(state.edges) - 1
    yield count(state, "score_patients", length, MAXIMUM_COUNT)
    yield count(state, "score_events", length, MAXIMUM_COUNT)
    yield real(state, "score_expected", length, (0.0, patients(state)))


_BLOCKS = {
    Stage.COUNTS: _counts,
    Stage.SUPPORT: _support,
    Stage.PLAIN: _plain,
    Stage.MOMENTS: _moments,
    Stage.SPREAD: _spread,
    Stage.SCORES: _scores,
    Stage.HISTOGRAM: _histogram,
}
