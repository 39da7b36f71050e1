"""What ``fedqi benchmark`` prints and writes."""

from collections.abc import Iterator
from pathlib import Path

from fedqi.api import Run
from fedqi.benchmarking.result import MeasureResult

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
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for site in run.sites:
        hospital = run.site(site)
        if hospital.positions:
            path = folder / f"{site}.html"
            written.append(hospital.report(path))
    return written
