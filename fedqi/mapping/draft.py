"""A suggestion as the text of a mapping, for a person to complete."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from fedqi.mapping.suggest import ColumnProfile, Proposal, Suggestion, TableProfile
from fedqi.mapping.synonyms import code_for
from fedqi.measures import Column, Measure

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
_AGE = (
    "year({start}) - year({birth}) - CASE WHEN month({start}) < month({birth}) OR (month({start}) "
    "= month({birth}) AND day({start}) < day({birth})) THEN 1 ELSE 0 END"
)
MOST_OTHERS = 40
"""Further columns of a table that a proposal names."""

_HEAD = """\
# A proposal for {measure}, made from names of columns and from how their cells can be read.
# It is not checked: somebody who knows these tables must go through every line.
#   sure, likely, a guess: how well name and values fit;  # ? nothing was found, or must be decided
# Then: fedqi-site map check {id} --source ... --mapping THIS-FILE
fedqi_mapping: 1
id: own-tables
title: {title}
# time_zone: Europe/Amsterdam   # ? needed where a column has a zone: times written in another one
"""


def draft(measure: Measure, tables: Sequence[TableProfile], found: Suggestion) -> str:
    """Return the text of a mapping, in YAML.

    Parameters
    ----------
    measure
        Whose dataset.
    tables
        What is there.
    found
        What is proposed.
    """
    return "\n".join([*_lines(measure, tables, found), ""])


def _lines(measure: Measure, tables: Sequence[TableProfile], found: Suggestion) -> Iterator[str]:
    title = _text(f"Own tables for {measure.id}")
    yield _HEAD.format(measure=measure.name, id=measure.id, title=title).rstrip("\n")
    if found.base is None:
        yield "# ? No table has a column that looks like one of the measure's:"
        yield from (f"#   {name}: {column.type}" for name, column in _columns(measure))
        return
    names = _Names(tables)
    yield "tables:"
    for profile in tables:
        if profile.name == found.base or profile.name in found.keys:
            yield from _table(measure, found, names, profile)
    yield "datasets:"
    yield f"  {_text(measure.dataset.grain)}:"
    yield f"    from: {names.table(found.base)}  # ? is each of its rows a {measure.dataset.grain}?"
    if found.keys:
        yield "    joins:"
    for table, (own, of_base) in found.keys.items():
        key = f"{names.table(found.base)}.{names.column(found.base, of_base)}"
        match = f"{{match: {{{names.column(table, own)}: {key}}}}}"
        yield f"      {names.table(table)}: {match}  # ? one row for each key?"
    yield '    # where: "..."  # ? which rows belong, if not all'
    yield "    columns:"
    profiles = {table.name: table.columns for table in tables}
    for name, column in _columns(measure):
        yield from _column(name, column, found, names, profiles)


def _columns(measure: Measure) -> list[tuple[str, Column]]:
    return list(measure.dataset.columns.items())


class _Names:
    """Names that a mapping may use for those of the hospital."""

    def __init__(self, tables: Sequence[TableProfile]) -> None:
        self._tables = _plain([table.name for table in tables])
        self._columns = {table.name: _plain(table.columns) for table in tables}

    def table(self, name: str) -> str:
        return self._tables[name]

    def column(self, table: str, name: str) -> str:
        return self._columns[table][name]

    def full(self, found: Proposal) -> str:
        return f"{self.table(found.table)}.{self.column(found.table, found.column)}"


def _plain(names: Sequence[str] | Mapping[str, ColumnProfile]) -> dict[str, str]:
    found: dict[str, str] = {}
    for number, name in enumerate(names):
        plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:50]
        plain = plain if _PLAIN.fullmatch(plain) else f"c{number}_{plain}"
        found[name] = f"{plain}_{number}" if plain in found.values() else plain
    return found


def _table(
    measure: Measure, found: Suggestion, names: _Names, profile: TableProfile
) -> Iterator[str]:
    table, used = profile.name, dict[str, str]()
    for name, column in _columns(measure):
        own = found.found[name]
        if own is not None and own.table == table:
            codes = _codes(column, profile.columns[own.column])
            used.setdefault(own.column, "string" if codes else column.type)
    if table in found.keys:
        used.setdefault(found.keys[table][0], "string")
    if table == found.base:
        for _, of_base in found.keys.values():
            used.setdefault(of_base, "string")
    if found.birth is not None and found.birth.table == table:
        used.setdefault(found.birth.column, "date")
    yield f"  {names.table(table)}:"
    yield f"    table: {_text(table)}"
    yield "    columns:"
    for own_name, kind in used.items():
        plain = names.column(table, own_name)
        yield f"      {plain}: {{from: {_text(own_name)}, type: {kind}}}"
    others = [_text(own) for own in profile.columns if own not in used]
    if others:
        more = f" and {len(others) - MOST_OTHERS} more" if len(others) > MOST_OTHERS else ""
        yield f"      # also there: {', '.join(others[:MOST_OTHERS])}{more}"


def _column(
    name: str,
    column: Column,
    found: Suggestion,
    names: _Names,
    profiles: Mapping[str, Mapping[str, ColumnProfile]],
) -> Iterator[str]:
    own = found.found[name]
    start = found.found.get("admitted_on")
    if own is None and name == "age" and found.birth is not None and start is not None:
        text = _AGE.format(start=names.full(start), birth=names.full(found.birth))
        yield f"      age:  # {found.birth.confidence}: from a date of birth"
        yield f"        expression: {_text(text)}"
        return
    if own is None:
        need = "required" if column.required else "not required"
        hint = found.hints.get(name)
        other = f"{hint.table}, {hint.column} cannot be read as one" if hint else "nothing like it"
        yield f"      # {name}:  # ? {column.type}, {need}: {other}"
        return
    profile = profiles[own.table][own.column]
    codes = _codes(column, profile)
    if not codes:
        yield f"      {name}: {names.full(own)}  # {own.confidence}"
        return
    yield f"      {name}:  # {own.confidence}"
    yield f"        from: {names.full(own)}"
    known = {code: value for code, value in codes.items() if value is not None}
    listed = ", ".join(f"{_text(code)}: {_value(value)}" for code, value in known.items())
    unknown = [code for code, value in codes.items() if value is None]
    if listed:
        yield f"        codes: {{{listed}}}"
    for code in unknown:
        yield f"        #   {_text(code)}: ?  # which of {_expected(column)}"


def _codes(column: Column, profile: ColumnProfile) -> dict[str, object]:
    """Return what each code may stand for; None where nothing tells it."""
    allowed: Sequence[object] = column.allowed or ()
    if column.type == "boolean":
        allowed = (True, False)
    if not allowed:
        return {}
    return {
        code: next((value for value in allowed if code_for(value, code)), None)
        for code in profile.codes
    }


def _expected(column: Column) -> str:
    return ", ".join(map(str, column.allowed)) if column.allowed else "true, false"


def _value(value: object) -> str:
    return json.dumps(value)


def _text(text: str) -> str:
    """Return a text as YAML reads it, in quotes where it must be."""
    return json.dumps(text, ensure_ascii=False)
