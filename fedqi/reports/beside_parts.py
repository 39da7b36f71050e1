"""What ``meta`` and ``direct`` say: a row beside the other analyses, or the verdict where alone."""

from dataclasses import replace

from fedqi.benchmarking.direct_figures import DirectPosition, DirectResult
from fedqi.benchmarking.meta_figures import MetaPosition, MetaResult
from fedqi.reports.data import MeasureReport
from fedqi.reports.data_basic import Interval, band_name
from fedqi.reports.data_model import Basis, Reading


def with_meta(made: MeasureReport, common: MetaResult, own: MetaPosition) -> MeasureReport:
    """Add the rate that random effects predict of this hospital."""
    interval, band = Interval.of(own.shrunken_interval), band_name(own.band)
    reading = Reading("meta", own.shrunken, interval, band)
    return beside(made, reading, "meta", common.rate, own.z_adjusted)


def with_direct(made: MeasureReport, common: DirectResult, own: DirectPosition) -> MeasureReport:
    """Add the rate standardised to the patients of all hospitals."""
    if own.rate is None or own.interval is None:
        nobody = "; ".join("/".join(levels) for group in own.lacking for levels in group)
        why = f"Your hospital has nobody in a stratum ({nobody}), so its rate there is unknown."
        reading = Reading("direct", band="insufficient", failed=why)
        return beside(made, reading, "direct", common.rate, None)
    interval, band = Interval.of(own.interval), band_name(own.band)
    reading = Reading("direct", own.rate, interval, band)
    return beside(made, reading, "direct", common.rate, own.z_adjusted)


def beside(
    made: MeasureReport,
    reading: Reading,
    basis: Basis,
    network_rate: float,
    z_adjusted: float | None,
) -> MeasureReport:
    """Add a reading; the verdict stays where the figures of the page come from."""
    judged = any(each.band is not None for each in made.readings)
    made = replace(made, readings=(*made.readings, reading))
    if judged:
        return made
    return replace(
        made,
        band=reading.band or "insufficient",
        basis=basis,
        reason=reading.failed,
        network_rate=network_rate,
        z_adjusted=z_adjusted,
    )
