"""Secrets that cannot be printed, compared, copied or pickled, and that can be erased."""

from typing import NoReturn

from fedqi.errors import LocalProtocolError


class Secret:
    """Bytes that leave only through :meth:`expose`, until :meth:`erase`.

    Erasing overwrites this object's own buffer. Copies that the interpreter or OpenSSL made
    on the way are beyond its reach; the threat model says so.

    Parameters
    ----------
    value
        The secret.
    """

    __slots__ = ("_buffer",)

    def __init__(self, value: bytes) -> None:
        self._buffer: bytearray | None = bytearray(value)

    def expose(self) -> bytes:
        """Return the bytes.

        Raises
        ------
        LocalProtocolError
            If the secret was erased.
        """
        if self._buffer is None:
            raise LocalProtocolError("a secret was used after it had been erased")
        return bytes(self._buffer)

    def erase(self) -> None:
        """Overwrite the bytes; again changes nothing."""
        if self._buffer is not None:
            self._buffer[:] = bytes(len(self._buffer))
            self._buffer = None

    @property
    def erased(self) -> bool:
        """Whether the bytes are gone."""
        return self._buffer is None

    def __repr__(self) -> str:
        return "Secret(...)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret cannot be copied or pickled")
