"""One server at a time on one state directory."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fedqi.errors import ConfigurationError


@contextmanager
def only_server(directory: Path) -> Iterator[None]:
    """Hold the state directory; the operating system lets go of it however the process ends.

    Two servers would each fold the same messages and answer the sites differently.

    Raises
    ------
    ConfigurationError
        When another server holds it, or it cannot be written.
    """
    try:
        file = (directory / "lock").open("a")
    except OSError as error:
        raise ConfigurationError(
            f"{directory}: cannot be written ({error.strerror}); the operator must make the state "
            "directory writable or free space"
        ) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigurationError(
                f"{directory}: another `fedqi-aggregator serve` is using this state directory; "
                "stop it first"
            ) from None
        yield
