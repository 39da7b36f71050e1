"""Where one provider stands in the ``crude`` analysis; computed at its own site."""

from collections.abc import Mapping
from dataclasses import dataclass

from fedqi.benchmarking.analysis import Subject
from fedqi.benchmarking.crude_bins import performed
from fedqi.benchmarking.crude_persistence import OwnPersistence
from fedqi.benchmarking.crude_result import ComponentRate, CrudeResult, Histogram, RatioSpread
from fedqi.measures import Cell
from fedqi.stats import (
    Band,
    BetaBinomial,
    FunnelKind,
    FunnelLimits,
    Interval,
    adjusted_limits,
    adjusted_performance,
    adjusted_ratio_limits,
    byar,
    classify,
    funnel_limits,
    percentile_band,
    ratio_z_score,
    wilson,
    z_score,
)

LEVELS = (0.95, 0.998)

Limits = Mapping[str, tuple[float, float]]
"""Level ("0.95", "0.998") -> (lower, upper)."""


@dataclass(frozen=True, slots=True)
class FunnelPosition:
    """Limits at this provider's own size.

    Parameters
    ----------
    kind
        Which exact limits, see :class:`fedqi.stats.FunnelKind`.
    target
        Rate in the middle: the network's.
    limits
        Exact limits, from chance alone.
    adjusted_limits
        Limits that also allow for the ordinary differences between hospitals (tau2).
    adjusted
        Whether the adjusted limits are the ones to use.
    """

    kind: str
    target: float
    limits: Limits
    adjusted_limits: Limits
    adjusted: bool


@dataclass(frozen=True, slots=True)
class RatioPosition:
    """Observed over the expected that the measure supplies."""

    value: float
    interval: Interval
    z: float
    z_adjusted: float
    adjusted_limits: Limits


@dataclass(frozen=True, slots=True)
class CrudePosition:
    """One provider's figures beside the released ones.

    Parameters
    ----------
    estimate, interval
        Own rate and its Wilson interval; None without patients.
    band
        "exemplary", "as expected", "review" or "insufficient".
    band_basis
        "ratio" where the measure supplies an expected, else "rate": which z decides the band.
    z, z_adjusted
        Standard errors from the network's rate, without and with overdispersion.
    percentile_band
        Share of sites (0 to 100) with rates below and up to the own bin.
    gap
        Patients to gain at the benchmark, never negative.
    components
        Component -> own rate, of a composite.
    persistence
        How often the own periods were in review; of all periods together.
    """

    band: str
    band_basis: str
    estimate: float | None = None
    interval: Interval | None = None
    expected: float | None = None
    z: float | None = None
    z_adjusted: float | None = None
    funnel: FunnelPosition | None = None
    ratio: RatioPosition | None = None
    shrunken: float | None = None
    reliability: float | None = None
    percentile_band: tuple[float, float] | None = None
    gap: float | None = None
    components: Mapping[str, ComponentRate] | None = None
    persistence: OwnPersistence | None = None


def position_of(subject: Subject, result: CrudeResult, cell: Cell) -> CrudePosition:
    """Return where a provider with these counts stands among the released figures."""
    if cell.denominator == 0 or result.rate is None:
        return CrudePosition(Band.INSUFFICIENT.value, "rate", expected=cell.expected)
    ratio = ratio_of(result.ratio, cell)
    observed, denominator = worth(result, cell)
    z = z_score(observed, denominator, result.rate)
    z_adjusted = z_score(observed, denominator, result.rate, used_tau2(result))
    measure = subject.measure
    return CrudePosition(
        band=classify(
            ratio.z_adjusted if ratio else z_adjusted,
            cell.denominator,
            measure.direction,
            measure.minimum_denominator,
        ).value,
        band_basis="ratio" if ratio else "rate",
        estimate=cell.observed / cell.denominator,
        interval=wilson(observed, denominator),
        expected=cell.expected,
        z=z,
        z_adjusted=z_adjusted,
        funnel=funnel_of(result, cell),
        ratio=ratio,
        shrunken=prior_of(result).shrunken(observed, denominator),
        reliability=prior_of(result).reliability(denominator),
        percentile_band=own_percentiles(subject, result.histogram, cell),
        gap=gap_of(subject, result, cell),
    )


def worth(result: CrudeResult, cell: Cell) -> tuple[float, float]:
    """Return numerator and denominator in independent patients or opportunities.

    However much opportunities go together, those of a hospital are worth one at least.
    """
    effect = min(result.design_effect or 1.0, cell.denominator)
    return cell.observed / effect, cell.denominator / effect


def used_tau2(result: CrudeResult) -> float:
    """Return the between-site variance that limits and z allow for."""
    return result.tau2 or 0.0


def prior_of(result: CrudeResult) -> BetaBinomial:
    """Return the distribution of the true rates; without variation where none was found."""
    if result.prior is None:
        return BetaBinomial(result.rate or 0.0, 0.0)
    return BetaBinomial.of_shapes(*result.prior)


def funnel_of(result: CrudeResult, cell: Cell) -> FunnelPosition:
    """Return the limits at a provider's own size."""
    target = result.rate or 0.0
    # Exact limits are those of whole patients.
    n = round(worth(result, cell)[1])
    return FunnelPosition(
        kind=FunnelKind.SYMMETRIC.value,
        target=target,
        limits={str(v): pair(funnel_limits(n, target, v)) for v in LEVELS},
        adjusted_limits={
            str(v): pair(adjusted_limits(n, target, v, used_tau2(result))) for v in LEVELS
        },
        adjusted=result.overdispersed,
    )


def pair(limits: FunnelLimits) -> tuple[float, float]:
    """Return (lower, upper)."""
    return limits.lower, limits.upper


def ratio_of(spread: RatioSpread | None, cell: Cell) -> RatioPosition | None:
    """Return observed over expected with Byar's interval; None without an expected."""
    if spread is None or not cell.expected:
        return None
    interval = byar(cell.observed).scaled(1 / cell.expected)
    return RatioPosition(
        value=cell.observed / cell.expected,
        interval=interval,
        z=ratio_z_score(cell.observed, cell.expected),
        z_adjusted=ratio_z_score(cell.observed, cell.expected, spread.tau2),
        adjusted_limits={
            str(v): pair(adjusted_ratio_limits(cell.expected, v, spread.tau2)) for v in LEVELS
        },
    )


def own_percentiles(
    subject: Subject, histogram: Histogram | None, cell: Cell
) -> tuple[float, float] | None:
    """Return the share of sites in bins below the own one, and up to it, in per cent."""
    if histogram is None:
        return None
    own = adjusted_performance(performed(cell, subject.measure), cell.denominator)
    if subject.measure.direction == "higher":
        return percentile_band(own, histogram.edges, histogram.sites)
    # Bins are closed at their worse end, so a site is placed on the scale of performance.
    edges = tuple(1 - edge for edge in reversed(histogram.edges))
    worse, up_to = percentile_band(own, edges, histogram.sites[::-1])
    return 100 - up_to, 100 - worse


def gap_of(subject: Subject, result: CrudeResult, cell: Cell) -> float | None:
    """Return the patients to gain if this provider reached the benchmark."""
    if result.benchmark is None:
        return None
    value = result.benchmark.value
    at_benchmark = value if subject.measure.direction == "higher" else 1 - value
    return max(0.0, at_benchmark * cell.denominator - performed(cell, subject.measure))
