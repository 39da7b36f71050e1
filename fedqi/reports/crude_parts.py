"""What the analysis ``crude`` says, in the report's words."""

import math
from dataclasses import replace

from fedqi.benchmarking.crude_position import CrudePosition, RatioPosition
from fedqi.benchmarking.crude_result import CrudeResult
from fedqi.benchmarking.crude_result import Histogram as Bins
from fedqi.reports.data import MeasureReport
from fedqi.reports.data_basic import (
    Benchmark,
    Funnel,
    Histogram,
    Interval,
    Ratio,
    band_name,
)
from fedqi.reports.data_model import Quality, RatioFunnel, Reading

PRINCIPAL_LEVEL, OUTER_LEVEL = "0.95", "0.998"


def with_crude(made: MeasureReport, common: CrudeResult, own: CrudePosition) -> MeasureReport:
    """Add rate, funnel, benchmark and spread, and the measure's own expectation if it has one."""
    ratio, band = ratio_of(own.ratio), band_name(own.band)
    if own.interval is not None:
        made = replace(made, interval=Interval.of(own.interval))
    return replace(
        made,
        band=band,
        basis="crude",
        network_rate=common.rate,
        expected=own.expected,
        ratio=ratio,
        benchmark=benchmark_of(common, made.patients),
        z=own.z,
        z_adjusted=own.z_adjusted,
        percentile_band=own.percentile_band,
        gap=own.gap,
        phi=common.phi,
        tau2=common.tau2,
        between_site_sd=common.between_site_sd,
        funnel=funnel_of(own, common),
        ratio_funnel=ratio_funnel_of(own, common),
        histogram=histogram_of(common.histogram),
        shrunken=own.shrunken,
        reliability=own.reliability,
        quality=quality_of(own, common),
        readings=(*made.readings, reading_of(made, ratio, own)),
    )


def reading_of(made: MeasureReport, ratio: Ratio | None, own: CrudePosition) -> Reading:
    """Return what the analysis says by itself."""
    band = band_name(own.band)
    if ratio is not None:
        return Reading("crude", ratio.value, ratio.interval, band, is_ratio=True)
    return Reading("crude", made.rate, made.interval, band)


def ratio_of(ratio: RatioPosition | None) -> Ratio | None:
    """Return observed over expected with the limits that allow for ordinary differences."""
    if ratio is None:
        return None
    limits = ratio.adjusted_limits[PRINCIPAL_LEVEL]
    return Ratio(ratio.value, Interval.of(ratio.interval), limits, ratio.z_adjusted)


def funnel_of(own: CrudePosition, common: CrudeResult) -> Funnel | None:
    """Return the limits that the page draws: the adjusted ones where sites differ beyond chance."""
    funnel = own.funnel
    if funnel is None:
        return None
    limits = funnel.adjusted_limits if funnel.adjusted else funnel.limits
    return Funnel(
        target=funnel.target,
        limits_95=limits[PRINCIPAL_LEVEL],
        limits_998=limits[OUTER_LEVEL],
        tau2=(common.tau2 or 0.0) if funnel.adjusted else 0.0,
        kind=funnel.kind,
    )


def ratio_funnel_of(own: CrudePosition, common: CrudeResult) -> RatioFunnel | None:
    """Return the limits around the measure's own expectation."""
    if own.ratio is None or common.ratio is None or not own.expected:
        return None
    limits = own.ratio.adjusted_limits
    return RatioFunnel(
        own.expected, limits[PRINCIPAL_LEVEL], limits[OUTER_LEVEL], tau2=common.ratio.tau2
    )


def benchmark_of(common: CrudeResult, patients: str) -> Benchmark | None:
    """Return the benchmark and how it came about, in the words of the measure."""
    found = common.benchmark
    if found is None:
        return None
    method = f"{found.sites} hospitals with {found.denominator:,} {patients}"
    if found.tolerance is not None:
        # Rounded up: a distance that is at most this far must not read "within 0.0".
        points = math.ceil(1000 * found.tolerance) / 10
        method += f", known to within {points:.1f} percentage points"
    return Benchmark(found.value, found.method, method)


def histogram_of(found: Bins | None) -> Histogram | None:
    """Return the merged bins."""
    return None if found is None else Histogram(found.edges, found.sites)


def quality_of(own: CrudePosition, common: CrudeResult) -> Quality | None:
    """Return whether the plain rate can tell hospitals apart."""
    if own.reliability is None:
        return None
    return Quality(
        own.reliability,
        common.minimum_volume,
        differs=common.prior is not None,
        share_below=None if common.quality is None else common.quality.share_below,
    )
