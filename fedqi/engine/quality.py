"""The questions that hold a table against the dataset of a measure, per site."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from fedqi.engine.csv_header import literal
from fedqi.engine.report import Finding, Problem, rows_in_words
from fedqi.engine.source import Table, nearest_column, site_condition, site_sql
from fedqi.engine.tables import RAW, OpenTable
from fedqi.engine.typed import EXPECTED, as_text, typed
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
    """Count, in one pass, the rows per site that do not conform to the columns."""
    tests = list(_tests(measure, opened, columns))
    counts = "".join(f", count(*) FILTER ({condition})" for condition, _ in tests)
    rows = opened.ask(
        f"SELECT {site_sql(table)}, count(*){counts} FROM {RAW} "
        f"WHERE {site_condition(table)} GROUP BY 1"
    )
    findings: dict[str, list[Finding]] = defaultdict(list)
    for site, _, *found in rows:
        for count, (_, template) in zip(found, tests, strict=True):
            if count:
                findings[site].append(template._replace(rows=count).finding())
    return Conformance({site: count for site, count, *_ in rows}, findings)


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
        text = as_text(own, opened.columns[own])
        value = typed(column, own, opened.columns[own])
        for problem, condition, words in _column_tests(column, text, value):
            blocking = problem is not Problem.MISSING_VALUE or column.required
            yield condition, _Template(problem, own, words, blocking)


def _column_tests(column: Column, text: str, value: str) -> Iterator[tuple[Problem, str, str]]:
    needed = "expected one in every row" if column.required else "which the measure allows"
    yield Problem.MISSING_VALUE, f"{text} IS NULL", f"no value in {{rows}}, {needed}"
    if column.type != "string":
        condition = f"{text} IS NOT NULL AND {value} IS NULL"
        yield Problem.WRONG_TYPE, condition, f"unreadable in {{rows}}, expected {_expected(column)}"
    if column.allowed is not None:
        values = ", ".join(literal(v) if isinstance(v, str) else str(v) for v in column.allowed)
        shown = ", ".join(str(v) for v in column.allowed).replace("{", "{{").replace("}", "}}")
        yield Problem.OUTSIDE, f"{value} NOT IN ({values})", f"in {{rows}} none of: {shown}"
    for bound, sign, words in ((column.min, "<", "below"), (column.max, ">", "above")):
        if bound is not None:
            yield Problem.OUTSIDE, f"{value} {sign} {bound!r}", f"{words} {bound:g} in {{rows}}"


def _expected(column: Column) -> str:
    return EXPECTED[column.type]


def duplicated_keys(
    measure: Measure, opened: OpenTable, rows: str, columns: Mapping[str, str]
) -> Findings:
    """Count the rows per site that share their key with another row.

    Parameters
    ----------
    rows
        SQL for the typed rows.
    """
    key = measure.dataset.key
    if key is None or not set(key) <= set(columns):
        return {}
    names = ", ".join(f'"{name}"' for name in key)
    found = opened.ask(
        f'SELECT "@site", sum(n) FROM (SELECT "@site", count(*) AS n FROM ({rows}) '
        f'GROUP BY "@site", {names} HAVING count(*) > 1) GROUP BY 1'
    )
    told = ", ".join(columns[name] for name in key)
    words = "{} share their key with another row, expected a key of its own for each"
    return {
        site: [Finding(Problem.DUPLICATED_KEY, told, int(n), words.format(rows_in_words(int(n))))]
        for site, n in found
    }
