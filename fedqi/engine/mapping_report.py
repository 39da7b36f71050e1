"""Whether a mapping fits a measure and the tables that are there: in counts, and who must act."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from fedqi.engine.evaluate import check
from fedqi.engine.mapped import MappedTables
from fedqi.engine.mapped_opening import MappedTable, open_mapped
from fedqi.engine.report import Problem, rows_in_words
from fedqi.engine.tables import label_of_plain
from fedqi.errors import FedQIError
from fedqi.measures import Measure

SHOWN_FROM = 5
"""A code is shown if so many rows have it; rarer ones are only counted."""
MOST_CODES = 20
"""No more codes are shown of one column."""

MAPPING_AUTHOR = "the mapping's author"
DATA_MANAGER = "the data manager"
OPERATOR = "the operator"


@dataclass(frozen=True, slots=True)
class Remark:
    """What does not fit, or what a reader must know.

    Parameters
    ----------
    place
        The column or table; empty where it concerns everything.
    words
        What was found, in counts of rows.
    who
        Who must act; empty where nobody must.
    blocking
        Whether the measure cannot be evaluated because of it.
    """

    place: str
    words: str
    who: str = ""
    blocking: bool = False

    def __str__(self) -> str:
        place = f"{self.place}: " if self.place else ""
        return f"{place}{self.words}{f'; {self.who} must act' if self.who else ''}"


@dataclass(frozen=True, slots=True)
class MappedShare:
    """How a column of the measure is filled.

    Parameters
    ----------
    column
        The column.
    source
        Where it comes from, as the mapping says it.
    empty
        Rows without a value.
    true
        Rows in which it is true; None unless it is true or false.
    """

    column: str
    source: str
    empty: int
    true: int | None


@dataclass(frozen=True, slots=True)
class MappingReport:
    """The fit of a mapping.

    Parameters
    ----------
    measure, mapping, source
        What was held against what.
    rows
        Rows of the dataset; None if it cannot be formed.
    columns
        The columns of the measure that the mapping has.
    remarks
        What does not fit, first what blocks.
    """

    measure: str
    mapping: str
    source: str
    rows: int | None
    columns: tuple[MappedShare, ...]
    remarks: tuple[Remark, ...]

    @property
    def ok(self) -> bool:
        """Whether the measure can be evaluated."""
        return not any(remark.blocking for remark in self.remarks)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {"ok": self.ok, **asdict(self)}


def examine(measure: Measure, tables: MappedTables) -> MappingReport:
    """Hold a mapping and the tables against a measure.

    Parameters
    ----------
    measure
        The measure.
    tables
        The tables and the mapping.

    Returns
    -------
    MappingReport
        In counts of rows; of values only codes that a crosswalk does not name, and of these
        only those in at least :data:`SHOWN_FROM` rows.
    """
    name, mapping = measure.name, tables.mapping.id
    place = label_of_plain(tables.place)
    remarks: list[Remark] = []
    try:
        own = tables.of_measure(measure)
        remarks += _absent(measure, own)
        with open_mapped(own) as opened:
            rows, shares = _shares(opened)
            remarks += [*_faults(opened), *_partners(opened, rows), *_offsets(opened)]
        remarks += _notes(own)
        told = {remark.place for remark in remarks if remark.blocking}
        # A code that is refused leaves no value, which would be told a second time.
        remarks += (each for each in _findings(measure, own) if each.place not in told)
    except FedQIError as error:
        # Its words say already who must act.
        remarks.append(Remark("", str(error), blocking=True))
        return MappingReport(name, mapping, place, None, (), tuple(remarks))
    ordered = sorted(dict.fromkeys(remarks), key=lambda remark: not remark.blocking)
    return MappingReport(name, mapping, place, rows, shares, tuple(ordered))


def _absent(measure: Measure, tables: MappedTables) -> Iterator[Remark]:
    grain = measure.dataset.grain
    known = tables.mapping.datasets[grain].columns
    for name, column in measure.dataset.columns.items():
        if name not in known:
            words = f"the dataset {grain!r} of the mapping has no such column ({column.type})"
            why = words if column.required else f"{words}; the measure does without it"
            yield Remark(name, why, MAPPING_AUTHOR if column.required else "", column.required)


def _shares(opened: MappedTable) -> tuple[int, tuple[MappedShare, ...]]:
    columns, kinds = opened.compiled.plan.columns, opened.compiled.kinds
    boolean = {name for name in columns if kinds[name] == opened.types["boolean"]}
    # A text of length 0 is missing, as wherever the measure is evaluated.
    texts = {name for name in columns if kinds[name] == opened.types["string"]}
    asked = [
        f"""count(nullif("{name}", ''))""" if name in texts else f'count("{name}")'
        for name in columns
    ]
    asked += [f'count(CASE WHEN "{name}" THEN 1 END)' for name in columns if name in boolean]
    ((rows, *counts),) = opened.ask(f"SELECT {', '.join(['count(*)', *asked])} FROM {opened.rows}")
    named = (name for name in columns if name in boolean)
    true = dict(zip(named, counts[len(columns) :], strict=True))
    shares = (
        MappedShare(name, " ".join(mapped.text.split()), rows - count, true.get(name))
        for (name, (_, mapped)), count in zip(columns.items(), counts, strict=False)
    )
    return rows, tuple(shares)


def _faults(opened: MappedTable) -> Iterator[Remark]:
    for question in opened.compiled.questions:
        if not question.faults:
            continue
        ((_, *counts),) = opened.ask(question.sql)
        for fault, count in zip(question.faults, counts, strict=True):
            if count and fault.code is not None:
                codes = opened.ask(opened.compiled.codes(question, fault))
                words = f"codes that the mapping does not name, in {rows_in_words(count)}"
                shown = f"{words}: {_codes(codes)}"
                yield Remark(fault.column, shown, MAPPING_AUTHOR, blocking=True)
            elif count:
                place = f"{fault.table}, {fault.column}"
                both = f"{DATA_MANAGER} or {MAPPING_AUTHOR}"
                yield Remark(place, f"{fault.expected}: {rows_in_words(count)}", both, True)


def _codes(found: list[tuple[str, int]]) -> str:
    """Show codes that many rows have; a rare one might be a patient's own."""
    shown = [f"{code!r} ({rows})" for code, rows in found if rows >= SHOWN_FROM][:MOST_CODES]
    rest = len(found) - len(shown)
    others = [f"{rest} more in fewer than {SHOWN_FROM} rows each, or too many to show"]
    return ", ".join(shown + (others if rest else []))


def _partners(opened: MappedTable, rows: int) -> Iterator[Remark]:
    question = opened.compiled.partners
    if not question.faults:
        return
    ((_, *counts),) = opened.ask(question.sql)
    for fault, count in zip(question.faults, counts, strict=True):
        if count:
            words = f"{count} of {rows_in_words(rows)} have no row there"
            yield Remark(fault.table or "", words)


def _offsets(opened: MappedTable) -> Iterator[Remark]:
    for question in opened.compiled.offsets:
        ((_, *counts),) = opened.ask(question.sql)
        for fault, count in zip(question.faults, counts, strict=True):
            if count:
                words = (
                    f"{rows_in_words(count)} with times that carry an offset, and the mapping says "
                    "no zone: a day is read as it is written"
                )
                who = f"{MAPPING_AUTHOR} (zone: offset) and {OPERATOR} (time_zone)"
                yield Remark(f"{fault.table}, {fault.column}", words, who)


def _notes(tables: MappedTables) -> Iterator[Remark]:
    assert tables.grain is not None and tables.wanted is not None
    for name, column in tables.mapping.datasets[tables.grain].columns.items():
        if name in tables.wanted and column.note is not None:
            yield Remark(name, f"note: {column.note}")


def _findings(measure: Measure, tables: MappedTables) -> Iterator[Remark]:
    """Return what the measure itself finds in the dataset."""
    known = tables.mapping.datasets[measure.dataset.grain].columns
    for finding in check(measure, tables).findings:
        absent = finding.problem is Problem.MISSING_COLUMN and finding.column not in known
        if finding.problem is not Problem.MAPPING and not absent:
            who = f"{DATA_MANAGER} or {MAPPING_AUTHOR}" if finding.blocking else ""
            yield Remark(finding.column or "", finding.words, who, finding.blocking)
