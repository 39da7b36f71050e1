"""A measure evaluated where the data are: checked, then counted."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from fedqi.engine.completeness import completeness
from fedqi.engine.csv_header import literal
from fedqi.engine.opened import OpenTable
from fedqi.engine.opening import open_table
from fedqi.engine.patterns import cells_of, read_cells, read_patterns
from fedqi.engine.quality import (
    Findings,
    conformance,
    duplicated_keys,
    missing_columns,
)
from fedqi.engine.report import Completeness, DataQualityReport, Finding, Problem, rows_in_words
from fedqi.engine.source import Source, Table, as_source, of_measure, require_site_column
from fedqi.engine.typed import file_columns, typed_rows
from fedqi.engine.value_tables import (
    SiteComponents,
    SiteValues,
    component_tables,
    value_patterns,
    value_tables,
)
from fedqi.errors import DataQualityError
from fedqi.mapping import DataMapping
from fedqi.measures import MAXIMUM_COUNT, Cell, Measure, MeasureSummary, PatternTable, pooled
from fedqi.measures.ascertainment import ascertained
from fedqi.measures.compile import ROWS, cells, counted_rows, patterns, period_name, row_faults

SiteCells = dict[str, dict[str, Cell]]
SitePatterns = Mapping[str, Mapping[str, PatternTable]]


@dataclass(frozen=True, slots=True)
class _Evaluated:
    """What one pass over a table gave, per site."""

    rows: Mapping[str, int]
    findings: Mapping[str, list[Finding]]
    cells: Mapping[str, SiteCells]
    patterns: Mapping[str, SitePatterns]
    values: Mapping[str, SiteValues]
    components: Mapping[str, SiteComponents]
    lacking: tuple[Finding, ...] = ()
    completeness: Mapping[str, tuple[Completeness, ...]] = field(default_factory=dict)


def summarise(
    measure: Measure,
    source: Any,
    *,
    mapping: Mapping[str, str] | DataMapping | None = None,
    site_filter: tuple[str, str] | None = None,
    require_population: bool = False,
) -> MeasureSummary:
    """Evaluate a measure at one site.

    Parameters
    ----------
    measure
        The measure.
    source
        A part of :func:`split`, a path (.csv, .csv.gz, .parquet), a DuckDB relation, or a
        pyarrow, pandas or polars table.
    mapping
        Column of the measure to column of the table, where they differ; or the mapping of
        several tables, `source` then being a folder, a database or the one table.
    site_filter
        Column of the table and the value that the site's rows have there.
    require_population
        Refuse data in which nobody counts. Otherwise the summary has no cells then: in a
        collection a hospital need not treat every condition.

    Returns
    -------
    MeasureSummary
        Counts per provider and period; the provider is ``""`` where the measure names none.

    Raises
    ------
    DataQualityError
        Naming table, column and count of rows, if the data do not satisfy the dataset.
    """
    given = as_source(source, site_filter)
    evaluated = _evaluated(measure, given.table, mapping or {})
    report, found = _site(measure, given, evaluated)
    report.require_ok()
    if require_population and not found:
        raise DataQualityError(
            f"{given.label}: measure {measure.name}: nobody of {report.rows} rows is in the "
            "denominator; the data manager must check the codes and units that its criteria use"
        )
    return MeasureSummary(
        measure.id,
        measure.version,
        measure.digest,
        found,
        evaluated.patterns.get(given.site, {}),
        evaluated.values.get(given.site, {}),
        evaluated.components.get(given.site, {}),
    )


def check(
    measure: Measure,
    source: Any,
    *,
    mapping: Mapping[str, str] | DataMapping | None = None,
    site_filter: tuple[str, str] | None = None,
) -> DataQualityReport:
    """Hold one site's data against the dataset of a measure.

    Parameters
    ----------
    measure, source, mapping, site_filter
        As in :func:`summarise`.

    Returns
    -------
    DataQualityReport
        Findings in counts of rows; never a value.

    Raises
    ------
    DataQualityError
        If the table cannot be read at all.
    """
    given = as_source(source, site_filter)
    return _site(measure, given, _evaluated(measure, given.table, mapping or {}))[0]


def _site(
    measure: Measure, source: Source, evaluated: _Evaluated
) -> tuple[DataQualityReport, SiteCells]:
    rows = evaluated.rows.get(source.site, 0)
    found = evaluated.cells.get(source.site, {})
    findings = [*evaluated.lacking, *evaluated.findings.get(source.site, [])]
    if not rows:
        findings.append(Finding(Problem.NO_ROWS, None, 0, "no rows at all, expected some"))
    passed = not any(finding.blocking for finding in findings)
    if passed and not found:
        words = f"none of {rows_in_words(rows)} is in the denominator"
        findings.append(Finding(Problem.EMPTY_POPULATION, None, 0, words, blocking=False))
    denominator = sum(cell.denominator for series in found.values() for cell in series.values())
    report = DataQualityReport(
        measure.id,
        measure.version,
        source.label,
        rows,
        denominator if passed else None,
        tuple(findings),
        tuple(sorted({period for series in found.values() for period in series})),
        evaluated.completeness.get(source.site, ()),
    )
    return report, found


def _evaluated(
    measure: Measure, table: Table, mapping: Mapping[str, str] | DataMapping
) -> _Evaluated:
    """Evaluate a measure for all sites of a table at once, or take what was evaluated."""
    rows, names = of_measure(measure, table, mapping)
    if table.by is None:
        return _evaluate(measure, rows, names)
    given = mapping.model_dump_json() if isinstance(mapping, DataMapping) else None
    key = (measure.digest, given, *sorted(names.items()))
    if key not in table.evaluated:
        table.evaluated[key] = _evaluate(measure, rows, names)
    found: _Evaluated = table.evaluated[key]
    return found


def _evaluate(measure: Measure, table: Table, mapping: Mapping[str, str]) -> _Evaluated:
    with open_table(table.rows) as opened:
        if table.by is not None:
            require_site_column(opened, table.by)
        columns, missing = file_columns(measure, opened, mapping)
        lacking = (*missing_columns(measure, opened, missing, mapping), *opened.faults())
        conforming = conformance(measure, opened, table, columns)
        findings: dict[str, list[Finding]] = defaultdict(list, conforming.findings)
        if lacking:
            return _Evaluated(conforming.rows, findings, {}, {}, {}, {}, lacking)
        rows = typed_rows(measure, opened, table, columns)
        number = sum(conforming.rows.values())
        _add(findings, duplicated_keys(measure, opened, rows, columns, number))
        counted = _count(measure, opened, rows, _blocked(findings), table.by is None)
        _add(findings, counted.findings)
        asked = _counting(measure, opened, rows, _blocked(findings))
        values = value_tables(measure, opened, asked)
        modelled: Mapping[str, SitePatterns] = counted.patterns
        if measure.scale is not None and measure.design is not None:
            modelled = value_patterns(measure, opened, asked)
        components = component_tables(measure, opened, asked)
        expected, doubtful = _completeness(measure, opened, rows, _blocked(findings), counted.cells)
    _add(findings, doubtful)
    _add(findings, _too_large(counted.cells))
    _add(findings, _without_exposure(counted.cells))
    _add(findings, _patterns_without_exposure(counted.patterns))
    return _Evaluated(
        conforming.rows,
        findings,
        counted.cells,
        modelled,
        values,
        components,
        completeness=expected,
    )


def _add(findings: dict[str, list[Finding]], more: Findings) -> None:
    for site, found in more.items():
        findings[site].extend(found)


def _blocked(findings: Findings) -> list[str]:
    return [site for site, found in findings.items() if any(f.blocking for f in found)]


class _Counts(NamedTuple):
    """What the grouped question gave, per site; no figures of a site with faulty rows."""

    findings: Findings
    cells: Mapping[str, SiteCells]
    patterns: Mapping[str, SitePatterns]


def _count(
    measure: Measure, opened: OpenTable, rows: str, blocked: list[str], one_site: bool
) -> _Counts:
    """Count the rows of sites not refused yet, and the faulty ones among them, in one pass."""
    given = _counting(measure, opened, rows, blocked)
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
    sound = [row for row in by_cell if row[0] not in findings]
    return _Counts(findings, cells_of(tables) if added else read_cells(measure, sound), tables)


def _counting(measure: Measure, opened: OpenTable, rows: str, blocked: list[str]) -> str:
    """Return the beginning of a question to the rows that count, of sites not refused yet."""
    return f'{_sound(rows, blocked)}, "@counted" AS ({counted_rows(measure, opened.system)}) '


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


def _completeness(
    measure: Measure,
    opened: OpenTable,
    rows: str,
    blocked: list[str],
    counts: Mapping[str, SiteCells],
) -> tuple[Mapping[str, tuple[Completeness, ...]], Findings]:
    if measure.ascertainment is None:
        return {}, {}
    asked = opened.ask(f"{_sound(rows, blocked)} {ascertained(measure, system=opened.system)}")
    named = ((site, period_name(measure, period), *more) for site, period, *more in asked)
    return completeness(named, counts)


def _sound(rows: str, blocked: list[str]) -> str:
    """Return the beginning of a question to the typed rows of sites not refused yet."""
    sites = f' WHERE "@site" NOT IN ({", ".join(map(literal, blocked))})' if blocked else ""
    return f'WITH {ROWS} AS (SELECT * FROM ({rows}) AS "@typed"{sites})'


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
