"""A measure evaluated where the data are: checked, then counted."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fedqi.engine.completeness import completeness
from fedqi.engine.counting import SiteCells, SitePatterns, count, counting, sound
from fedqi.engine.impossible_counts import impossible_counts
from fedqi.engine.opened import OpenTable
from fedqi.engine.opening import open_table
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
from fedqi.measures import Measure, MeasureSummary
from fedqi.measures.ascertainment import ascertained
from fedqi.measures.compile import period_name


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
        counted = count(measure, opened, rows, _blocked(findings), table.by is None)
        _add(findings, counted.findings)
        asked = counting(measure, opened, rows, _blocked(findings))
        values = value_tables(measure, opened, asked)
        modelled: Mapping[str, SitePatterns] = counted.patterns
        if measure.scale is not None and measure.design is not None:
            modelled = value_patterns(measure, opened, asked)
        components = component_tables(measure, opened, asked)
        expected, doubtful = _completeness(measure, opened, rows, _blocked(findings), counted.cells)
    _add(findings, doubtful)
    for impossible in impossible_counts(counted.cells, counted.patterns):
        _add(findings, impossible)
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


def _completeness(
    measure: Measure,
    opened: OpenTable,
    rows: str,
    blocked: list[str],
    counts: Mapping[str, SiteCells],
) -> tuple[Mapping[str, tuple[Completeness, ...]], Findings]:
    if measure.ascertainment is None:
        return {}, {}
    asked = opened.ask(f"{sound(rows, blocked)} {ascertained(measure, system=opened.system)}")
    named = ((site, period_name(measure, period), *more) for site, period, *more in asked)
    return completeness(named, counts)
