"""What links the rows of one patient is found in PostgreSQL as in a file."""

from pathlib import Path

from fedqi.engine.history import history_doubts
from tests.unit.engine.postgres.server import Server
from tests.unit.engine.test_history import PEOPLE, measure, table


def test_the_same_doubts(server: Server, tmp_path: Path) -> None:
    path = table(tmp_path, [*PEOPLE, "NULL", " p1"])
    found = history_doubts(measure(), path, ["2023-03"])
    assert len(found) == 3
    copy = server.copy_of(path, "history", admitted="date", discharged="date")
    assert history_doubts(measure(), copy, ["2023-03"]) == found
