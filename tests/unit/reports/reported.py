"""Reports to test with: the surgical example's scale, and the special hospitals."""

from dataclasses import replace
from typing import Any

from fedqi.reports.data import MeasureReport, Provenance, ReportData
from fedqi.reports.data_basic import (
    Benchmark,
    Funnel,
    Histogram,
    Interval,
    Ratio,
    SeriesPoint,
    Target,
)
from fedqi.reports.data_model import (
    CalibrationRow,
    Coefficient,
    Quality,
    RatioFunnel,
    Reading,
    RiskModel,
    Shrinkage,
)
from fedqi.stats import adjusted_limits, rate_funnel_limits, rate_interval, wilson

TARGET, TAU2 = 0.2, 0.0005

FAILED = Reading("hierarchical", failed="no maximum was found: the sites are too alike")


def measure(observed: int = 182, denominator: int = 638, **changes: Any) -> MeasureReport:
    own = wilson(observed, denominator) if denominator else None
    size = max(denominator, 1)
    limits = [adjusted_limits(size, TARGET, level, TAU2) for level in (0.95, 0.998)]
    made = MeasureReport(
        measure="hf-readmission",
        title="Heart failure",
        event="readmitted within 30 days",
        patients="heart-failure patients",
        direction="lower",
        period="all",
        observed=observed,
        denominator=denominator,
        rate=observed / denominator if denominator else None,
        interval=Interval(own.lower, own.upper, 0.95, own.method) if own else None,
        band="review",
        network_rate=TARGET,
        benchmark=Benchmark(0.15, "achievable benchmark", "4 hospitals with 2,000 patients"),
        z=5.0,
        z_adjusted=2.4,
        percentile_band=(79.0, 100.0),
        gap=86.3,
        phi=4.1,
        tau2=TAU2,
        between_site_sd=0.03,
        funnel=Funnel(
            TARGET,
            (limits[0].lower, limits[0].upper),
            (limits[1].lower, limits[1].upper),
            TAU2,
        ),
        histogram=Histogram((0.0, 0.17, 0.21, 1.0), (8, 8, 8)),
        shrunken=0.26,
        reliability=0.79,
        sites=24,
        version="1.0.0",
        digest="ab" * 32,
    )
    return replace(made, **changes)


def adjusted(value: float, z: float, **changes: Any) -> MeasureReport:
    ratio = Ratio(value, Interval(value * 0.9, value * 1.1, 0.95, "byar"), (0.8, 1.2), z)
    return replace(measure(**changes), ratio=ratio, expected=182 / value)


def falls(observed: int = 936, exposure: int = 160_039, **changes: Any) -> MeasureReport:
    inner, outer = (rate_funnel_limits(exposure, 0.0049, level) for level in (0.95, 0.998))
    made = measure(
        measure="falls", title="Falls", event="falls", patients="bed days", scale="rate",
        band="as expected", benchmark=None, gap=None, histogram=None, percentile_band=None,
        z=1.0, z_adjusted=1.0, network_rate=0.0049, series_kind="rate",
        funnel=Funnel(0.0049, (inner.lower, inner.upper), (outer.lower, outer.upper)),
    )  # fmt: skip
    return replace(
        made,
        observed=observed,
        denominator=exposure,
        rate=observed / exposure,
        interval=Interval.of(rate_interval(observed, exposure)),
        **changes,
    )


MODEL = RiskModel(
    "hierarchical",
    (Coefficient("(Intercept)", -1.0, 0.1), Coefficient("age", 1.0, 0.1)),
    c_statistic=0.91,
    calibration=(CalibrationRow(500, 50, 48.2), CalibrationRow(500, 150, 152.1)),
    sigma=0.47,
    joined={"ward": ("c", "d")},
    left_out=("stroke",),
)


def standardised(**changes: Any) -> MeasureReport:
    ratio = Ratio(1.28, Interval(1.1, 1.49, 0.95, "exact_poisson"), (0.8, 1.2), 2.4)
    crude = Reading("crude", 0.285, Interval(0.25, 0.32), "review")
    own = Reading("standardised", ratio.value, ratio.interval, "review", is_ratio=True)
    made = replace(
        measure(gap=40.2),
        basis="standardised",
        expected=141.8,
        ratio=ratio,
        ratio_funnel=RatioFunnel(141.8, (0.8, 1.2), (0.7, 1.3), tau2=0.004),
        readings=(crude, own),
        model=replace(MODEL, analysis="standardised", sigma=None),
        quality=Quality(0.62, 900.0, own_case_mix=True),
    )
    return replace(made, **changes)


def hierarchical(**changes: Any) -> MeasureReport:
    made = standardised()
    assert made.ratio is not None
    spread = (0.75, 1.3)
    steadied = Ratio(1.2, Interval(1.04, 1.37, 0.95, "conditional_mode"), spread, kind="predicted")
    own = Reading("hierarchical", 1.2, steadied.interval, "review", is_ratio=True)
    found = Shrinkage(made.ratio, steadied, spread, 0.993, False, 24, 0.6)
    made = replace(
        made,
        basis="hierarchical",
        ratio=steadied,
        gap=28.4,
        shrinkage=found,
        readings=(*made.readings, own),
        model=MODEL,
    )
    return replace(made, **changes)


def monthly(rates: list[float], n: int = 200) -> tuple[SeriesPoint, ...]:
    return tuple(
        SeriesPoint(f"{2016 + i // 12}-{i % 12 + 1:02}", round(rate * n), n, TARGET)
        for i, rate in enumerate(rates)
    )


def report(*measures: MeasureReport, **changes: Any) -> ReportData:
    made = ReportData(
        collaborative="Example collaborative",
        site="230020",
        site_name="St Elsewhere",
        period="July 2019 to June 2022",
        sites=24,
        measures=measures or (measure(),),
        provenance=Provenance(184, 1472, "cd" * 32, "the quality lead", "14 October", 24, 24),
        software="FedQI 0.1.0",
    )
    return replace(made, **changes)


def everything() -> ReportData:
    trend = monthly([0.2, 0.22] * 8 + [0.6, 0.21])
    second = adjusted(0.98, -0.1, measure="pn", title="Pneumonia", band="as expected")
    third = adjusted(0.7, -2.5, measure="ami", title="Heart attack", band="exemplary")
    first = adjusted(1.28, 2.4, series=trend, targets=(Target("national target", 0.18),))
    return report(first, second, third)
