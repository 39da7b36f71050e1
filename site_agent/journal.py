"""Durable files: append-only lines, and small documents replaced as a whole."""

import contextlib
import errno
import json
import os
from pathlib import Path

from fedqi.errors import ConfigurationError


def canonical_json(document: object) -> bytes:
    """Return the canonical JSON encoding (sorted keys, no spaces, UTF-8)."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


class Journal:
    """An append-only file of lines; a line counts once :meth:`append` has returned.

    Parameters
    ----------
    path
        The file; created with mode 0600 when it is first appended to.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._torn_line_dropped = False

    def append(self, line: str) -> None:
        """Write one line and wait until it is on disk.

        Raises
        ------
        ConfigurationError
            If the disk is full or the file cannot be written; the file is left as it was.
        """
        if not self._torn_line_dropped:
            self._drop_torn_line()
        try:
            existed = self.path.exists()
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            raise storage_error(self.path, error) from error
        try:
            self._append_or_undo(descriptor, f"{line}\n".encode())
        finally:
            os.close(descriptor)
        if not existed:
            sync_folder(self.path.parent)

    def lines(self) -> list[str]:
        """Return every whole line, oldest first, without its line break.

        Reading changes nothing: a torn last line may be one that a running agent is writing.
        """
        return self._content().decode("utf-8", "replace").split("\n")[:-1]

    def _append_or_undo(self, descriptor: int, line: bytes) -> None:
        before = os.fstat(descriptor).st_size
        try:
            written = os.write(descriptor, line)
            if written != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(descriptor)
        except OSError as error:
            os.ftruncate(descriptor, before)
            raise storage_error(self.path, error) from error

    def _drop_torn_line(self) -> None:
        # A process killed inside write() leaves a line without its end. Nothing was ever done
        # on the strength of it, because append() had not returned.
        content = self._content()
        whole = content.rfind(b"\n") + 1
        if whole != len(content):
            try:
                os.truncate(self.path, whole)
            except OSError as error:
                raise storage_error(self.path, error) from error
        self._torn_line_dropped = True

    def _content(self) -> bytes:
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise storage_error(self.path, error) from error


def replace_file(path: Path, content: bytes) -> None:
    """Replace a small file as a whole, durably, readable by its owner only."""
    # A name of its own: a person's command may write the same file while the service does.
    temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise storage_error(path, error) from error
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make a new name in a folder durable (a no-operation where folders cannot be opened)."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def storage_error(path: Path, error: OSError) -> ConfigurationError:
    """Say in plain words why a file of the state directory cannot be written or read."""
    reasons = {
        errno.ENOSPC: "the disk is full; free some space and start the agent again",
        errno.EDQUOT: "the disk quota is used up; ask for more space",
        errno.EROFS: "the file system is read-only; the agent needs a writable state_dir",
        errno.EACCES: "permission denied; the agent's user must own state_dir",
    }
    reason = reasons.get(error.errno or 0, error.strerror or "input/output error")
    return ConfigurationError(f"{path}: {reason}. Nothing was sent")
