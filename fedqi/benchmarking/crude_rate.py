"""The ``crude`` figures of a rate: events over exposure, with events taken as Poisson.

The steps and blocks are those of a proportion, with the exposure in place of the patients; only
what follows from the sums differs. There is no achievable benchmark and no histogram: the public
grid is one of proportions.
"""

from fedqi.benchmarking.analysis import Subject
from fedqi.benchmarking.crude_position import (
    LEVELS,
    CrudePosition,
    FunnelPosition,
    pair,
    used_tau2,
)
from fedqi.benchmarking.crude_result import CrudeResult
from fedqi.benchmarking.crude_state import CrudeState
from fedqi.measures import Cell
from fedqi.stats import (
    Band,
    FunnelKind,
    GammaPoisson,
    adjusted_rate_limits,
    classify,
    minimum_volume,
    moment_gamma_poisson,
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
    )


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
    )


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
