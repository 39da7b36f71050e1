"""How many parts a message has, counted before any of them is made.

An empty entry of a repeated field takes two bytes on the wire and some two hundred as an object:
a message within its limit of bytes could fill the memory. So the parts are counted first, on
the bytes alone, and a message with too many is refused.
"""

from collections.abc import Iterator
from typing import cast

from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message

from fedqi.errors import RemoteProtocolError

MOST_ENTRIES = 1 << 20
"""Strings, byte strings and messages inside one message. The adverts of 10,000 sites that
declare 36 atoms each have about 800,000."""

VARINT, FIXED64, DELIMITED, FIXED32 = 0, 1, 2, 5
LONGEST_VARINT = 10
Span = tuple[Descriptor, int, int]


def count_entries(message: Message, data: bytes, most: int = MOST_ENTRIES) -> int:
    """Count the length-delimited fields of a message, at every depth.

    Parameters
    ----------
    message
        An empty one, of the kind that the bytes are to be.
    data
        As received.
    most
        So many are allowed.

    Raises
    ------
    RemoteProtocolError
        If there are more, or the bytes are cut off or malformed.
    """
    found, waiting = 0, [(cast(Descriptor, message.DESCRIPTOR), 0, len(data))]
    while waiting:
        for span in _delimited(data, waiting.pop()):
            found += 1
            if found > most:
                raise RemoteProtocolError(
                    f"a message of {len(data)} bytes has more than {most} entries"
                )
            if span is not None:
                waiting.append(span)
    return found


def _delimited(data: bytes, span: Span) -> Iterator[Span | None]:
    """Yield each length-delimited field: where a message lies in it, or None."""
    descriptor, at, end = span
    while at < end:
        key, at = _varint(data, at, end)
        kind = key & 7
        if kind == DELIMITED:
            size, at = _varint(data, at, end)
            field = descriptor.fields_by_number.get(key >> 3)
            inner = None if field is None else field.message_type
            yield None if inner is None else (inner, at, min(at + size, end))
            at += size
        elif kind == VARINT:
            _, at = _varint(data, at, end)
        elif kind in (FIXED32, FIXED64):
            at += 4 if kind == FIXED32 else 8
        else:
            raise RemoteProtocolError(f"a field of kind {kind}, which this contract has not")
    if at > end:
        raise RemoteProtocolError(f"{len(data)} bytes are not a complete {descriptor.name}")


def _varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 7 * LONGEST_VARINT, 7):
        if at >= end:
            break
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
    raise RemoteProtocolError("a number in a message is cut off or too long")
