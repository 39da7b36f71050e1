"""From a site's positions and the released result to its report."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from fedqi.benchmarking.plan import CollectionPlan
from fedqi.benchmarking.result import Position, Result
from fedqi.errors import PolicyError
from fedqi.measures import ALL_PERIODS, Measure
from fedqi.reports import data
from fedqi.reports.absence import absences
from fedqi.reports.data_parts import Ascertainment
from fedqi.reports.one_measure import with_trend
from fedqi.reports.peer_words import peer_words, segment_of
from fedqi.reports.units import largest, named, series_of_unit, units_of

Complete = Mapping[str, Mapping[str, tuple[int, float]]]
"""Measure id to period to cases found, and those that were to be expected."""

Asked = Mapping[str, Sequence[str]]
"""Measure id to the analyses that the job was to run."""


def asked_of(plan: CollectionPlan) -> Asked:
    """Return what a job was to run, measure by measure."""
    asked: dict[str, list[str]] = {}
    for part in plan.parts:
        asked.setdefault(part.subject.measure.id, []).append(part.analysis.name)
    return asked


def measure_reports(
    measures: Sequence[Measure],
    result: Result,
    positions: Sequence[Position],
    site: str,
    provider: str | None = None,
    commands: Mapping[str, str] | None = None,
    asked: Asked | None = None,
    complete: Complete | None = None,
) -> tuple[data.MeasureReport, ...]:
    """Return the report's part of every measure in which the site has a position.

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
        Which of its providers, where a measure compares several; the largest where None, or where
        a measure does not know it.
    commands
        Measure id to the command that lists the local cases.
    asked
        What the job was to run; an analysis without figures is then named.
    complete
        Measure id to its periods' cases found and expected.

    Returns
    -------
    tuple
        Of the measures that can be shown; :func:`fedqi.reports.absence.absences` has the others.
    """
    reports = []
    for measure in measures:
        analyses = (asked or {}).get(measure.id, ())
        units = units_of(measure, result, positions, site, analyses)
        if not units:
            continue
        name = provider if provider is not None and provider in units else largest(units)
        series = series_of_unit(measure, positions, name)
        made = replace(
            named(units, name, site),
            cases_command=(commands or {}).get(measure.id),
            ascertainment=ascertainment_of((complete or {}).get(measure.id, {}), series),
        )
        reports.append(with_trend(made, series, result))
    return tuple(reports)


def ascertainment_of(
    complete: Mapping[str, tuple[int, float]], series: Sequence[Position]
) -> Ascertainment | None:
    """Return how complete the cases of the periods shown are; None where nothing is known."""
    shown = [complete[position.period] for position in series if position.period in complete]
    if not shown:
        return None
    return Ascertainment(sum(found for found, _ in shown), sum(expected for _, expected in shown))


def rehearsal_report(
    measures: Sequence[Measure],
    result: Result,
    positions: Sequence[Position],
    site: str,
    asked: Asked | None = None,
    complete: Complete | None = None,
    synthetic: bool = False,
    provider: str | None = None,
) -> data.ReportData:
    """Return the report of one site of a rehearsal.

    Hospitals are counted that stand behind some total: others had no figures to add.
    `synthetic` says that the rows were made up; `provider` is as of :func:`measure_reports`.

    Raises
    ------
    PolicyError
        If the site has no figures.
    """
    everybody, segment = result, segment_of(positions)
    result = everybody.within(segment or "*")
    reports = measure_reports(
        measures, result, positions, site, provider, asked=asked, complete=complete
    )
    absent = absences(measures, result, reports)
    if not reports:
        told = " ".join(f"{each.title}: {each.reason}" for each in absent)
        raise PolicyError(f"site {site} has no figures to report on. {told}".strip())
    return data.ReportData(
        collaborative="Rehearsal",
        site=site,
        site_name=site,
        period="all periods together" if reports[0].period == ALL_PERIODS else reports[0].period,
        sites=len({name for released in result.results for name in released.survivors}),
        measures=reports,
        provenance=data.Provenance(numbers=0, size=0),
        data_status="A rehearsal in one process: nothing left the building.",
        absent=absent,
        method=peer_words(segment, everybody, reports),
        rehearsal=True,
        synthetic=synthetic,
        segment=segment,
    )
