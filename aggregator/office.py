"""What the commands work with: the configuration, the database and the collaborative's facts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, insert, select

from aggregator.ca import CertificateAuthority
from aggregator.config import Config, load_config
from aggregator.database import Database
from aggregator.enrolment import Enrolment
from aggregator.tables import settings
from fedqi.errors import ConfigurationError


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
        When there is an aggregator already, or the directory cannot be written.
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
    database = Database(database_url(config))
    CertificateAuthority.create(directory / "ca", collaborative, datetime.now(UTC))
    with database.transaction() as connection:
        _write_facts(connection, {"collaborative": collaborative, "title": title})
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
    return Office(config, database, facts["collaborative"], facts["title"])


def database_url(config: Config) -> str:
    """Return the SQLAlchemy URL of the database."""
    return config.database or f"sqlite:///{config.state_directory / 'aggregator.db'}"


def _write_facts(connection: Connection, facts: Mapping[str, str]) -> None:
    rows = [{"key": key, "value": value} for key, value in facts.items()]
    connection.execute(insert(settings), rows)
