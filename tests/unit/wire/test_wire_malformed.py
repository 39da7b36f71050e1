"""What is not a message is refused with a reason, and never half read."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedqi.errors import RemoteProtocolError
from fedqi.secagg.messages import MaskedInput
from fedqi.wire import control as c
from fedqi.wire.chunks import CHUNK_BYTES, Assembler, OversizedMessageError, split
from fedqi.wire.convert import decode_envelope, decode_site_envelope, encode_site_envelope
from fedqi.wire.v1 import federation_pb2 as pb
from fedqi.wire.v1 import secagg_pb2

INPUT = encode_site_envelope(
    c.SiteEnvelope("j", 1, MaskedInput("a", 0, b"p", bytes(64), b"s" * 64))
)


@given(st.binary(max_size=60))
def test_arbitrary_bytes_are_a_message_or_a_protocol_error(data: bytes) -> None:
    for decode in (decode_site_envelope, decode_envelope):
        try:
            decode(data)
        except RemoteProtocolError:
            continue


@given(st.integers(1, len(INPUT) - 1))
def test_truncated_message_is_refused(length: int) -> None:
    with pytest.raises(RemoteProtocolError):
        envelope = decode_site_envelope(INPUT[:length])
        raise AssertionError(f"{envelope} was read from a truncated message")


def _site(**fields: Any) -> bytes:
    return pb.SiteEnvelope(
        job="j", attempt=1, **{"protocol_version": 1, **fields}
    ).SerializeToString()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (_site(), "no body"),
        (_site(protocol_version=0, decline=pb.Decline()), "version 0"),
        (_site(protocol_version=7, decline=pb.Decline()), "version 7"),
        (_site(masked_input=secagg_pb2.MaskedInput(vector=b"123")), "multiple of 8"),
        (
            _site(unmasking=secagg_pb2.Unmasking(shares={"a": secagg_pb2.UnmaskingShare()})),
            "no kind",
        ),
        (
            _site(advert=secagg_pb2.Advert(atoms=[secagg_pb2.AtomDeclaration(atom="x")])),
            "unknown state 0",
        ),
    ],
)
def test_malformed_site_message_names_the_fault(data: bytes, reason: str) -> None:
    with pytest.raises(RemoteProtocolError, match=reason):
        decode_site_envelope(data)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"attempt_opened": pb.AttemptOpened()}, "unknown mode"),
        ({"job_ended": pb.JobEnded()}, "unknown outcome"),
        ({"step_transcript": secagg_pb2.StepTranscript(total=b"1")}, "multiple of 8"),
    ],
)
def test_malformed_aggregator_message_names_the_fault(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(RemoteProtocolError, match=reason):
        decode_envelope(pb.Envelope(protocol_version=1, **fields).SerializeToString())


def test_both_kinds_of_share_cannot_be_expressed() -> None:
    share = secagg_pb2.UnmaskingShare(self_mask=b"1", mask_key=b"2")
    assert not share.HasField("self_mask")


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, 2 * CHUNK_BYTES + 1])
def test_chunks_come_together_again(size: int) -> None:
    data = bytes(size)
    assembler = Assembler(size)
    *first, last = [assembler.add(chunk) for chunk in split(data)]
    assert set(first) <= {None}
    assert last == data
    assert assembler.complete


def test_oversized_message_is_refused_before_it_is_whole() -> None:
    assembler = Assembler(CHUNK_BYTES)
    assembler.add(pb.Chunk(data=bytes(CHUNK_BYTES)))
    with pytest.raises(OversizedMessageError):
        assembler.add(pb.Chunk(data=b"1"))
