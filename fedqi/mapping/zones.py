"""Times from other zones as times of the hospital's own zone.

A day begins at midnight where the hospital is. An export often writes times in UTC, or each with
its offset; read as they stand, a stay that ended shortly after midnight would end a day early.
"""

from typing import NamedTuple

from fedqi.mapping.model import OFFSET
from fedqi.measures.rewriting import System

_DATE = r"[12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?"
_OFFSET = r"(Z|[+-](0[0-9]|1[0-4])(:[0-5][0-9])?)"
_INSTANT = f"^{_DATE}[T ]{_CLOCK}{_OFFSET}$"
AWARE = frozenset({"TIMESTAMP WITH TIME ZONE", "timestamp with time zone"})
"""Types of columns that hold instants."""


def carries_offset(text: str) -> str:
    """Return the condition that a text is a time with an offset, as LIKE in any system."""
    return (
        f"({text} LIKE '____-__-__T%Z' OR {text} LIKE '____-__-__%:%+__:__' "
        f"OR {text} LIKE '____-__-__%:%-__:__')"
    )


class Zoned(NamedTuple):
    """A cell read as a time of the hospital.

    Parameters
    ----------
    value
        Expression of the value, NULL where there is none or it cannot be read.
    unreadable
        Condition that something is there that cannot be read.
    """

    value: str
    unreadable: str


def zoned(
    cell: str, kind: str, wanted: str, zones: tuple[str, str], naive: str, system: System
) -> Zoned:
    """Return how a cell is read as a date or datetime of the hospital.

    Parameters
    ----------
    cell
        The table's column, quoted.
    kind
        Its type there.
    wanted
        ``date`` or ``datetime``.
    zones
        The zone it is written in, or ``offset``; and the hospital's.
    naive
        Expression of the cell as a datetime without a zone.
    system
        Whose SQL.
    """
    written, own = zones
    if kind in AWARE:
        value = f"({cell} AT TIME ZONE '{own}')"
    elif written == OFFSET:
        return _from_text(f"CAST({cell} AS {_TEXT[system]})", wanted, own, system)
    else:
        value = f"(({naive} AT TIME ZONE '{written}') AT TIME ZONE '{own}')"
    local = f"CAST({value} AS DATE)" if wanted == "date" else value
    return Zoned(local, f"{cell} IS NOT NULL AND {value} IS NULL")


_TEXT = {"duckdb": "VARCHAR", "postgres": "TEXT"}


def _from_text(cell: str, wanted: str, own: str, system: System) -> Zoned:
    """Read an instant; where a date is wanted, a date alone is one of the hospital."""
    text = f"nullif(trim({cell}), '')"
    matches, instant, day = _duckdb(text) if system == "duckdb" else _postgres(text)
    local = f"{instant} AT TIME ZONE '{own}'"
    if wanted == "date":
        value = (
            f"CASE WHEN length({text}) = 10 THEN {day} "
            f"WHEN {matches} THEN CAST({local} AS DATE) END"
        )
    else:
        value = f"CASE WHEN {matches} THEN {local} END"
    return Zoned(f"({value})", f"{text} IS NOT NULL AND ({value}) IS NULL")


def _duckdb(text: str) -> tuple[str, str, str]:
    whole = f"regexp_full_match({text}, '{_INSTANT.strip('^$')}')"
    day = f"CASE WHEN regexp_full_match({text}, '{_DATE}') THEN TRY_CAST({text} AS DATE) END"
    return whole, f"TRY_CAST({text} AS TIMESTAMPTZ)", day


def _postgres(text: str) -> tuple[str, str, str]:
    """PostgreSQL cannot try a cast: the day must be one of its month."""
    in_month = (
        f"CAST(substr({text}, 9, 2) AS INTEGER) <= EXTRACT(DAY FROM "
        f"CAST(left({text}, 7) || '-01' AS DATE) + INTERVAL '1 month' - INTERVAL '1 day')"
    )
    # Branches of CASE are evaluated in order; operands of AND need not be.
    whole = f"CASE WHEN {text} ~ '{_INSTANT}' THEN {in_month} ELSE FALSE END"
    day = (
        f"CASE WHEN {text} ~ '^{_DATE}$' THEN "
        f"CASE WHEN {in_month} THEN CAST({text} AS DATE) END END"
    )
    return whole, f"CAST({text} AS TIMESTAMPTZ)", day
