"""Counts that no site can have, or may contribute, refused by name."""

from collections.abc import Iterator, Mapping

from fedqi.engine.counting import SiteCells, SitePatterns
from fedqi.engine.quality import Findings
from fedqi.engine.report import Finding, Problem
from fedqi.measures import MAXIMUM_COUNT, pooled


def impossible_counts(
    cells: Mapping[str, SiteCells], patterns: Mapping[str, SitePatterns]
) -> Iterator[Findings]:
    """Yield what refuses the counts of a site."""
    yield _too_large(cells)
    yield _without_exposure(cells)
    yield _patterns_without_exposure(patterns)


def _too_large(counts: Mapping[str, SiteCells]) -> Findings:
    """Refuse counts that no layout can carry."""
    refused: dict[str, list[Finding]] = {}
    for site, series in counts.items():
        total = pooled(cell for cells in series.values() for cell in cells.values())
        # Events of a rate may be more than its exposure.
        name = "denominator" if total.denominator > MAXIMUM_COUNT else "numerator"
        if max(total.denominator, total.observed) > MAXIMUM_COUNT:
            words = f"the {name} is above {MAXIMUM_COUNT}, the most that one site may contribute"
            refused[site] = [Finding(Problem.TOO_LARGE, None, 0, words)]
    return refused


def _without_exposure(counts: Mapping[str, SiteCells]) -> Findings:
    """Refuse events of a rate where a provider has no exposure in the whole period."""
    refused: dict[str, list[Finding]] = {}
    for site, series in counts.items():
        cells = [cell for periods in series.values() for cell in periods.values()]
        events = sum(cell.observed for cell in cells if not cell.denominator)
        if events:
            words = f"{events} events where the exposure of the whole period is 0"
            refused[site] = [Finding(Problem.COUNTS, None, 0, words)]
    return refused


def _patterns_without_exposure(grouped: Mapping[str, SitePatterns]) -> Findings:
    """Refuse events of a rate where patients of one pattern have no exposure in a period."""
    refused: dict[str, list[Finding]] = {}
    for site, providers in grouped.items():
        tables = [table for series in providers.values() for table in series.values()]
        events = sum(y for t in tables for y, n in zip(t.events, t.patients, strict=True) if not n)
        if events:
            words = f"{events} events where patients alike in the risk model have an exposure of 0"
            refused[site] = [Finding(Problem.COUNTS, None, 0, words)]
    return refused
