"""The parts of a message are counted before they are made."""

from typing import Any

import pytest
from google.protobuf.message import Message
from hypothesis import given
from hypothesis import strategies as st

from fedqi.errors import RemoteProtocolError
from fedqi.wire import control as c
from fedqi.wire import entries
from fedqi.wire.convert import decode_envelope, encode_envelope, envelope_parts
from fedqi.wire.v1 import federation_pb2 as pb
from tests.fuzz.mutations import damaged
from tests.unit.wire.strategies import aggregator_bodies

EMPTY = {"inputs": b"\x12\x00", "statements": b"\x2a\x00", "seeds": b"\x1a\x00"}
TRANSCRIPT = 17  # its number in the envelope
GROUP = bytes([1 << 3 | 3])


class Untouched:
    """A message that nobody may parse."""

    DESCRIPTOR = pb.Envelope.DESCRIPTOR


def inside(content: bytes) -> bytes:
    """An envelope whose transcript has this content."""
    size, number = [], len(content)
    while number > 127:
        size.append(number & 127 | 128)
        number >>= 7
    key = TRANSCRIPT << 3 | 2
    return bytes([key & 127 | 128, key >> 7, *size, number]) + content


def parts_of(message: Message) -> int:
    """The same number from the message that was made: every field of it that has a length."""
    found = 0
    for field, value in message.ListFields():
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            deep = field.message_type.fields_by_name["value"].message_type is not None
            # of an entry: itself, its key and its value; empty ones are written too
            found += sum(3 + (parts_of(value[key]) if deep else 0) for key in value)
            continue
        several = value if field.is_repeated else [value]
        for item in several:
            if isinstance(item, Message):
                found += 1 + parts_of(item)
            elif isinstance(item, str | bytes):
                found += 1
    return found


def _kinds() -> list[Any]:
    return [pytest.param(kind, id=kind.__name__) for kind in aggregator_bodies]


@pytest.mark.parametrize("kind", _kinds())
@given(data=st.data())
def test_the_count_on_the_bytes_is_that_of_the_message(kind: type, data: st.DataObject) -> None:
    envelope = c.Envelope(7, "job", 1, data.draw(aggregator_bodies[kind]))
    encoded = encode_envelope(envelope)
    read = pb.Envelope.FromString(encoded)
    assert entries.count_entries(pb.Envelope(), encoded) == parts_of(read)


@pytest.mark.parametrize("name", EMPTY)
def test_empty_entries_beyond_measure_are_refused_before_they_are_made(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile = inside(EMPTY[name] * (entries.MOST_ENTRIES + 1))
    assert len(hostile) < 3 * entries.MOST_ENTRIES
    monkeypatch.setattr(pb, "Envelope", Untouched)
    with pytest.raises(RemoteProtocolError, match="has more than 1048576 entries"):
        decode_envelope(hostile)


def test_many_transcripts_in_one_envelope_are_counted_together() -> None:
    one = inside(EMPTY["inputs"] * 10)
    count = entries.count_entries
    assert count(pb.Envelope(), one * 3) == 33
    with pytest.raises(RemoteProtocolError, match="more than 32 entries"):
        count(pb.Envelope(), one * 3, most=32)


@given(data=st.data())
def test_damaged_bytes_are_counted_or_refused(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(list(aggregator_bodies)))
    envelope = c.Envelope(7, "job", 1, data.draw(aggregator_bodies[kind]))
    received = data.draw(damaged(b"".join(envelope_parts(envelope))))
    try:
        assert entries.count_entries(pb.Envelope(), received) <= len(received)
    except RemoteProtocolError:
        return


def test_a_group_is_refused() -> None:
    with pytest.raises(RemoteProtocolError, match="of kind 3"):
        decode_envelope(GROUP)
