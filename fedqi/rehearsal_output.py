"""What ``fedqi benchmark`` prints and writes."""

from collections.abc import Iterator
from pathlib import Path

from fedqi import __version__
from fedqi.api import Hospital, Run
from fedqi.benchmarking.result import MeasureResult
from fedqi.errors import PolicyError
from fedqi.reports.data import Provenance, ReportData

MOST_LINES = 40
PERIODS_SHOWN = 1


def summary_lines(run: Run) -> Iterator[str]:
    """Yield what was released, one line per measure, and how many periods besides."""
    by_measure: dict[str, list[MeasureResult]] = {}
    for result in run.result.results:
        by_measure.setdefault(result.measure, []).append(result)
    if not by_measure:
        yield "Nothing was released: no period of any measure is offered by enough sites."
    for measure, results in by_measure.items():
        last = results[-1]
        yield f"{measure}, {last.period}: {in_words(last)}"
        if len(results) > PERIODS_SHOWN:
            yield f"  and {len(results) - PERIODS_SHOWN} single periods"


def in_words(result: MeasureResult) -> str:
    """Return a released total as a phrase."""
    share = f"{result.observed:,} of {result.denominator:,}"
    rate = f" ({100 * result.observed / result.denominator:.2f} %)" if result.denominator else ""
    return f"{share}{rate} at {result.sites} sites"


def write_reports(run: Run, folder: Path) -> list[Path]:
    """Write the report of every site that has figures.

    Raises
    ------
    ConfigurationError
        If the extra ``reports`` is not installed.
    """
    from fedqi.reports import render_report

    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for site in run.sites:
        hospital = run.site(site)
        if hospital.positions:
            path = folder / f"{site}.html"
            path.write_text(render_report(report_data(run, hospital)), encoding="utf-8")
            written.append(path)
    return written


def report_data(run: Run, hospital: Hospital) -> ReportData:
    """Collect what a rehearsal knows of one site.

    Raises
    ------
    PolicyError
        If the site has no figures.
    """
    from fedqi.reports.compose import measure_reports

    providers = {position.provider for position in hospital.positions}
    measures = measure_reports(
        run.measures, run.result, hospital.positions, hospital.site, min(providers, default=None)
    )
    if not measures:
        raise PolicyError(f"site {hospital.site} has no figures to report on")
    return ReportData(
        collaborative="Rehearsal",
        site=hospital.site,
        site_name=hospital.site,
        period=measures[0].period,
        sites=len(run.cohort),
        measures=measures,
        provenance=Provenance(numbers=0, size=0),
        data_status="A rehearsal in one process: nothing left the building.",
        software=f"FedQI {__version__}",
    )
