"""Large messages in small pieces: gRPC's limit of 4 MiB per message is kept."""

from collections.abc import Iterator

from fedqi.errors import RemoteProtocolError
from fedqi.wire.v1 import federation_pb2 as pb

CHUNK_BYTES = 1024 * 1024


def split(data: bytes) -> Iterator[pb.Chunk]:
    """Yield ``data`` in pieces of at most 1 MiB; the last one says so."""
    end = max(len(data), 1)
    for start in range(0, end, CHUNK_BYTES):
        piece = data[start : start + CHUNK_BYTES]
        yield pb.Chunk(data=piece, last=start + CHUNK_BYTES >= end)


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
