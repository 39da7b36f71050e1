"""Codes of a hospital as values of a measure."""

from collections.abc import Iterable, Mapping

from fedqi.mapping.model import Literals, MappedColumn, Otherwise
from fedqi.mapping.terms import Term


def crossed(term: Term, column: MappedColumn, types: Mapping[str, str]) -> Term:
    """Return the value of a column after its crosswalk, if it has one.

    Parameters
    ----------
    term
        The code.
    column
        With the crosswalk.
    types
        Type of a column of a measure to type of the system.
    """
    if column.codes is None:
        return term
    kind = next(iter(column.results))
    code = _text(term, types)
    by_value: dict[Literals, list[str]] = {}
    for name, value in column.codes.items():
        if name:
            by_value.setdefault(value, []).append(name)
    none = _sql(column.codes[""]) if "" in column.codes else "NULL"
    branches = [f"WHEN {code} IS NULL THEN {none}"]
    branches += [f"WHEN {code} IN ({_listed(c)}) THEN {_sql(v)}" for v, c in by_value.items()]
    rest = "NULL"
    if isinstance(column.otherwise, Otherwise):
        rest = _sql(column.otherwise.value)
    elif column.otherwise == "keep":
        rest = code
    return Term(f"(CASE {' '.join(branches)} ELSE {rest} END)", kind, term.uses)


def unnamed(term: Term, column: MappedColumn) -> str | None:
    """Return the condition that a code is refused; None where none is."""
    if column.codes is None or column.otherwise != "refuse":
        return None
    named = [name for name in column.codes if name]
    rest = f" AND CAST({term.sql} AS VARCHAR) NOT IN ({_listed(named)})" if named else ""
    return f"{term.sql} IS NOT NULL{rest}"


def _text(term: Term, types: Mapping[str, str]) -> str:
    return f"CAST({term.sql} AS {types['string']})"


def _listed(codes: Iterable[str]) -> str:
    return ", ".join(_sql(code) for code in codes)


def _sql(value: Literals) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    # A whole number stays one: 1 is also read as true, and 1.0 is not.
    return repr(value)
