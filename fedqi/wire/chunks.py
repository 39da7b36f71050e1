"""Large messages in small pieces: gRPC's limit of 4 MiB per message is kept."""

from collections.abc import Iterable, Iterator

from fedqi.errors import RemoteProtocolError
from fedqi.wire.v1 import federation_pb2 as pb

CHUNK_BYTES = 1024 * 1024


def split(data: bytes) -> Iterator[pb.Chunk]:
    """Yield ``data`` in pieces of at most 1 MiB; the last one says so."""
    return split_parts((data,))


def split_parts(parts: Iterable[bytes]) -> Iterator[pb.Chunk]:
    """Yield a message that comes in parts, in pieces of at most 1 MiB; the last one says so."""
    waiting = bytearray()
    for part in parts:
        waiting += part
        while len(waiting) > CHUNK_BYTES:
            yield pb.Chunk(data=bytes(waiting[:CHUNK_BYTES]))
            del waiting[:CHUNK_BYTES]
    yield pb.Chunk(data=bytes(waiting), last=True)


class OversizedMessageError(RemoteProtocolError):
    """A message is larger than the receiver accepts."""


class Assembler:
    """Puts chunks together again.

    Parameters
    ----------
    limit
        The largest message accepted, in bytes.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._pieces: list[bytes] = []
        self._size = 0

    @property
    def complete(self) -> bool:
        """Whether no message is under way."""
        return not self._pieces

    def add(self, chunk: pb.Chunk) -> bytes | None:
        """Take one chunk; return the whole message when it was the last.

        Raises
        ------
        OversizedMessageError
            When the message would exceed the limit.
        RemoteProtocolError
            When a chunk is empty and not the last: such chunks could come for ever.
        """
        if not chunk.data and not chunk.last:
            raise RemoteProtocolError("an empty chunk that is not the last was sent")
        self._size += len(chunk.data)
        if self._size > self._limit:
            raise OversizedMessageError(f"a message of more than {self._limit} bytes was sent")
        self._pieces.append(chunk.data)
        if not chunk.last:
            return None
        whole = b"".join(self._pieces)
        self._pieces, self._size = [], 0
        return whole
