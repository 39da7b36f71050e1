"""The grouped question: how many rows count, per site, provider, period and pattern."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from fedqi.engine.csv_header import literal
from fedqi.engine.opened import OpenTable
from fedqi.engine.patterns import cells_of, read_cells, read_patterns
from fedqi.engine.quality import Findings
from fedqi.engine.report import Finding, Problem, rows_in_words
from fedqi.measures import Cell, Measure, PatternTable
from fedqi.measures.compile import ROWS, cells, counted_rows, patterns, row_faults

SiteCells = dict[str, dict[str, Cell]]
SitePatterns = Mapping[str, Mapping[str, PatternTable]]


class Counts(NamedTuple):
    """What the grouped question gave, per site; no figures of a site with faulty rows."""

    findings: Findings
    cells: Mapping[str, SiteCells]
    patterns: Mapping[str, SitePatterns]


def count(
    measure: Measure, opened: OpenTable, rows: str, blocked: list[str], one_site: bool
) -> Counts:
    """Count the rows of sites not refused yet, and the faulty ones among them, in one pass."""
    given = counting(measure, opened, rows, blocked)
    faults = row_faults(measure)
    by_pattern, by_cell = [], []
    # Values are summed by pattern in a question of their own.
    by_covariates = measure.design is not None and measure.scale is None
    if by_covariates:
        by_pattern = opened.ask(given + patterns('"@counted"', measure, faults.values(), one_site))
    # The patterns add up to the counts: one pass over the rows less.
    added = by_covariates and measure.expected is None
    if not added:
        by_cell = opened.ask(given + cells('"@counted"', measure, faults.values(), one_site))
    findings = _fault_findings(by_pattern if added else by_cell, list(faults))
    tables = read_patterns(measure, (row for row in by_pattern if row[0] not in findings))
    kept = [row for row in by_cell if row[0] not in findings]
    return Counts(findings, cells_of(tables) if added else read_cells(measure, kept), tables)


def counting(measure: Measure, opened: OpenTable, rows: str, blocked: list[str]) -> str:
    """Return the beginning of a question to the rows that count, of sites not refused yet."""
    return f'{sound(rows, blocked)}, "@counted" AS ({counted_rows(measure, opened.system)}) '


def _fault_findings(
    found: Sequence[tuple[Any, ...]], words: Sequence[str]
) -> dict[str, list[Finding]]:
    """Return a finding per site for each fault that some rows have."""
    totals: dict[str, list[int]] = defaultdict(lambda: [0] * len(words))
    for site, _, _, _, _, *more in found:
        totals[site] = [a + int(b) for a, b in zip(totals[site], more, strict=False)]
    return {
        site: [
            Finding(Problem.COUNTS, None, count, f"{rows_in_words(count)} with {told}")
            for told, count in zip(words, counts, strict=True)
            if count
        ]
        for site, counts in totals.items()
        if any(counts)
    }


def sound(rows: str, blocked: list[str]) -> str:
    """Return the beginning of a question to the typed rows of sites not refused yet."""
    sites = f' WHERE "@site" NOT IN ({", ".join(map(literal, blocked))})' if blocked else ""
    return f'WITH {ROWS} AS (SELECT * FROM ({rows}) AS "@typed"{sites})'
