"""A table in PostgreSQL: asked for aggregates in one read-only transaction.

The transaction sees one state of the table, cannot write, and looks functions up in PostgreSQL's
own schema only. Errors of the database carry values of patients; none of them is passed on.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fedqi.engine.csv_header import literal, quoted
from fedqi.engine.database import Database
from fedqi.engine.opened import OpenTable
from fedqi.engine.postgres_reading import TYPES, read
from fedqi.engine.reading import Reading
from fedqi.errors import ConfigurationError, DataQualityError

try:
    from sqlalchemy import URL, Connection, NullPool, create_engine, make_url
    from sqlalchemy.exc import DBAPIError, SQLAlchemyError
except ImportError as error:
    raise ConfigurationError(
        f"a table in PostgreSQL needs the package {error.name}; install it with 'fedqi[postgres]'"
    ) from None

CONNECT_SECONDS = 15
_COLUMNS = (
    "SELECT a.attname, format_type(CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END, "
    "NULL) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
    "JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_type t ON t.oid = a.atttypid "
    "WHERE n.nspname = {schema} AND c.relname = {name} AND c.relkind IN ('r', 'p', 'v', 'm', 'f') "
    "AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"
)
_TABLES = (
    "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE n.nspname = {schema} AND c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY 1"
)
_REASONS = {
    "22003": "a number is too large for an expression of the measure; see its values and units",
    "25006": "it was asked to write, which no measure may; the measure's author must correct it",
    "42501": "the account may not read it; the database's administrator must grant SELECT on it",
    "42P01": "no such table; the operator must correct the name in the configuration",
    "53200": "the database has not enough memory; its administrator must give it more",
}


class PostgresTable(OpenTable):
    """A table or view, in a transaction that only reads.

    Parameters
    ----------
    database
        Where it is.
    connection
        In that transaction.
    """

    types = TYPES
    system = "postgres"
    hashes = False

    def __init__(self, database: Database, connection: Connection) -> None:
        schema, name = database.names
        self._database = database
        self._connection = connection
        self.rows = f"{quoted(schema)}.{quoted(name)}"
        super().__init__(database.label, {})
        if database.whole_schema:
            return
        self.columns = self.columns_of(schema, name)
        if not self.columns:
            raise DataQualityError(
                f"{self.label}: no such table, or it has no columns; the operator must correct "
                "its name in the configuration, schema and name as the database has them"
            )

    def columns_of(self, schema: str, name: str) -> dict[str, str]:
        """Return the columns of a table with their types; none if there is no such table."""
        found = self.ask(_COLUMNS.format(schema=literal(schema), name=literal(name)))
        return dict((column, kind) for column, kind in found)

    def names_in(self, schema: str) -> list[str]:
        """Return the names of the tables and views of a schema."""
        return [name for (name,) in self.ask(_TABLES.format(schema=literal(schema)))]

    def read(self, wanted: str, cell: str, kind: str) -> Reading:
        """Return how a column is read; see :func:`fedqi.engine.postgres_reading.read`."""
        return read(wanted, cell, kind)

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Run SQL and return the rows of its answer; see the base."""
        self._database.progress(f"{self.label}: asking the database ...")
        with _told_without_values(self._database):
            return [tuple(row) for row in self._connection.exec_driver_sql(sql)]


@contextmanager
def open_database(database: Database) -> Iterator[PostgresTable]:
    """Open a table.

    An interrupt (Ctrl-C) cancels the question that the database is working at.

    Raises
    ------
    ConfigurationError
        If the database cannot be reached or refuses the account.
    DataQualityError
        If the table is not there or may not be read.
    """
    with _told_without_values(database):
        engine = create_engine(
            _url(database),
            poolclass=NullPool,
            connect_args={"connect_timeout": CONNECT_SECONDS, "application_name": "fedqi"},
            # A percent sign in a question is one of LIKE, and no place for a parameter.
            execution_options={"no_parameters": True},
        )
        connection = engine.connect()
    try:
        with _told_without_values(database):
            for setting in _settings(database):
                connection.exec_driver_sql(setting)
        yield PostgresTable(database, connection)
    finally:
        connection.close()  # rolls back
        engine.dispose()


def _settings(database: Database) -> list[str]:
    """Return what makes the transaction safe, and its answers the same on every server."""
    return [
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
        f"SET LOCAL statement_timeout = {1000 * database.timeout}",
        "SET LOCAL search_path = pg_catalog",
        "SET LOCAL standard_conforming_strings = on",
        "SET LOCAL extra_float_digits = 1",
        "SET LOCAL DateStyle = 'ISO'",
        # From version 14 the server gives up a question whose asker died.
        "SELECT set_config(name, '10s', TRUE) FROM pg_settings "
        "WHERE name = 'client_connection_check_interval'",
    ]


def _url(database: Database) -> URL:
    url = make_url(database.url).set(drivername="postgresql+psycopg")
    password = database.password()
    return url if password is None else url.set(password=password)


@contextmanager
def _told_without_values(database: Database) -> Iterator[None]:
    """Turn an error of the database into one that names the place and no value."""
    try:
        yield
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None)
        if state is None or state[:2] in ("08", "28", "3D", "53"):
            raise ConfigurationError(
                f"{database.label}: the database cannot be reached or refuses the account "
                f"({state or 'no connection'}); the operator must check host, account and password"
            ) from None
        raise DataQualityError(f"{database.label}: {_reason(database, state)}") from None
    except SQLAlchemyError as error:
        raise ConfigurationError(
            f"{database.label}: cannot be opened ({type(error).__name__}); the operator must check "
            "the URL of the database"
        ) from None
    except ImportError as error:
        raise ConfigurationError(
            f"{database.label}: needs the package {error.name}; install it with 'fedqi[postgres]'"
        ) from None


def _reason(database: Database, state: str) -> str:
    if state == "57014":
        return (
            f"the question was cancelled or took longer than {database.timeout} s; the operator "
            "must raise the timeout, or the administrator make the view faster"
        )
    otherwise = f"it cannot be read (SQLSTATE {state}); the data manager must check the table"
    return _REASONS.get(state, otherwise)
