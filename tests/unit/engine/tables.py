"""Measures and tables for tests of the engine."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fedqi.measures import Measure, parse_measure
from tests.unit.measures.documents import COLUMNS, dataset, document

HEADER = tuple(COLUMNS)
STAYS = [
    ("1", "p1", "A", "2016-03-30", "2016-04-02", "70", "1", "I50.9", "true"),
    ("2", "p1", "A", "2016-06-28", "2016-07-02", "20.5", "", "I50.9", ""),
    ("3", "p2", "B", "2016-04-01", "2016-04-02", "66", "3", "J18", "no"),
    ("4", "p3", "B", "2016-05-01", "2016-05-02", "18", "4", "I11.0", "0"),
]


def measure(**changes: Any) -> Measure:
    """Return a measure over single stays."""
    return parse_measure(document(**{"dataset": dataset(), **changes}))


def counts(**changes: Any) -> Measure:
    """Return a measure over a table of counts."""
    columns = {name: {"type": "number", "required": False} for name in ("events", "patients")}
    body: dict[str, Any] = {
        "dataset": {"columns": columns},
        "code_lists": None,
        "numerator": {"sum": "events"},
        "denominator": {"sum": "patients"},
    }
    return parse_measure(document(**{**body, **changes}))


def write(
    path: Path, rows: Sequence[Sequence[str]], header: Sequence[str] = HEADER, cut: str = ","
) -> Path:
    """Write a CSV file as it stands, without quoting."""
    path.write_text("\n".join(cut.join(row) for row in [header, *rows]) + "\n", encoding="utf-8")
    return path


def changed(row: int, **cells: str) -> list[tuple[str, ...]]:
    """Return the stays with some cells of one row changed."""
    body = [dict(zip(HEADER, stay, strict=True)) for stay in STAYS]
    body[row].update(cells)
    return [tuple(each.values()) for each in body]
