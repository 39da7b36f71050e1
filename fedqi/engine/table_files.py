"""Which files of a folder are a table, and how they are read."""

from collections.abc import Sequence
from pathlib import Path

from fedqi.engine.csv_header import csv_sql, literal
from fedqi.errors import DataQualityError

_JSON = (".ndjson", ".ndjson.gz", ".jsonl", ".jsonl.gz")
_PARQUET = (".parquet", ".pq")
_TEXT = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt", ".txt.gz")


def table_name(path: Path) -> str | None:
    """Return which table a file is of; None if it is no table.

    ``Encounter.000.ndjson.gz`` and ``Encounter.001.ndjson.gz`` are both of ``Encounter``.
    """
    known = path.name.lower().endswith((*_JSON, *_PARQUET, *_TEXT))
    return path.name.partition(".")[0] if known and path.is_file() else None


def tables_of(folder: Path) -> dict[str, list[Path]]:
    """Return every table of a folder with its files, in order.

    Raises
    ------
    DataQualityError
        If the folder cannot be read.
    """
    found: dict[str, list[Path]] = {}
    try:
        for path in sorted(folder.iterdir()):
            name = table_name(path)
            if name is not None:
                found.setdefault(name, []).append(path.absolute())
    except OSError as error:
        raise DataQualityError(f"{folder}: cannot be read ({error.strerror})") from None
    return found


def files_of(folder: Path, table: str) -> list[Path]:
    """Return the files of one table; capitals do not matter.

    Raises
    ------
    DataQualityError
        If there is none, or there are several of kinds that are not read together.
    """
    known = tables_of(folder)
    alike = [paths for name, paths in known.items() if name.casefold() == table.casefold()]
    found = [path for paths in alike for path in paths]
    if not found:
        raise DataQualityError(
            f"{folder}: no file of the table {table!r}, expected {table}.csv, .parquet or .ndjson "
            f"(there are files of {len(known)} other tables); the data manager must export it"
        )
    if len(found) > 1 and not (all(map(is_json, found)) or all(map(_is_parquet, found))):
        raise DataQualityError(
            f"{folder}: {len(found)} files of the table {table!r}: {found[0].name}, "
            f"{found[1].name}; only NDJSON and Parquet may come in parts; the data manager must "
            "leave one"
        )
    return found


def is_json(path: Path) -> bool:
    """Whether each line of a file is a JSON document."""
    return path.name.lower().endswith(_JSON)


def _is_parquet(path: Path) -> bool:
    return path.name.lower().endswith(_PARQUET)


def files_sql(paths: Sequence[Path]) -> str:
    """Return the table expression that reads the files of one table.

    Raises
    ------
    DataQualityError
        If a CSV file has no header that can be read.
    """
    listed = ", ".join(literal(str(path)) for path in paths)
    if is_json(paths[0]):
        return f"read_ndjson_objects([{listed}])"
    if _is_parquet(paths[0]):
        return f"read_parquet([{listed}])"
    return csv_sql(paths[0])
