"""What ``fedqi benchmark`` prints and writes."""

import os
from collections.abc import Iterator
from pathlib import Path

from fedqi.benchmarking.result import MeasureResult
from fedqi.benchmarking.standardised_result import FailedAnalysis
from fedqi.errors import ConfigurationError
from fedqi.measures.summary import ALL_PERIODS
from fedqi.rehearsal_figures import analysis_lines
from fedqi.run import Run


def summary_lines(run: Run) -> Iterator[str]:
    """Yield what was released of each measure, and how many periods besides."""
    scorings = {measure.id: measure.scoring for measure in run.measures}
    positions = [position for site in run.sites for position in run.site(site).positions]
    found = headlines(run)
    if not found:
        yield "Nothing was released: no period of any measure is offered by enough sites."
    for headline, besides in found:
        measure, segment, period = headline.measure, headline.segment, headline.period
        where = "" if segment == "*" else f", {segment}"
        yield f"{measure}{where}, {period}: {in_words(headline, scorings[measure])}"
        unit = (measure, segment, period)
        own = [p for p in positions if (p.measure, p.segment, p.period) == unit]
        yield from analysis_lines(headline, own)
        if besides:
            yield f"  and {besides} single {'period' if besides == 1 else 'periods'}"
    if run.missing:
        left = ", ".join(f"{item['analysis']} of {item['measure']}" for item in run.missing)
        yield f"Partial: {left} could not be completed; waiting for {', '.join(run.waiting_for)}"


def headlines(run: Run) -> list[tuple[MeasureResult, int]]:
    """Return of each measure and segment all periods together, or the last, and how many besides.

    Analyses end at different steps, so "all" is not always the last of the results.
    """
    units: dict[tuple[str, str], list[MeasureResult]] = {}
    for result in run.result.results:
        units.setdefault((result.measure, result.segment), []).append(result)
    return [
        (max(each, key=lambda one: (one.period == ALL_PERIODS, one.period)), len(each) - 1)
        for each in units.values()
    ]


def fitted_nowhere(run: Run) -> list[str]:
    """Return the analyses that failed wherever they were asked for, in order of their names."""
    found = [result.analyses for result, _ in headlines(run)]
    names = sorted({name for analyses in found for name in analyses})
    return [
        name
        for name in names
        if all(isinstance(each[name], FailedAnalysis) for each in found if name in each)
    ]


def in_words(result: MeasureResult, scoring: str = "proportion") -> str:
    """Return a released total as a phrase."""
    if scoring == "rate":
        over = f"{result.observed:,} events in an exposure of {result.denominator:,}"
        per = result.observed / result.denominator if result.denominator else 0.0
        return f"{over} ({per:.4g} per unit) at {result.sites} sites"
    if scoring in ("continuous", "survey"):
        mean = getattr(result.analyses.get("crude"), "mean", None)
        told = "" if mean is None else f" (mean {mean:.4g})"
        rows = f"{result.observed:,} values in {result.denominator:,} rows"
        return f"{rows}{told} at {result.sites} sites"
    share = f"{result.observed:,} of {result.denominator:,}"
    rate = f" ({100 * result.observed / result.denominator:.2f} %)" if result.denominator else ""
    return f"{share}{rate} at {result.sites} sites"


def prepare(json_file: Path | None, folder: Path | None) -> None:
    """Make sure, before the work and not after it, that its results can be written.

    Raises
    ------
    ConfigurationError
        If the extra ``reports`` is not installed, or a folder cannot be written to.
    OSError
        If a folder cannot be made.
    """
    if folder is not None:
        from fedqi.reports.requirements import require_extra

        require_extra()
    folders = [json_file.parent] if json_file is not None else []
    for place in folders + ([folder] if folder is not None else []):
        place.mkdir(parents=True, exist_ok=True)
        if not os.access(place, os.W_OK):
            raise ConfigurationError(f"{place}: nothing may be written here; choose another place")


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
