"""From a site's positions and the released result to its report."""

import math
from collections.abc import Mapping, Sequence

from fedqi.benchmarking.crude import CrudeAnalysis
from fedqi.benchmarking.crude_position import CrudePosition, FunnelPosition, RatioPosition
from fedqi.benchmarking.crude_result import CrudeResult
from fedqi.benchmarking.result import MeasureResult, Position, Result
from fedqi.errors import ConfigurationError, PolicyError
from fedqi.measures import ALL_PERIODS, Measure
from fedqi.reports import data
from fedqi.stats import Interval

PRINCIPAL_LEVEL, OUTER_LEVEL = "0.95", "0.998"


def measure_reports(
    measures: Sequence[Measure],
    result: Result,
    positions: Sequence[Position],
    site: str,
    provider: str | None = None,
    commands: Mapping[str, str] | None = None,
) -> tuple[data.MeasureReport, ...]:
    """Return the report's part of every measure in which a provider has a position.

    Parameters
    ----------
    measures
        Definitions, in the order of the collection.
    result
        What was released.
    positions
        Of this site.
    site
        Its id.
    provider
        Which of its providers; the site itself where None.
    commands
        Measure id to the command that lists the local cases.

    Returns
    -------
    tuple
        Of proportions only; :func:`not_shown` names the others.

    Raises
    ------
    ConfigurationError
        If the job did without the analysis that the page is made of.
    """
    own = [p for p in positions if p.provider == (provider or site)]
    reports = []
    for measure in measures:
        series = sorted((p for p in own if p.measure == measure.id), key=lambda p: p.period)
        chosen = principal(series)
        if chosen is not None and measure.scoring == "proportion":
            released = result.find(measure.id, chosen.period)
            check_reportable(tuple(released.analyses))
            command = (commands or {}).get(measure.id)
            reports.append(one_measure(measure, released, chosen, site, command, series, result))
    return tuple(reports)


def check_reportable(analyses: Sequence[str]) -> None:
    """Refuse to report on a job without the analysis ``crude``.

    Raises
    ------
    ConfigurationError
        Naming the analyses that there are.
    """
    if CrudeAnalysis.name not in analyses:
        raise ConfigurationError(
            f"a report shows the analysis {CrudeAnalysis.name}, found only "
            f"{', '.join(analyses) or 'none'}; ask for {CrudeAnalysis.name} too, or do without a "
            "report: the figures are in the results"
        )


def not_shown(measures: Sequence[Measure]) -> str:
    """Return a sentence on the measures that the page has no figures for; empty without any."""
    others = ", ".join(measure.title for measure in measures if measure.scoring != "proportion")
    if not others:
        return ""
    return f" This page shows proportions; the figures of these rates are in the results: {others}."


def principal(series: Sequence[Position]) -> Position | None:
    """Return the position a report opens with: all periods together, else the last one."""
    for position in series:
        if position.period == ALL_PERIODS:
            return position
    return series[-1] if series else None


def one_measure(
    measure: Measure,
    released: MeasureResult,
    position: Position,
    site: str,
    command: str | None,
    series: Sequence[Position],
    result: Result,
) -> data.MeasureReport:
    """Join one measure's definition, released figures and own position."""
    common: CrudeResult = released.analyses["crude"]
    own: CrudePosition = position.analyses["crude"]
    return data.MeasureReport(
        measure=measure.id,
        version=measure.version,
        digest=measure.digest,
        title=measure.title,
        event=measure.words.event,
        patients=measure.words.patients,
        direction=measure.direction,
        period=position.period,
        observed=position.observed,
        denominator=position.denominator,
        rate=own.estimate,
        interval=interval_of(own.interval),
        band=data.band_name(own.band),
        network_rate=common.rate,
        in_cohort=site in released.survivors,
        expected=own.expected,
        ratio=ratio_of(own.ratio),
        benchmark=benchmark_of(common, measure.words.patients),
        targets=tuple(
            data.Target(name.replace("-", " "), value) for name, value in measure.targets.items()
        ),
        z=own.z,
        z_adjusted=own.z_adjusted,
        percentile_band=own.percentile_band,
        gap=own.gap,
        phi=common.phi,
        tau2=common.tau2,
        between_site_sd=common.between_site_sd,
        funnel=funnel_of(own.funnel, common),
        histogram=histogram_of(common),
        series=series_of(series, result),
        shrunken=own.shrunken,
        reliability=own.reliability,
        sites=released.sites,
        cases_command=command,
    )


def interval_of(interval: Interval | None) -> data.Interval | None:
    """Return the interval in the report's words."""
    if interval is None:
        return None
    return data.Interval(interval.lower, interval.upper, interval.level, interval.method)


def ratio_of(ratio: RatioPosition | None) -> data.Ratio | None:
    """Return observed over expected with the limits that allow for ordinary differences."""
    if ratio is None:
        return None
    interval = data.Interval(
        ratio.interval.lower, ratio.interval.upper, ratio.interval.level, ratio.interval.method
    )
    limits = ratio.adjusted_limits[PRINCIPAL_LEVEL]
    return data.Ratio(ratio.value, interval, limits, ratio.z_adjusted)


def funnel_of(funnel: FunnelPosition | None, common: CrudeResult) -> data.Funnel | None:
    """Return the limits that the page draws: the adjusted ones where sites differ beyond chance."""
    if funnel is None:
        return None
    limits = funnel.adjusted_limits if funnel.adjusted else funnel.limits
    return data.Funnel(
        target=funnel.target,
        limits_95=limits[PRINCIPAL_LEVEL],
        limits_998=limits[OUTER_LEVEL],
        tau2=(common.tau2 or 0.0) if funnel.adjusted else 0.0,
        kind=funnel.kind,
    )


def benchmark_of(common: CrudeResult, patients: str) -> data.Benchmark | None:
    """Return the benchmark and how it came about, in the words of the measure."""
    found = common.benchmark
    if found is None:
        return None
    method = f"{found.sites} hospitals with {found.denominator:,} {patients}"
    if found.tolerance is not None:
        # Rounded up: a distance that is at most this far must not read "within 0.0".
        points = math.ceil(1000 * found.tolerance) / 10
        method += f", known to within {points:.1f} percentage points"
    return data.Benchmark(found.value, found.method, method)


def histogram_of(common: CrudeResult) -> data.Histogram | None:
    """Return the merged bins."""
    found = common.histogram
    return None if found is None else data.Histogram(found.edges, found.sites)


def series_of(series: Sequence[Position], result: Result) -> tuple[data.SeriesPoint, ...]:
    """Return the own periods beside the network's rate; none where there is only one."""
    points = [
        data.SeriesPoint(
            position.period,
            position.observed,
            position.denominator,
            result.find(position.measure, position.period).analyses["crude"].rate,
        )
        for position in series
        if position.period != ALL_PERIODS
    ]
    return tuple(points) if len(points) > 1 else ()


def rehearsal_report(
    measures: Sequence[Measure],
    result: Result,
    positions: Sequence[Position],
    site: str,
) -> data.ReportData:
    """Return the report of one site of a rehearsal, for its first provider.

    Hospitals are counted that stand behind some total: others had no figures to add.

    Raises
    ------
    PolicyError
        If the site has no figures.
    """
    provider = min((position.provider for position in positions), default=None)
    reports = measure_reports(measures, result, positions, site, provider)
    if not reports:
        raise PolicyError(f"site {site} has no figures to report on.{not_shown(measures)}")
    return data.ReportData(
        collaborative="Rehearsal",
        site=site,
        site_name=site,
        period="all periods together" if reports[0].period == ALL_PERIODS else reports[0].period,
        sites=len({name for released in result.results for name in released.survivors}),
        measures=reports,
        provenance=data.Provenance(numbers=0, size=0),
        data_status=f"A rehearsal in one process: nothing left the building.{not_shown(measures)}",
        rehearsal=True,
    )
