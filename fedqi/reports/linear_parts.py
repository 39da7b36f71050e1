"""What the analysis ``standardised`` says of a mean, in the report's words.

The figure of the page becomes the adjusted mean: the network's plus the distance to what the model
expects of these patients. The mean as counted stays beside it in the table of readings.
"""

from dataclasses import replace
from math import sqrt

from fedqi.benchmarking.standardised_linear_figures import LinearPosition, LinearResult
from fedqi.reports.crude_parts import OUTER_LEVEL, PRINCIPAL_LEVEL
from fedqi.reports.data import MeasureReport
from fedqi.reports.data_basic import Funnel, Interval, band_name
from fedqi.reports.data_model import Coefficient, Reading, RiskModel
from fedqi.reports.model_parts import quality_of


def with_linear(made: MeasureReport, common: LinearResult, own: LinearPosition) -> MeasureReport:
    """Add the adjusted mean, its funnel and the model."""
    assert common.within_sd is not None  # there is no position without it
    interval, band = Interval.of(own.interval), band_name(own.band)
    excess = own.difference if made.direction == "lower" else -own.difference
    return replace(
        made,
        rate=own.estimate,
        interval=interval,
        band=band,
        reason=None,
        basis="standardised",
        network_rate=common.mean,
        expected=own.expected,
        # What is known of unadjusted means says nothing of this one.
        benchmark=None,
        histogram=None,
        percentile_band=None,
        shrunken=None,
        reliability=None,
        z=own.z,
        z_adjusted=own.z_adjusted,
        gap=None if made.direction == "none" else max(0.0, excess) * made.size,
        phi=common.phi,
        tau2=common.tau2,
        between_site_sd=sqrt(common.tau2),
        funnel=funnel_of(common, own, common.within_sd),
        model=model_of(common),
        quality=quality_of(common.tau2, common.within_sd**2 / made.size, made.size),
        readings=(*made.readings, Reading("standardised", own.estimate, interval, band)),
    )


def funnel_of(common: LinearResult, own: LinearPosition, within_sd: float) -> Funnel:
    """Return limits of the adjusted mean: those of the difference, around the network's mean."""
    limits = own.funnel.adjusted_limits if own.funnel.adjusted else own.funnel.limits
    inner, outer = (
        (common.mean + low, common.mean + high)
        for low, high in (limits[PRINCIPAL_LEVEL], limits[OUTER_LEVEL])
    )
    return Funnel(
        target=common.mean,
        limits_95=inner,
        limits_998=outer,
        tau2=common.tau2 if own.funnel.adjusted else 0.0,
        kind=own.funnel.kind,
        within_sd=within_sd,
    )


def model_of(common: LinearResult) -> RiskModel:
    """Return the fitted model as everyone may see it."""
    return RiskModel(
        analysis="standardised",
        coefficients=tuple(
            Coefficient(name, value, common.standard_errors[name])
            for name, value in common.coefficients.items()
        ),
        effect="difference",
        r_squared=common.r_squared,
        joined=common.joined,
        left_out=common.left_out,
    )
