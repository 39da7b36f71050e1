"""One agent at a time on one state directory."""

import fcntl
import os
from pathlib import Path
from types import TracebackType

from fedqi.errors import ConfigurationError
from site_agent.journal import storage_error


class StateLock:
    """An exclusive lock that the operating system releases when the process ends, however it ends.

    Two agents on one state directory would keep two release histories; the second is refused.

    Parameters
    ----------
    path
        The lock file; it holds the process id of the holder, for the error message only.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1

    def __enter__(self) -> "StateLock":
        try:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise storage_error(self._path, error) from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._descriptor, 32, 0).decode("ascii", "replace").strip()
            os.close(self._descriptor)
            raise ConfigurationError(
                f"{self._path.parent}: another agent (process {holder or 'unknown'}) is using "
                "this state directory; stop it first, and never copy a state directory to a "
                "second machine"
            ) from None
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        os.close(self._descriptor)
