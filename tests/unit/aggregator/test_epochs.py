"""A database that is older than what the sites have seen of it is noticed."""

from pathlib import Path

import pytest
from sqlalchemy import Connection, insert

from aggregator.database import Database
from aggregator.epochs import Resumption, begin_epoch, resume
from aggregator.tables import outbox, payloads


@pytest.fixture
def database(tmp_path: Path) -> Database:
    found = Database(f"sqlite:///{tmp_path / 'aggregator.db'}")
    with found.transaction() as connection:
        connection.execute(insert(payloads).values(digest=b"d", body=b""))
    return found


def send(connection: Connection, count: int) -> None:
    rows = [{"site": "s0", "payload": b"d"}] * count
    connection.execute(insert(outbox), rows)


def test_a_restart_loses_nothing(database: Database) -> None:
    with database.transaction() as connection:
        first = begin_epoch(connection)
        send(connection, 5)
        assert resume(connection, first, 5) == Resumption(5, lost=False)
        second = begin_epoch(connection)
        send(connection, 2)
        assert resume(connection, first, 5) == Resumption(5, lost=False)
        assert resume(connection, second, 7) == Resumption(7, lost=False)
        assert resume(connection, "", 0) == Resumption(0, lost=False)


def test_what_was_seen_after_the_backup_is_lost(database: Database) -> None:
    """The restored database has the first epoch only up to its fifth message."""
    with database.transaction() as connection:
        first = begin_epoch(connection)
        send(connection, 5)
        begin_epoch(connection)  # the start after the restoration
        send(connection, 20)  # numbered as those that are gone
        begin_epoch(connection)
        assert resume(connection, first, 9) == Resumption(5, lost=True)
        assert resume(connection, first, 4) == Resumption(4, lost=False)


def test_an_epoch_that_began_after_the_backup_is_unknown(database: Database) -> None:
    with database.transaction() as connection:
        begin_epoch(connection)
        send(connection, 5)
        begin_epoch(connection)
        assert resume(connection, "ab" * 16, 9) == Resumption(0, lost=True)
        assert resume(connection, "ab" * 16, 0) == Resumption(0, lost=False)
