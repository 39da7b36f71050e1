"""What the ``crude`` analysis releases for one unit."""

from collections.abc import Mapping
from dataclasses import dataclass

from fedqi.benchmarking.crude_persistence import FlagsReturned
from fedqi.benchmarking.crude_state import Bins, Counts, CrudeState, Spread
from fedqi.stats import (
    BinnedBenchmark,
    MeasureQuality,
    binned_benchmark,
    minimum_volume,
    moment_beta_binomial,
    proportion_overdispersion,
    ratio_overdispersion,
)


@dataclass(frozen=True, slots=True)
class Benchmark:
    """What the best have achieved, as a rate of the measure.

    Parameters
    ----------
    value
        Rate of the measure among the patients of the best sites.
    sites, denominator
        Sites and patients behind it.
    method
        "achievable benchmark" where at least three bins stand, else "better half".
    tolerance
        Largest distance from the benchmark computed from unbinned sites, on the rate's scale.
    """

    value: float
    sites: int
    denominator: int
    method: str
    tolerance: float | None = None


@dataclass(frozen=True, slots=True)
class Histogram:
    """Sites per bin of the rate, lowest first; ``len(edges) == len(sites) + 1``."""

    edges: tuple[float, ...]
    sites: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RatioSpread:
    """Observed against the expected that the measure supplies, over all sites."""

    expected: float
    ratio: float
    phi: float
    tau2: float


@dataclass(frozen=True, slots=True)
class ComponentRate:
    """One component of a composite: how many of those eligible for it received it."""

    observed: int
    denominator: int
    rate: float | None


@dataclass(frozen=True, slots=True)
class CrudeResult:
    """The released figures of one unit.

    Parameters
    ----------
    rate
        Sum r / sum n.
    phi, tau2
        Overdispersion factor and additive between-site variance on the rate's scale.
    overdispersed
        Whether phi is so far above 1 that the adjusted limits are the ones to use.
    between_site_sd
        Standard deviation of the true rates between providers.
    prior
        Moment beta-binomial (alpha, beta); None where there is no variation beyond chance.
    minimum_volume
        Denominator from which a provider's own figure has a reliability of 0.7; None where
        there is no variation beyond chance, and none is enough.
    benchmark, histogram
        None where too few sites stand for two bins, and for the single periods of a calendar.
    ratio
        None where the measure supplies no expected.
    design_effect
        Of an opportunity score: by how much its variance exceeds that of independent
        opportunities. `prior` then counts independent ones.
    components
        Component -> its rate, of a composite; of all periods together only, and None where too
        few sites have patients for one of them.
    quality
        How many providers are large enough to be told apart; of all periods together only.
    persistence
        Of the providers flagged in one period, how many were not in the next; of all periods
        together, with a calendar.
    """

    rate: float | None
    phi: float | None = None
    tau2: float | None = None
    overdispersed: bool = False
    between_site_sd: float | None = None
    prior: tuple[float, float] | None = None
    minimum_volume: float | None = None
    benchmark: Benchmark | None = None
    histogram: Histogram | None = None
    ratio: RatioSpread | None = None
    design_effect: float | None = None
    components: Mapping[str, ComponentRate] | None = None
    quality: MeasureQuality | None = None
    persistence: FlagsReturned | None = None


def result_of(state: CrudeState, unit: str, design_effect: float | None = None) -> CrudeResult:
    """Compute everything that the sums of one unit say.

    With a design effect d, n opportunities are worth n/d independent ones.
    """
    sums, around = state.counts[unit], state.spreads[unit]
    ratio = ratio_spread(sums, around) if state.subject.measure.expected is not None else None
    if sums.denominator == 0:
        return CrudeResult(rate=None, ratio=ratio)
    effect = design_effect or 1.0
    moments = (
        sums.providers,
        sums.observed / effect,
        sums.denominator / effect,
        around.dispersion / effect,
        around.denominator_squared / effect**2,
    )
    spread, prior = proportion_overdispersion(*moments), moment_beta_binomial(*moments)
    volume = minimum_volume(prior.prior_patients)
    bins = state.bins.get(unit, Bins((), ()))
    lower_is_better = state.subject.measure.direction != "higher"
    return CrudeResult(
        rate=sums.observed / sums.denominator,
        phi=spread.phi,
        tau2=spread.tau2,
        overdispersed=spread.evident,
        between_site_sd=prior.between_site_sd,
        prior=None if prior.alpha is None or prior.beta is None else (prior.alpha, prior.beta),
        minimum_volume=None if volume is None else effect * volume,
        benchmark=benchmark_of(state, bins, lower_is_better),
        histogram=histogram_of(bins, lower_is_better),
        ratio=ratio,
        design_effect=design_effect,
    )


def ratio_spread(sums: Counts, around: Spread) -> RatioSpread | None:
    """Return observed over expected of all sites; None where nothing was expected."""
    if around.expected <= 0:
        return None
    spread = ratio_overdispersion(
        around.expected_providers, around.ratio_dispersion, around.expected, around.expected_squared
    )
    ratio = sums.observed / around.expected
    return RatioSpread(around.expected, ratio, spread.phi, spread.tau2)


def benchmark_of(state: CrudeState, bins: Bins, lower_is_better: bool) -> Benchmark | None:
    """Return the benchmark as a rate of the measure; none where nothing is better."""
    if not bins.denominator or state.subject.measure.direction == "none":
        return None
    found: BinnedBenchmark | None = binned_benchmark(
        bins.edges, bins.sites, bins.performed, bins.denominator
    )
    if found is None:
        return None
    value = 1 - found.value if lower_is_better else found.value
    return Benchmark(value, found.sites, found.denominator, found.method, found.tolerance)


def histogram_of(bins: Bins, lower_is_better: bool) -> Histogram | None:
    """Turn bins of performance into bins of the rate, lowest first."""
    if len(bins.sites) < 2:
        return None
    if not lower_is_better:
        return Histogram(bins.edges, bins.sites)
    return Histogram(tuple(1 - edge for edge in reversed(bins.edges)), bins.sites[::-1])
