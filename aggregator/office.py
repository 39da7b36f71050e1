"""What the commands work with: the configuration, the database and the collaborative's facts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, delete, insert, select

from aggregator.ca import CertificateAuthority
from aggregator.config import Config, load_config
from aggregator.database import Database
from aggregator.enrolment import Enrolment
from aggregator.tables import settings
from fedqi.charter import is_identifier
from fedqi.errors import ConfigurationError

LONGEST_TITLE = 200  # as in the charter


@dataclass(frozen=True, slots=True)
class Office:
    """An initialised aggregator.

    Parameters
    ----------
    config
        As read.
    database
        Open.
    collaborative, title
        As given to ``init``.
    """

    config: Config
    database: Database
    collaborative: str
    title: str

    @property
    def authority(self) -> CertificateAuthority:
        """The certificate authority."""
        return CertificateAuthority(self.config.state_directory / "ca")

    @property
    def enrolment(self) -> Enrolment:
        """Issues tokens."""
        return Enrolment(self.database, self.authority, self.collaborative)


def found(config: Config, collaborative: str, title: str) -> Office:
    """Create state directory, certificate authority and database.

    Raises
    ------
    ConfigurationError
        When there is an aggregator already, a name cannot be used, or the directory cannot be
        written.
    """
    directory = config.state_directory
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise ConfigurationError(
            f"{directory}: cannot be created ({error.strerror}); the operator must choose "
            "another state_directory or free space"
        ) from error
    if (directory / "ca" / "root.pem").exists():
        raise ConfigurationError(f"{directory}: an aggregator was initialised here already")
    _check_names(collaborative, title)
    database = Database(database_url(config))
    with database.transaction() as connection:
        _write_facts(connection, {"collaborative": collaborative, "title": title})
    # Last, because it says that all is there: an interrupted `init` can be repeated.
    CertificateAuthority.create(directory / "ca", collaborative, datetime.now(UTC))
    return Office(config, database, collaborative, title)


def open_office(config_path: Path) -> Office:
    """Open what ``init`` created.

    Raises
    ------
    ConfigurationError
        When it was not initialised, or the database cannot be opened.
    """
    config = load_config(config_path)
    if not (config.state_directory / "ca" / "root.pem").exists():
        raise ConfigurationError(
            f"{config.state_directory}: no aggregator here; run `fedqi-aggregator init` first"
        )
    database = Database(database_url(config))
    with database.reading() as connection:
        facts = {row.key: row.value for row in connection.execute(select(settings))}
    if not facts.keys() >= {"collaborative", "title"}:
        raise ConfigurationError(
            f"{database.name}: an empty database beside the certificate authority in "
            f"{config.state_directory}; restore it from the backup, and let nobody enrol before"
        )
    return Office(config, database, facts["collaborative"], facts["title"])


def database_url(config: Config) -> str:
    """Return the SQLAlchemy URL of the database."""
    return config.database or f"sqlite:///{config.state_directory / 'aggregator.db'}"


def _write_facts(connection: Connection, facts: Mapping[str, str]) -> None:
    rows = [{"key": key, "value": value} for key, value in facts.items()]
    connection.execute(delete(settings))
    connection.execute(insert(settings), rows)


def _check_names(collaborative: str, title: str) -> None:
    if not is_identifier(collaborative):
        raise ConfigurationError(
            f"collaborative {collaborative!r}: expected up to 64 letters, digits, '.', '_' or "
            "'-', starting with a letter or digit"
        )
    if not (title.strip() and title.isprintable() and len(title) <= LONGEST_TITLE):
        raise ConfigurationError(
            f"title {title[:80]!r}: expected one line of 1 to {LONGEST_TITLE} characters"
        )
