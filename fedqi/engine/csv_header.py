"""How a CSV file is read: every cell as text, nothing guessed but the delimiter.

DuckDB can guess a whole dialect, and would then skip lines that do not fit it. Counts must not
depend on a guess, so columns and delimiter come from the first line and a line that does not
fit is an error.
"""

import csv
import gzip
from pathlib import Path

from fedqi.errors import DataQualityError

MAXIMUM_HEADER = 1_000_000
"""Bytes of the first line, at most."""

_DELIMITERS = (",", ";", "\t", "|")


def csv_sql(path: Path) -> str:
    """Return the table expression that reads a CSV file, all columns as text.

    Parameters
    ----------
    path
        A ``.csv``, ``.tsv`` or ``.txt`` file, or one of these with ``.gz``.

    Returns
    -------
    str
        A call of ``read_csv``.

    Raises
    ------
    DataQualityError
        If the file has no header that can be read, or is not UTF-8.
    """
    first = _first_line(path)
    delimiter = max(_DELIMITERS, key=first.count)
    try:
        names = next(csv.reader([first], delimiter=delimiter), [])
    except csv.Error:
        raise DataQualityError(
            f"{path}: the first line cannot be read, expected the names of the columns and a usual "
            "end of line; the data manager must export the table anew"
        ) from None
    if not any(names):
        raise DataQualityError(
            f"{path}: the first line is empty, expected the names of the columns; the data "
            "manager must export the table with a header"
        )
    _refuse_repeated(path, names)
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
    compression = "gzip" if path.suffix == ".gz" else "none"
    return (
        f"read_csv({literal(str(path))}, auto_detect=false, delim={literal(delimiter)}, "
        f"quote='\"', escape='\"', header=true, nullstr='', compression='{compression}', "
        f"columns={{{columns}}})"
    )


def literal(text: str) -> str:
    """Return a text as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def quoted(name: str) -> str:
    """Return a name of a column as an identifier of SQL."""
    return '"' + name.replace('"', '""') + '"'


def _refuse_repeated(path: Path, names: list[str]) -> None:
    """Refuse a header that names nothing or one thing twice; without showing the names.

    A file without a header has values of patients in its first line.
    """
    lower = [name.lower() for name in names]
    faulty = sum(not name or lower.count(name) > 1 for name in lower)
    if faulty:
        raise DataQualityError(
            f"{path}: {faulty} of the {len(names)} names in the first line are empty or come "
            "twice, expected a header with each name once; the data manager must correct it"
        )


def _first_line(path: Path) -> str:
    try:
        # As bytes: a text file would decode the rows behind the header as well.
        with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as file:
            first: bytes = file.readline(MAXIMUM_HEADER)
        return first.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        raise DataQualityError(
            f"{path}: the first line is not UTF-8; the data manager must export the table so"
        ) from None
    except (OSError, EOFError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else "damaged"
        raise DataQualityError(f"{path}: cannot be read ({why}); expected a table") from None
