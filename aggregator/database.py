"""The connection to the database, its transactions, and its failures in plain words."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from aggregator.tables import metadata
from fedqi.errors import ConfigurationError

READING = "fedqi_reading"


class StorageError(ConfigurationError):
    """The database refuses to work: full, read-only, locked or gone. The operator must act."""


class Database:
    """Transactions on one database.

    Parameters
    ----------
    url
        SQLAlchemy URL.

    Raises
    ------
    StorageError
        When the database cannot be opened or written.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        with self._plain_words():
            self._engine = _engine(url)
            metadata.create_all(self._engine)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Yield a connection; commit at the end, roll back when anything is raised."""
        with self._plain_words(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection that sees one state of the database and does not write."""
        with self._plain_words(), self._engine.connect() as connection:
            yield connection.execution_options(**{READING: True})

    @property
    def name(self) -> str:
        """How messages name it: the URL without a password."""
        return f"database {self._safe_url}"

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    @contextmanager
    def _plain_words(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise StorageError(
                f"{self.name}: {error.orig}; the operator must make the state "
                "directory writable, free space, start the database, or restore it from a backup"
            ) from error
        except SQLAlchemyError as error:
            raise StorageError(f"{self.name}: {error}") from error
        except ImportError as error:
            raise StorageError(
                f"{self.name}: {error}; install its driver, for PostgreSQL with 'fedqi[postgres]'"
            ) from error

    @property
    def _safe_url(self) -> str:
        try:
            return make_url(self._url).render_as_string(hide_password=True)
        except ArgumentError:
            return "as configured"  # no URL, hence unknown where in it a password is


def _engine(url: str) -> Engine:
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _configure_sqlite(connection: Any, _record: Any) -> None:
    # Transactions are begun by _begin_sqlite, not by the driver.
    connection.isolation_level = None
    for pragma in (
        "busy_timeout=10000",
        "journal_mode=WAL",
        "synchronous=FULL",  # an acknowledged message survives a power cut
        "foreign_keys=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # Write locks are taken at once: the commands and the server share the file.
    reading = connection.get_execution_options().get(READING)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
