"""Spellings are compared by PostgreSQL as by DuckDB."""

from pathlib import Path

from fedqi.engine.code_spelling import code_doubts
from tests.unit.engine.postgres.server import Server
from tests.unit.engine.test_code_spelling import measure, table


def test_the_same_doubts(server: Server, tmp_path: Path) -> None:
    path = table(tmp_path, dx="i 63-9", ward="a.1")
    found = code_doubts(measure(), path)
    assert len(found) == 4
    assert code_doubts(measure(), server.copy_of(path, "spelling", day="date")) == found
