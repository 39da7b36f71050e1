"""What derivations hang on: who is one patient, and how far back the table goes."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from fedqi.engine.attrition import own_rows
from fedqi.engine.csv_header import literal, quoted
from fedqi.engine.opening import open_table
from fedqi.engine.report import rows_in_words
from fedqi.engine.source import as_source, of_measure
from fedqi.engine.typed import file_columns, loose_rows
from fedqi.mapping import DataMapping
from fedqi.measures import Measure
from fedqi.measures.calendar import first_day

NOBODY = ("", "-", "?", "NULL", "NONE", "NIL", "NA", "N/A", "NAN", "UNKNOWN")
"""What systems write where there is no patient number."""

MANY_ROWS = 50
MANY_SHARE = 0.01
"""A patient with more rows, and more of all rows, than these is looked at."""


def history_doubts(
    measure: Measure,
    source: Any,
    periods: Sequence[str],
    *,
    mapping: Mapping[str, str] | DataMapping | None = None,
) -> tuple[str, ...]:
    """Return what makes strangers one patient, or one patient several, in counts of rows.

    Parameters
    ----------
    measure, source, mapping
        As in :func:`fedqi.engine.check`.
    periods
        Those that have rows which count.

    Returns
    -------
    tuple of str
        Sentences without any value of the table; none if the table lacks a column, or the
        measure looks at no other rows.
    """
    subject, time = measure.dataset.subject, measure.dataset.time
    if not measure.derive or subject is None or time is None or time.start is None:
        return ()
    given = as_source(source, None)
    table, names = of_measure(measure, given.table, mapping or {})
    with open_table(table.rows) as opened:
        columns, missing = file_columns(measure, opened, names)
        if missing:
            return ()
        rows = loose_rows(measure, opened, table, columns, {})
        own = f'({rows}) AS "@typed" WHERE {own_rows(given)}'
        text = measure.dataset.columns[subject].type == "string"
        ((total, nobody, blanks, begin),) = opened.ask(
            f"SELECT count(*), {', '.join(_spelled(subject, text))}, "
            f"CAST(min({quoted(time.start)}) AS DATE) FROM {own}"
        )
        ((most,),) = opened.ask(
            f'SELECT max("@n") FROM (SELECT count(*) AS "@n" FROM {own} '
            f'GROUP BY {quoted(subject)}) AS "@patients"'
        )
    found = _patients(subject, int(total), int(nobody), int(blanks), int(most or 0))
    return (*found, *_short(measure, begin, periods))


def _spelled(subject: str, text: bool) -> Iterator[str]:
    column = quoted(subject)
    nobody = f"upper(trim({column})) IN ({', '.join(map(literal, NOBODY))})"
    for condition in (nobody, f"trim({column}) <> {column} AND NOT {nobody}"):
        yield f"count(CASE WHEN {condition} THEN 1 END)" if text else "0"


def _patients(subject: str, total: int, nobody: int, blanks: int, most: int) -> Iterator[str]:
    if nobody:
        yield (
            f"column {subject!r}: NULL, unknown, blanks or the like in {rows_in_words(nobody)}, "
            "which are taken for one patient; the data manager must leave out what is no patient, "
            "or give each of these rows a number of its own"
        )
    elif most >= MANY_ROWS and most > MANY_SHARE * total:
        yield f"column {subject!r}: one and the same patient in {most:,} of {rows_in_words(total)}"
    if blanks:
        yield (
            f"column {subject!r}: blanks before or behind the patient's number in "
            f"{rows_in_words(blanks)}; the same number without them is another patient"
        )


def _short(measure: Measure, begin: date | None, periods: Sequence[str]) -> Iterator[str]:
    time = measure.dataset.time
    assert time is not None
    for name, each in measure.derive.items():
        if each.before is None or each.within is None or begin is None:
            continue
        past = timedelta(days=each.within)
        short = [p for p in periods if first_day(p, time.grain) - past < begin]
        if short:
            told = short[0] if len(short) == 1 else f"{short[0]} to {short[-1]}"
            yield (
                f"{told}: derive.{name} looks back {each.within} days, further than the table "
                "goes; bring the rows of the time before too"
            )
