"""The questions that hold a table against the dataset of a measure, per site."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from fedqi.engine.csv_header import literal
from fedqi.engine.duplicates import duplicated_rows
from fedqi.engine.opened import OpenTable
from fedqi.engine.reading import Reading
from fedqi.engine.report import Finding, Problem, rows_in_words
from fedqi.engine.source import Table, nearest_column, site_condition, site_sql
from fedqi.engine.typed import EXPECTED, reading
from fedqi.measures import Column, Measure

Findings = Mapping[str, list[Finding]]


class Conformance(NamedTuple):
    """Rows per site, and what was found per site."""

    rows: Mapping[str, int]
    findings: Findings


def missing_columns(
    measure: Measure, table: OpenTable, missing: Iterable[str], mapping: Mapping[str, str]
) -> list[Finding]:
    """Return a finding for each column that the table lacks."""
    return [
        Finding(
            Problem.MISSING_COLUMN,
            mapping.get(name, name),
            0,
            f"is missing ({measure.dataset.columns[name].type} column {name!r} of the measure): "
            f"{nearest_column(mapping.get(name, name), table.columns)}",
        )
        for name in missing
    ]


def conformance(
    measure: Measure, opened: OpenTable, table: Table, columns: Mapping[str, str]
) -> Conformance:
    """Count the rows per site that do not conform to the columns."""
    tests = list(_tests(measure, opened, columns))
    question = _suspected if opened.statistics else _at_once
    rows, counts = question(opened, table, [condition for condition, _ in tests])
    findings: dict[str, list[Finding]] = defaultdict(list)
    for (_, template), count in zip(tests, counts, strict=True):
        for site, found in count.items():
            if found:
                findings[site].append(template._replace(rows=found).finding())
    return Conformance(rows, findings)


Counts = Mapping[str, int]


def _at_once(opened: OpenTable, table: Table, conditions: list[str]) -> tuple[Counts, list[Counts]]:
    """Count the rows per site, and those that meet each condition, in one pass."""
    counts = [f"count(CASE WHEN {condition} THEN 1 END)" for condition in conditions]
    # Without a group the number of rows is known without reading any.
    grouped = "" if table.by is None else " GROUP BY 1"
    found = opened.ask(
        f"SELECT {', '.join([site_sql(table), 'count(*)', *counts])} FROM {opened.rows} "
        f"WHERE {site_condition(table)}{grouped}"
    )
    counts_of: list[Counts] = [
        {row[0]: row[number] for row in found} for number in range(2, 2 + len(conditions))
    ]
    return {row[0]: row[1] for row in found}, counts_of


def _suspected(
    opened: OpenTable, table: Table, conditions: list[str]
) -> tuple[Counts, list[Counts]]:
    """Count the same, but first whether any row meets any condition.

    Of most conditions statistics tell that no row does, without reading the column. A list of
    values is then looked up in the dictionary of the column, if nothing else is asked of it.
    """
    listed = [condition for condition in conditions if " NOT IN (" in condition]
    rest = [f"({condition})" for condition in conditions if condition not in listed]
    chosen = f"SELECT count(*) FROM {opened.rows} WHERE {site_condition(table)} AND"
    suspected = " UNION ALL ".join(
        f"{chosen} ({condition})" for condition in [*listed, " OR ".join(rest) or "FALSE"]
    )
    if any(count for (count,) in opened.ask(suspected)):
        return _at_once(opened, table, conditions)
    none: list[Counts] = [{} for _ in conditions]
    return _at_once(opened, table, [])[0], none


class _Template(NamedTuple):
    problem: Problem
    column: str
    words: str
    blocking: bool
    rows: int = 0

    def finding(self) -> Finding:
        words = self.words.format(rows=rows_in_words(self.rows))
        return Finding(self.problem, self.column, self.rows, words, self.blocking)


def _tests(
    measure: Measure, opened: OpenTable, columns: Mapping[str, str]
) -> Iterator[tuple[str, _Template]]:
    """Return condition and words of everything a column can be found to be."""
    for name, own in columns.items():
        column = measure.dataset.columns[name]
        for problem, condition, words in _column_tests(column, reading(opened, column, own)):
            blocking = problem is not Problem.MISSING_VALUE or column.required
            yield condition, _Template(problem, own, words, blocking)


def _column_tests(column: Column, read: Reading) -> Iterator[tuple[Problem, str, str]]:
    needed = "expected one in every row" if column.required else "which the measure allows"
    yield Problem.MISSING_VALUE, read.missing, f"no value in {{rows}}, {needed}"
    if read.unreadable is not None:
        words = f"unreadable in {{rows}}, expected {_expected(column)}"
        yield Problem.WRONG_TYPE, read.unreadable, words
    if column.allowed is not None:
        values = ", ".join(literal(v) if isinstance(v, str) else str(v) for v in column.allowed)
        # Looked up over the column itself, a text of length 0 is missing and not outside.
        value = read.value if column.type != "string" else read.plain
        values += ", ''" if column.type == "string" else ""
        shown = ", ".join(str(v) for v in column.allowed).replace("{", "{{").replace("}", "}}")
        condition = f"{value} NOT IN ({values})"
        yield Problem.OUTSIDE, condition, f"in {{rows}} none of: {shown}"
    for bound, sign, words in ((column.min, "<", "below"), (column.max, ">", "above")):
        if bound is not None:
            condition = f"{read.value} {sign} {bound!r}"
            yield Problem.OUTSIDE, condition, f"{words} {bound:g} in {{rows}}"


def _expected(column: Column) -> str:
    return EXPECTED[column.type]


def duplicated_keys(
    measure: Measure, opened: OpenTable, rows: str, columns: Mapping[str, str], number: int
) -> Findings:
    """Count the rows per site that share their key with another row.

    Parameters
    ----------
    rows
        SQL for the typed rows.
    number
        How many these are.
    """
    key = measure.dataset.key
    if key is None or not set(key) <= set(columns):
        return {}
    told = ", ".join(columns[name] for name in key)
    words = "{} share their key with another row, expected a key of its own for each"
    return {
        site: [Finding(Problem.DUPLICATED_KEY, told, n, words.format(rows_in_words(n)))]
        for site, n in duplicated_rows(measure, opened, rows, number).items()
    }
