"""The ``crude`` figures of a rate: events over exposure, with events taken as Poisson.

The steps and blocks are those of a proportion, with the exposure in place of the patients; only
what follows from the sums differs. The public grid lies about the pooled rate.
"""

from fedqi.benchmarking.analysis import Subject
from fedqi.benchmarking.crude_bins import best_last, standing
from fedqi.benchmarking.crude_position import (
    LEVELS,
    CrudePosition,
    FunnelPosition,
    pair,
    used_tau2,
)
from fedqi.benchmarking.crude_result import Benchmark, CrudeResult, Histogram
from fedqi.benchmarking.crude_state import Bins, CrudeState
from fedqi.measures import Cell
from fedqi.stats import (
    Band,
    FunnelKind,
    GammaPoisson,
    adjusted_rate_limits,
    classify,
    minimum_volume,
    moment_gamma_poisson,
    pared_bins,
    percentile_band,
    rate_funnel_limits,
    rate_interval,
    rate_overdispersion,
    rate_z_score,
)


def rate_result(state: CrudeState, unit: str) -> CrudeResult:
    """Compute what the sums of one unit say of a rate.

    ``prior`` is the gamma distribution (a, b) of the true rates: a/b events per unit of exposure,
    worth an exposure of b.
    """
    sums, around = state.counts[unit], state.spreads[unit]
    if sums.denominator == 0:
        return CrudeResult(rate=None)
    moments = (
        sums.providers,
        sums.observed,
        sums.denominator,
        around.dispersion,
        around.denominator_squared,
    )
    spread, prior = rate_overdispersion(*moments), moment_gamma_poisson(*moments)
    return CrudeResult(
        rate=prior.mean,
        phi=spread.phi,
        tau2=spread.tau2,
        overdispersed=spread.evident,
        between_site_sd=prior.between_site_sd,
        prior=None if prior.shape is None or prior.rate is None else (prior.shape, prior.rate),
        minimum_volume=minimum_volume(prior.prior_expected),
        benchmark=benchmark_of(state, state.bins.get(unit)),
        histogram=histogram_of(state, state.bins.get(unit)),
    )


def benchmark_of(state: CrudeState, bins: Bins | None) -> Benchmark | None:
    """Return the rate over the exposure of the best sites; none where nothing is better."""
    if bins is None or not bins.denominator or state.subject.measure.direction == "none":
        return None
    found = pared_bins(bins.performed[::-1], bins.denominator[::-1], bins.sites[::-1])
    return None if found is None else Benchmark(found.value, found.sites, found.size, found.method)


def histogram_of(state: CrudeState, bins: Bins | None) -> Histogram | None:
    """Return the sites per bin of the adjusted rate, lowest first."""
    if bins is None or len(bins.sites) < 2:
        return None
    if state.subject.measure.direction == "higher":
        return Histogram(bins.edges, bins.sites)
    return Histogram(tuple(abs(edge) for edge in reversed(bins.edges)), bins.sites[::-1])


def rate_position(subject: Subject, result: CrudeResult, cell: Cell) -> CrudePosition:
    """Return where a provider with these events and this exposure stands.

    Without any event in the network nobody stands out, and z is 0.
    """
    if cell.denominator == 0 or result.rate is None:
        return CrudePosition(Band.INSUFFICIENT.value, "rate")
    exposure, measure = cell.denominator, subject.measure
    z, z_adjusted = (
        rate_z_score(cell.observed, exposure, result.rate, tau2) if result.rate > 0 else 0.0
        for tau2 in (0.0, used_tau2(result))
    )
    prior = prior_of(result)
    return CrudePosition(
        band=classify(z_adjusted, exposure, measure.direction, measure.minimum_denominator).value,
        band_basis="rate",
        estimate=cell.observed / exposure,
        interval=rate_interval(cell.observed, exposure),
        z=z,
        z_adjusted=z_adjusted,
        funnel=funnel_of(result, exposure),
        shrunken=prior.shrunken(cell.observed, exposure),
        reliability=prior.reliability(exposure),
        percentile_band=own_percentiles(subject, result, cell),
        gap=gap_of(subject, result, cell),
    )


def own_percentiles(
    subject: Subject, result: CrudeResult, cell: Cell
) -> tuple[float, float] | None:
    """Return the share of sites in bins of lower rates, and up to the own one, in per cent."""
    found, measure = result.histogram, subject.measure
    if found is None or not result.rate:
        return None
    higher = measure.direction == "higher"
    sites = found.sites if higher else found.sites[::-1]
    own = standing(measure, cell, result.rate)
    worse, up_to = percentile_band(own, best_last(found.edges, measure), sites)
    return (worse, up_to) if higher else (100 - up_to, 100 - worse)


def gap_of(subject: Subject, result: CrudeResult, cell: Cell) -> float | None:
    """Return the events that separate this provider from the benchmark at its exposure."""
    if result.benchmark is None:
        return None
    more = cell.observed - result.benchmark.value * cell.denominator
    return max(0.0, -more if subject.measure.direction == "higher" else more)


def prior_of(result: CrudeResult) -> GammaPoisson:
    """Return the distribution of the true rates; without variation where none was found."""
    if result.prior is None:
        return GammaPoisson(result.rate or 0.0, 0.0)
    shape, rate = result.prior
    return GammaPoisson(shape / rate, 1 / shape)


def funnel_of(result: CrudeResult, exposure: int) -> FunnelPosition:
    """Return the limits at a provider's own exposure."""
    target = result.rate or 0.0
    return FunnelPosition(
        kind=FunnelKind.SYMMETRIC.value,
        target=target,
        limits={str(v): pair(rate_funnel_limits(exposure, target, v)) for v in LEVELS},
        adjusted_limits={
            str(v): pair(adjusted_rate_limits(exposure, target, v, used_tau2(result)))
            for v in LEVELS
        },
        adjusted=result.overdispersed,
    )
