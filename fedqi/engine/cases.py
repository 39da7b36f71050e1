"""The rows behind a figure, by their local keys. The only answer of the engine that names rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fedqi.engine.csv_header import literal, quoted
from fedqi.engine.evaluate import check
from fedqi.engine.opened import OpenTable
from fedqi.engine.opening import open_table
from fedqi.engine.quality import missing_columns
from fedqi.engine.report import DataQualityReport
from fedqi.engine.source import Source, as_source, of_measure
from fedqi.engine.typed import file_columns, loose_rows
from fedqi.errors import DefinitionError, PolicyError
from fedqi.mapping import DataMapping
from fedqi.measures import Measure
from fedqi.measures.calendar import period_number
from fedqi.measures.cases import CaseSet, case_question, exclusion_keys, missing_names
from fedqi.measures.compile import ROWS
from fedqi.measures.stages import staged_rows

Words = Callable[[tuple[Any, ...]], tuple[str, ...]]
"""What was told of a case -> as it stands in the list."""

MOST = 1_000_000
"""More cases than this are no list that anybody looks through."""


@dataclass(frozen=True, slots=True)
class CaseList:
    """Cases of one set. Their keys are shown by no ``repr``, so that no traceback has them.

    Parameters
    ----------
    columns
        Names of the key's columns, as the table has them, and of what is told of each case.
    rows
        One per case, texts, ordered by key.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = field(repr=False)


def list_cases(
    measure: Measure,
    source: Any,
    chosen: CaseSet,
    *,
    period: str = "all",
    mapping: Mapping[str, str] | DataMapping | None = None,
    coefficients: Mapping[str, float] | None = None,
) -> CaseList:
    """List the local keys of a set of cases, by one question to the table.

    Parameters
    ----------
    measure, source, mapping
        As in :func:`fedqi.engine.summarise`.
    chosen
        Which; see :func:`fedqi.measures.cases.case_question`.
    period
        Of the measure's own grain, or ``all``. Rows without a date are ``missing`` in each.
    coefficients
        Of the risk model, for ``unexpected``.

    Raises
    ------
    DefinitionError
        If the measure names no key.
    ConfigurationError
        If the measure has no such period, or no model for ``unexpected``.
    DataQualityError
        If the table lacks a column; for all sets but ``missing``, if the measure cannot be
        evaluated over it.
    PolicyError
        If there are more cases than :data:`MOST`.
    """
    if measure.dataset.key is None:
        raise DefinitionError(
            f"{measure.name}: its dataset names no key, so a row of the table has nothing to be "
            "listed by; the measure's author must add dataset.key, or the table counts no patients"
        )
    given, number = as_source(source, None), period_number(measure, period)
    question = case_question(measure, chosen, coefficients)
    if chosen != "missing":
        # What is listed is then what is counted.
        check(measure, given, mapping=mapping).require_ok()
    table, names = of_measure(measure, given.table, mapping or {})
    with open_table(table.rows) as opened:
        keys = _key_columns(measure, given, opened, names)
        rows = loose_rows(measure, opened, table, keys.columns, keys.cells)
        staged = staged_rows(measure, ROWS, [f'"{name}"' for name in keys.cells], opened.system)
        order = ", ".join(f'"{name}"' for name in keys.cells)
        found = opened.ask(
            f'WITH {ROWS} AS ({rows}), "@staged" AS ({staged}) '
            f'SELECT {", ".join([order, *question.columns])} FROM "@staged" '
            f"WHERE {question.condition}{_of(given)}{_within(number, chosen)} "
            f"ORDER BY {order} LIMIT {MOST + 1}"
        )
    if len(found) > MOST:
        raise PolicyError(f"{measure.name}: more than {MOST} cases; choose a single period")
    return _told(measure, chosen, keys, found)


@dataclass(frozen=True, slots=True)
class _Keys:
    """Column of the measure to the table's; ``@key N`` to the cell of the key; names to show."""

    columns: Mapping[str, str]
    cells: Mapping[str, str]
    names: tuple[str, ...]


def _key_columns(
    measure: Measure, given: Source, opened: OpenTable, mapping: Mapping[str, str]
) -> _Keys:
    columns, missing = file_columns(measure, opened, mapping)
    key = measure.dataset.key or ()
    lacking = [*missing, *(name for name in key if name not in columns and name not in missing)]
    if lacking:
        findings = tuple(missing_columns(measure, opened, lacking, mapping))
        report = DataQualityReport(measure.id, measure.version, given.label, 0, None, findings)
        report.require_ok()
    # As the table writes it: 007 is another key than 7.
    cells = {f"@key {n}": f"CAST({quoted(columns[k])} AS VARCHAR)" for n, k in enumerate(key)}
    return _Keys(columns, cells, tuple(columns[name] for name in key))


def _of(given: Source) -> str:
    return "" if given.table.by is None else f' AND "@site" = {literal(given.site)}'


def _within(number: int | None, chosen: CaseSet) -> str:
    if number is None:
        return ""
    undated = ' OR "@period" IS NULL' if chosen == "missing" else ""
    return f' AND ("@period" = {number}{undated})'


def _told(
    measure: Measure, chosen: CaseSet, keys: _Keys, found: Sequence[tuple[Any, ...]]
) -> CaseList:
    """Put what was told of each case into words."""
    size = len(keys.names)
    columns, words = _wording(measure, chosen)
    rows = tuple(
        (*("" if each is None else str(each) for each in row[:size]), *words(row[size:]))
        for row in found
    )
    return CaseList((*keys.names, *columns), rows)


def _wording(measure: Measure, chosen: CaseSet) -> tuple[tuple[str, ...], Words]:
    if chosen == "denominator":
        return ("numerator",), lambda told: (str(told[0]),)
    if chosen == "excluded":
        stages = exclusion_keys(measure)
        return ("excluded by",), lambda told: (stages[told[0]],)
    if chosen == "missing":
        names = missing_names(measure)
        return ("missing",), lambda told: (
            ", ".join(name for name, lacks in zip(names, told, strict=True) if lacks),
        )
    if chosen == "unexpected":
        return ("outcome", "predicted"), lambda told: (str(told[0]), f"{told[1]:.4f}")
    return (), lambda _: ()
