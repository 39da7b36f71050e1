"""What the risk models say: ``standardised`` and ``hierarchical``, in the report's words."""

from dataclasses import replace
from math import exp, log

from fedqi.benchmarking.hierarchical_figures import HierarchicalPosition, HierarchicalResult
from fedqi.benchmarking.standardised_position import ReferencePosition, StandardisedPosition
from fedqi.benchmarking.standardised_result import StandardisedResult
from fedqi.reports.crude_parts import OUTER_LEVEL, PRINCIPAL_LEVEL, ratio_of
from fedqi.reports.data import MeasureReport
from fedqi.reports.data_basic import Interval, Ratio, Scale, band_name
from fedqi.reports.data_model import (
    CalibrationRow,
    Coefficient,
    Quality,
    RatioFunnel,
    Reading,
    RiskModel,
    Shrinkage,
)
from fedqi.stats import exact_poisson, minimum_volume, normal_quantile

LEVEL = 0.95


def with_standardised(
    made: MeasureReport, common: StandardisedResult, own: StandardisedPosition
) -> MeasureReport:
    """Add observed over expected, its funnel and the model."""
    ratio = ratio_of(own.ratio)
    assert ratio is not None
    band = band_name(own.band)
    reading = Reading("standardised", ratio.value, ratio.interval, band, is_ratio=True)
    return replace(
        made,
        band=band,
        basis="standardised",
        network_rate=common.rate,
        expected=own.expected,
        ratio=ratio,
        ratio_funnel=ratio_funnel_of(common, own),
        gap=gap_of(made, made.observed - own.expected),
        phi=common.phi,
        tau2=common.tau2,
        between_site_sd=None,
        model=model_of("standardised", common, own.reference, made.scale),
        quality=quality_of(common.tau2, variance_of(common, own), made.denominator),
        readings=(*made.readings, reading),
    )


def with_hierarchical(
    made: MeasureReport, common: HierarchicalResult, own: HierarchicalPosition
) -> MeasureReport:
    """Add predicted over expected, what it was drawn from, and the model."""
    interval, band = Interval.of(own.ratio.interval), band_name(own.band)
    spread = spread_of(common, own, made.denominator)
    ratio = Ratio(own.ratio.value, interval, limits=spread, kind="predicted")
    reading = Reading("hierarchical", ratio.value, interval, band, is_ratio=True)
    variance = common.sigma**2
    return replace(
        made,
        band=band,
        basis="hierarchical",
        network_rate=common.rate,
        expected=own.expected,
        ratio=ratio,
        phi=common.phi,
        tau2=common.tau2,
        between_site_sd=None,
        shrinkage=shrinkage_of(made, common, own, ratio),
        gap=gap_of(made, own.predicted - own.expected),
        model=model_of("hierarchical", common, own.reference, made.scale),
        quality=reliability_of(
            1 - own.effect_sd**2 / variance if variance > 0 else 0.0, made.denominator
        ),
        readings=(*made.readings, reading),
    )


def gap_of(made: MeasureReport, excess: float) -> float | None:
    """Return the patients to gain at what the model expects; None where nothing is better."""
    if made.direction == "none":
        return None
    return max(0.0, -excess if made.direction == "higher" else excess)


def variance_of(common: StandardisedResult, own: StandardisedPosition) -> float:
    """Return V / E², the variance of the own ratio by chance, from the limits made of it."""
    upper = own.ratio.adjusted_limits[PRINCIPAL_LEVEL][1]
    return max(0.0, ((upper - 1) / normal_quantile(LEVEL)) ** 2 - common.tau2)


def ratio_funnel_of(common: StandardisedResult, own: StandardisedPosition) -> RatioFunnel:
    """Return the limits that the page draws: the adjusted ones where sites differ beyond chance."""
    funnel = own.funnel
    limits = funnel.adjusted_limits if funnel.adjusted else funnel.limits
    return RatioFunnel(
        own.expected,
        limits[PRINCIPAL_LEVEL],
        limits[OUTER_LEVEL],
        tau2=common.tau2 if funnel.adjusted else None,
        scale=variance_of(common, own) * own.expected,
    )


def shrinkage_of(
    made: MeasureReport, common: HierarchicalResult, own: HierarchicalPosition, steadied: Ratio
) -> Shrinkage:
    """Return the ratio as counted beside the one that allows for chance."""
    interval = exact_poisson(made.observed).scaled(1 / own.expected)
    return Shrinkage(
        observed=Ratio(made.observed / own.expected, Interval.of(interval)),
        steadied=steadied,
        spread=steadied.limits,
        probability_worse=own.probability_worse,
        stands_out=own.stands_out,
        providers=made.providers or 0,
        false_alarms=common.false_alarms,
    )


def spread_of(
    common: HierarchicalResult, own: HierarchicalPosition, patients: int
) -> tuple[float, float] | None:
    """Return between which ratios 95 of 100 hospitals truly lie, with patients like the own ones.

    With patients of one risk p the ratio at an effect u would be ``expit(logit p + u)/p``.
    Patients of many risks move less: by which factor is read off the own interval, whose farther
    end gives the effect and the ratio that goes with it.
    """
    risk = own.expected / patients
    if common.sigma == 0 or not 0 < risk < 1:
        return None
    reach = normal_quantile(LEVEL)
    ends = (
        (own.effect - reach * own.effect_sd, own.ratio.interval.lower),
        (own.effect + reach * own.effect_sd, own.ratio.interval.upper),
    )
    effect, ratio = max(ends, key=lambda end: abs(end[0]))
    if effect == 0 or not 0 < ratio * risk < 1:
        return None
    slope = (log_odds(ratio * risk) - log_odds(risk)) / effect
    low, high = (
        1 / (1 + exp(-(log_odds(risk) + slope * shift * common.sigma))) / risk
        for shift in (-reach, reach)
    )
    return low, high


def log_odds(probability: float) -> float:
    """Return ln(p / (1 - p))."""
    return log(probability / (1 - probability))


def model_of(
    analysis: str, common: StandardisedResult, reference: ReferencePosition | None, scale: Scale
) -> RiskModel:
    """Return the fitted model as everyone may see it."""
    return RiskModel(
        analysis=analysis,
        coefficients=tuple(
            Coefficient(name, value, common.standard_errors[name])
            for name, value in common.coefficients.items()
        ),
        effect="rate ratio" if scale == "rate" else "odds ratio",
        c_statistic=common.c_statistic,
        calibration=tuple(
            CalibrationRow(group.patients, group.observed, group.expected)
            for group in common.calibration
        ),
        sigma=common.sigma if isinstance(common, HierarchicalResult) else None,
        joined=common.joined,
        left_out=common.left_out,
        reference=None if reference is None else ratio_of(reference.ratio),
    )


def quality_of(tau2: float, variance: float, patients: int) -> Quality | None:
    """Return whether the ratio can tell hospitals apart, for patients like the own ones."""
    if not tau2 + variance > 0:
        return None
    return reliability_of(tau2 / (tau2 + variance), patients)


def reliability_of(reliability: float, patients: int) -> Quality:
    """Return the volume that a reliability at a known volume asks for."""
    if not 0 < reliability < 1 or not patients:
        return Quality(max(0.0, reliability), None, differs=reliability > 0, own_case_mix=True)
    prior = patients * (1 - reliability) / reliability
    return Quality(reliability, minimum_volume(prior), own_case_mix=True)
