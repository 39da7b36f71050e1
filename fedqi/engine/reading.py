"""How DuckDB reads a column as the type that a measure gives it.

A column that has the type already is compared as it is: DuckDB can then answer from the
statistics of a Parquet file that no row is at fault, and need not read the column for it.
"""

from typing import NamedTuple

TYPES = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "date": "DATE",
    "datetime": "TIMESTAMP",
    "boolean": "BOOLEAN",
}
"""Type of a column of a measure -> type of DuckDB."""

_WHOLE = frozenset(
    {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"}
)
_SAME = {
    "string": frozenset[str](),
    "integer": _WHOLE,
    "number": _WHOLE,
    "date": frozenset({"DATE", "TIMESTAMP"}),
    "datetime": frozenset({"TIMESTAMP"}),
    "boolean": frozenset({"BOOLEAN"}),
}
"""Types of DuckDB that a column's type takes as they are."""

_FROM_TEXT = {
    "integer": (
        "CASE WHEN regexp_full_match(trim({text}), '[+-]?[0-9]+([.]0*)?') "
        "THEN TRY_CAST(trim({text}) AS BIGINT) END"
    ),
    "number": (
        "CASE WHEN regexp_full_match(trim({text}), '[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)"
        "([eE][+-]?[0-9]+)?') AND isfinite(TRY_CAST(trim({text}) AS DOUBLE)) "
        "THEN TRY_CAST(trim({text}) AS DOUBLE) END"
    ),
    "date": (
        "CASE WHEN regexp_full_match(trim({text}), "
        "'[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}([ T][0-9:.]+(Z|[+-][0-9:]+)?)?') "
        "THEN TRY_CAST(left(trim({text}), 10) AS DATE) END"
    ),
    "datetime": (
        "CASE WHEN regexp_full_match(trim({text}), "
        "'[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[ T][0-9]{{2}}:[0-9]{{2}}(:[0-9.]+)?') "
        "THEN TRY_CAST(trim({text}) AS TIMESTAMP) END"
    ),
    "boolean": (
        "CASE WHEN lower(trim({text})) IN ('true', 't', 'yes', 'y', '1') THEN TRUE "
        "WHEN lower(trim({text})) IN ('false', 'f', 'no', 'n', '0') THEN FALSE END"
    ),
}


class Reading(NamedTuple):
    """A column of a table read as a type.

    Parameters
    ----------
    value
        Expression of the value, NULL where there is none or it is not of the type.
    missing
        Condition that there is no value.
    unreadable
        Condition that what is there is not of the type; None where that cannot be.
    plain
        Expression of the value where it is neither missing nor unreadable.
    """

    value: str
    missing: str
    unreadable: str | None
    plain: str


def read(wanted: str, cell: str, kind: str) -> Reading:
    """Return how DuckDB reads a column.

    Parameters
    ----------
    wanted
        Type of the measure's column.
    cell
        The table's column, quoted.
    kind
        Its type in the table.
    """
    target = TYPES[wanted]
    if wanted == "number" and kind in _WHOLE:
        # Still a whole number: its comparisons are then answered by statistics.
        target = "BIGINT"
    if kind in _SAME[wanted] or (wanted == "number" and kind.startswith("DECIMAL")):
        value = f"CAST({cell} AS {target})"
        return Reading(value, f"{cell} IS NULL", None, value)
    if wanted == "string" and kind == "VARCHAR":
        # Data frames keep an empty text where there is no value.
        return Reading(f"nullif({cell}, '')", f"{cell} IS NULL OR {cell} = ''", None, cell)
    if wanted == "number" and kind == "DOUBLE":
        # And write "not a number" there.
        value = f"CASE WHEN isfinite({cell}) THEN {cell} END"
        return Reading(value, f"{cell} IS NULL OR isnan({cell})", f"isinf({cell})", cell)
    return _from_text(wanted, cell, kind)


def _from_text(wanted: str, cell: str, kind: str) -> Reading:
    none = "nan" if kind in ("DOUBLE", "FLOAT") else ""
    text = f"nullif(CAST({cell} AS VARCHAR), '{none}')"
    if wanted == "string":
        return Reading(text, f"{text} IS NULL", None, text)
    value = f"({_FROM_TEXT[wanted].format(text=text)})"
    unreadable = f"{text} IS NOT NULL AND {value} IS NULL"
    return Reading(value, f"{text} IS NULL", unreadable, value)
