"""How PostgreSQL reads a column as the type that a measure gives it: as DuckDB would.

PostgreSQL before version 16 cannot try a cast. Whatever is cast from text is first held against a
pattern, step by step: only the branches of CASE are sure to be evaluated in order.
"""

from fedqi.engine.reading import Reading

TYPES = {
    "string": "TEXT",
    "integer": "BIGINT",
    "number": "FLOAT8",
    "date": "DATE",
    "datetime": "TIMESTAMP",
    "boolean": "BOOLEAN",
}
"""Type of a column of a measure -> type of PostgreSQL."""

_WHOLE = ("smallint", "integer", "bigint")
_LARGEST = "1.7976931348623157e308"
_SMALLEST = "2.2250738585072014e-308"
_DATE = "(?!0000)[0-9]{{4}}-(0[1-9]|1[0-2])-[0-9]{{2}}"
_IN_MONTH = (
    "CAST(substr(trim({text}), 9, 2) AS INTEGER) BETWEEN 1 AND EXTRACT(DAY FROM "
    "CAST(left(trim({text}), 7) || '-01' AS DATE) + INTERVAL '1 month' - INTERVAL '1 day')"
)
_FROM_TEXT = {
    "integer": (
        "CASE WHEN {text} ~ '^ *[+-]?[0-9]{{1,40}}([.]0*)? *$' THEN "
        "CASE WHEN CAST({text} AS NUMERIC) BETWEEN -9223372036854775808 AND 9223372036854775807 "
        "THEN CAST(CAST({text} AS NUMERIC) AS BIGINT) END END"
    ),
    "number": (
        "CASE WHEN length({text}) <= 400 AND {text} ~ "
        "'^ *[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]{{1,3}})? *$' THEN "
        f"CASE WHEN abs(CAST({{text}} AS NUMERIC)) > {_LARGEST} THEN NULL "
        f"WHEN abs(CAST({{text}} AS NUMERIC)) < {_SMALLEST} THEN 0 "
        "ELSE CAST(CAST({text} AS NUMERIC) AS FLOAT8) END END"
    ),
    "date": (
        f"CASE WHEN trim({{text}}) ~ '^{_DATE}([ T][0-9:.]+(Z|[+-][0-9:]+)?)?$' THEN "
        f"CASE WHEN {_IN_MONTH} THEN CAST(left(trim({{text}}), 10) AS DATE) END END"
    ),
    "datetime": (
        f"CASE WHEN trim({{text}}) ~ '^{_DATE}[ T]"
        "(([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]*)?)?|24:00(:00([.]0*)?)?)$' THEN "
        # Further digits of a second are cut off and not rounded.
        f"CASE WHEN {_IN_MONTH} THEN CAST(left(trim({{text}}), 26) AS TIMESTAMP) END END"
    ),
    "boolean": (
        "CASE WHEN lower(trim({text})) IN ('true', 't', 'yes', 'y', '1') THEN TRUE "
        "WHEN lower(trim({text})) IN ('false', 'f', 'no', 'n', '0') THEN FALSE END"
    ),
}


def read(wanted: str, cell: str, kind: str) -> Reading:
    """Return how PostgreSQL reads a column.

    Parameters
    ----------
    wanted
        Type of the measure's column.
    cell
        The table's column, quoted.
    kind
        Its type in the table.
    """
    if kind in _WHOLE and wanted in ("integer", "number"):
        return _plain(f"CAST({cell} AS {TYPES[wanted]})", cell)
    if kind == "boolean" and wanted == "boolean":
        return _plain(cell, cell)
    if wanted == "datetime" and kind == "timestamp without time zone":
        value = f"CASE WHEN isfinite({cell}) THEN {cell} END"
        return Reading(value, f"{cell} IS NULL", f"NOT isfinite({cell})", value)
    if wanted == "date" and kind in ("date", "timestamp without time zone"):
        value = f"CASE WHEN isfinite({cell}) THEN CAST({cell} AS DATE) END"
        return Reading(value, f"{cell} IS NULL", f"NOT isfinite({cell})", value)
    if wanted == "number" and kind in ("double precision", "numeric"):
        return _number(cell)
    return _from_text(wanted, cell, kind)


def _plain(value: str, cell: str) -> Reading:
    return Reading(value, f"{cell} IS NULL", None, value)


def _number(cell: str) -> Reading:
    finite = f"abs({cell}) <= {_LARGEST}"
    value = f"CASE WHEN {cell} <> 'NaN' AND {finite} THEN CAST({cell} AS FLOAT8) END"
    missing = f"{cell} IS NULL OR {cell} = 'NaN'"
    return Reading(value, missing, f"{cell} <> 'NaN' AND NOT {finite}", value)


def _from_text(wanted: str, cell: str, kind: str) -> Reading:
    none = "NaN" if kind in ("double precision", "real", "numeric") else ""
    # Compared letter by letter, as files are, whatever the language of the database.
    text = f"nullif(CAST({cell} AS TEXT) COLLATE \"C\", '{none}')"
    if wanted == "string":
        return _plain_text(text)
    value = f"({_FROM_TEXT[wanted].format(text=text)})"
    unreadable = f"{text} IS NOT NULL AND {value} IS NULL"
    return Reading(value, f"{text} IS NULL", unreadable, value)


def _plain_text(text: str) -> Reading:
    return Reading(text, f"{text} IS NULL", None, text)
