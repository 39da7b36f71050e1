"""Where a table in a database is, and the password from where no other account can read it."""

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from fedqi.errors import ConfigurationError

SCHEMES = ("postgresql",)
TIMEOUT = 3600
EVERY = "*"


def silent(_: str) -> None:
    """Show nothing."""


@dataclass(frozen=True, slots=True)
class Database:
    """A table or view in a database.

    Parameters
    ----------
    url
        ``postgresql://account@host:port/database`` without a password; that comes from
        `password_file`, or from where PostgreSQL's own programs take it (``PGPASSFILE``,
        ``PGPASSWORD``).
    table
        Its name, or schema and name with a dot between; written as the database has them. With
        a mapping ``schema.*``, which is every table of the schema.
    password_file
        A file with the password alone, which only its owner may read.
    timeout
        Seconds that a question may take.
    progress
        Called with what is asked now, in words.

    Raises
    ------
    ConfigurationError
        If the URL is of another kind or holds a password, or the name is no name.
    """

    url: str
    table: str
    password_file: Path | None = None
    timeout: int = TIMEOUT
    progress: Callable[[str], None] = silent

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            faulty = parts.scheme not in SCHEMES or not parts.path.strip("/")
            secret = parts.password is not None or "password" in parts.query
        except ValueError:
            faulty = secret = True
        if secret:
            raise ConfigurationError(
                "the URL of a database has a password in it or cannot be read, expected "
                "postgresql://account@host/database; put the password into password_file or "
                "PGPASSFILE, and change it if others could read it"
            )
        if faulty:
            raise ConfigurationError(
                f"the URL of a database is {self.url!r}, expected "
                "postgresql://account@host/database"
            )
        if not all(self.names) or "\0" in self.table:
            raise ConfigurationError(
                f"the table is {self.table!r}, expected a name, or schema.name"
            )

    @property
    def names(self) -> tuple[str, str]:
        """Schema and name."""
        schema, dot, name = self.table.partition(".")
        return (schema, name) if dot else ("public", schema)

    @property
    def whole_schema(self) -> bool:
        """Whether it is every table of a schema, for a mapping to choose from."""
        return self.names[1] == EVERY

    @property
    def label(self) -> str:
        """How messages name it."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}, {self.table}"

    def password(self) -> str | None:
        """Read the password from its file; None leaves it to PostgreSQL's own ways.

        Raises
        ------
        ConfigurationError
            If the file is missing, empty, or others may read it.
        """
        file = self.password_file
        if file is None:
            return None
        try:
            mode = stat.S_IMODE(os.stat(file).st_mode)
            if mode & 0o077:
                raise ConfigurationError(
                    f"{file}: mode {mode:04o}, expected 0600: others may read the password; the "
                    "operator must run chmod 600 on it"
                )
            text = file.read_text("utf-8").strip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(
                f"{file}: the password cannot be read ({type(error).__name__}); the operator must "
                "name a file with the password alone"
            ) from None
        if not text:
            raise ConfigurationError(f"{file}: is empty, expected the password of the database")
        return text
