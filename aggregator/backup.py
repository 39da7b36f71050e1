"""Backups: database and certificate authority in one file, taken while the server runs."""

import os
import sqlite3
import tarfile
import tempfile
from contextlib import closing
from pathlib import Path

from aggregator.config import Config
from aggregator.lock import only_server
from fedqi.errors import ConfigurationError

DATABASE = "aggregator.db"
AUTHORITY = ("ca/root.pem", "ca/root.key")
PRIVATE = 0o600


def write_backup(config: Config, target: Path) -> int:
    """Write a backup, whole or not at all, readable by its owner only; return its size in bytes.

    It holds the key of the certificate authority: whoever has it can invite sites.

    Raises
    ------
    ConfigurationError
        When the database is not the one in the state directory, the file exists already, or
        something cannot be read or written.
    """
    directory = config.state_directory
    _check_own_database(config)
    if target.exists():
        raise ConfigurationError(f"{target}: exists already; a backup never replaces another one")
    partial = target.with_name(f"{target.name}.{os.getpid()}.new")
    try:
        with tempfile.TemporaryDirectory(dir=directory) as folder:
            copy = Path(folder) / DATABASE
            _copy_database(directory / DATABASE, copy)
            descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
            with (
                os.fdopen(descriptor, "wb") as file,
                tarfile.open(fileobj=file, mode="w:gz") as archive,
            ):
                archive.add(copy, DATABASE)
                for name in AUTHORITY:
                    archive.add(directory / name, name)
        partial.replace(target)
    except (OSError, sqlite3.Error) as error:
        partial.unlink(missing_ok=True)
        raise ConfigurationError(
            f"{target}: no backup was written ({error}); the operator must free space or choose "
            "another place"
        ) from error
    return target.stat().st_size


def restore_backup(config: Config, source: Path) -> None:
    """Put a backup into an empty state directory.

    Raises
    ------
    ConfigurationError
        When there is an aggregator already, a server uses the directory, or the file is not a
        whole backup; nothing has changed then.
    """
    directory = config.state_directory
    _check_own_database(config)
    content = _read_backup(source)
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        with only_server(directory):
            present = [name for name in content if (directory / name).exists()]
            if present:
                raise ConfigurationError(
                    f"{directory / present[0]}: exists already; stop the server and move "
                    f"{directory} away before a backup is restored"
                )
            for name, data in content.items():
                _write(directory / name, data)
    except OSError as error:
        raise ConfigurationError(
            f"{directory}: cannot be written ({error.strerror}); the operator must make it "
            "writable or free space"
        ) from error


def _check_own_database(config: Config) -> None:
    if config.database is not None:
        raise ConfigurationError(
            "the key 'database' names a database of its own: back it up and restore it with its "
            f"own tools, together with {config.state_directory / 'ca'}"
        )


def _copy_database(source: Path, target: Path) -> None:
    # SQLite's own copy: one state of the database, whatever the server writes meanwhile.
    address = f"{source.resolve().as_uri()}?mode=ro"
    with (
        closing(sqlite3.connect(address, uri=True)) as live,
        closing(sqlite3.connect(target)) as copy,
    ):
        live.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it


def _read_backup(source: Path) -> dict[str, bytes]:
    names = (*AUTHORITY, DATABASE)  # the database last: it says that all is there
    try:
        with tarfile.open(source, "r:gz") as archive:
            found = {name: archive.extractfile(name) for name in names}
            content = {name: file.read() for name, file in found.items() if file is not None}
    except (OSError, EOFError, KeyError, tarfile.TarError) as error:
        raise ConfigurationError(
            f"{source}: not a whole backup of `fedqi-aggregator backup` ({error}); choose another"
        ) from error
    with closing(sqlite3.connect(":memory:")) as database:
        try:
            database.deserialize(content[DATABASE])
            (state,) = database.execute("PRAGMA quick_check").fetchone()
        except (KeyError, sqlite3.Error) as error:
            state = str(error)
    if state != "ok":
        raise ConfigurationError(f"{source}: its database is damaged ({state}); choose another")
    return content


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
