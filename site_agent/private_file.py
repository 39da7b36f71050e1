"""A new file that nobody but its owner can read, in a folder that nobody else can change."""

import os
import stat
from pathlib import Path

from fedqi.errors import ConfigurationError
from site_agent.journal import storage_error, sync_folder

OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


def check_place(path: Path) -> None:
    """Refuse a place where a private file cannot be made, before there is anything to write.

    Raises
    ------
    ConfigurationError
        If something is there already, the folder is none, or others can write to it.
    """
    folder = path.parent
    if path.exists() or path.is_symlink():
        raise ConfigurationError(f"{path}: exists already and is not overwritten; name a new file")
    try:
        found = folder.stat()
    except OSError:
        raise ConfigurationError(f"{folder}: no such folder; make it, with mode 0700") from None
    if not stat.S_ISDIR(found.st_mode):
        raise ConfigurationError(f"{folder}: is no folder; name another place")
    if found.st_mode & OTHERS_WRITE or found.st_uid not in (os.geteuid(), 0):
        raise ConfigurationError(
            f"{folder}: other accounts can write there (mode {stat.S_IMODE(found.st_mode):04o}), "
            "so that they could put another file in the place of this one; choose a folder of "
            "your own with mode 0700"
        )


def write_private(path: Path, content: bytes) -> None:
    """Write a new file with mode 0600, whatever the process's umask.

    Raises
    ------
    ConfigurationError
        If it exists by now, or cannot be written; nothing is left of it then.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise storage_error(path, error) from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, 0o600)
            file.write(content)
            file.flush()
            os.fsync(descriptor)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise storage_error(path, error) from error
    sync_folder(path.parent)
