"""Every message of the wire contract, damaged: a message or a protocol error."""

import base64
import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedqi.errors import ConfigurationError, RemoteProtocolError
from fedqi.wire import control as c
from fedqi.wire.bootstrap import split_address
from fedqi.wire.chunks import Assembler
from fedqi.wire.convert import (
    decode_envelope,
    decode_site_envelope,
    encode_envelope,
    encode_site_envelope,
)
from fedqi.wire.token import PREFIX, Token
from fedqi.wire.v1 import federation_pb2 as pb
from tests.fuzz.mutations import HUGE_LENGTH, damaged
from tests.unit.wire.strategies import aggregator_bodies, site_bodies

MEBIBYTE = 1024 * 1024


def _names(kinds: dict[type, Any]) -> list[Any]:
    return [pytest.param(kind, id=kind.__name__) for kind in kinds]


@pytest.mark.parametrize("kind", _names(site_bodies))
@given(data=st.data())
def test_damaged_site_message_is_a_message_or_refused(kind: type, data: st.DataObject) -> None:
    envelope = c.SiteEnvelope("job", 1, data.draw(site_bodies[kind]))
    received = data.draw(damaged(encode_site_envelope(envelope)))
    try:
        read = decode_site_envelope(received)
    except RemoteProtocolError:
        return
    assert decode_site_envelope(encode_site_envelope(read)) == read


@pytest.mark.parametrize("kind", _names(aggregator_bodies))
@given(data=st.data())
def test_damaged_aggregator_message_is_a_message_or_refused(
    kind: type, data: st.DataObject
) -> None:
    envelope = c.Envelope(7, "job", 1, data.draw(aggregator_bodies[kind]))
    received = data.draw(damaged(encode_envelope(envelope)))
    try:
        read = decode_envelope(received)
    except RemoteProtocolError:
        return
    assert decode_envelope(encode_envelope(read)) == read


@pytest.mark.parametrize("decode", [decode_site_envelope, decode_envelope])
@pytest.mark.parametrize("field", range(1, 32))
def test_declared_length_is_refused_before_it_is_allocated(decode: Any, field: int) -> None:
    key = field << 3 | 2
    tag = bytes([key]) if field < 16 else bytes([key & 127 | 128, key >> 7])
    tracemalloc.start()
    try:
        with pytest.raises(RemoteProtocolError):
            decode(tag + HUGE_LENGTH + b"x")
        assert tracemalloc.get_traced_memory()[1] < MEBIBYTE
    finally:
        tracemalloc.stop()


@given(st.lists(st.tuples(st.binary(max_size=30), st.booleans()), max_size=12), st.integers(0, 64))
def test_assembler_never_holds_more_than_its_limit(
    pieces: list[tuple[bytes, bool]], limit: int
) -> None:
    assembler, expected = Assembler(limit), b""
    for data, last in pieces:
        expected += data
        if not data and not last:
            with pytest.raises(RemoteProtocolError, match="empty chunk"):
                assembler.add(pb.Chunk(data=data, last=last))
            continue
        try:
            whole = assembler.add(pb.Chunk(data=data, last=last))
        except RemoteProtocolError:
            assert len(expected) > limit
            return
        assert len(expected) <= limit
        assert whole == (expected if last else None)
        expected = b"" if last else expected


TOKEN = Token("host:1", "lakes", "alder", "t1", bytes(32), bytes(32))


@given(damaged(str(TOKEN).encode()).map(lambda data: data.decode("utf-8", "replace")))
def test_damaged_token_is_a_token_or_refused(text: str) -> None:
    try:
        token = Token.parse(text)
    except ConfigurationError:
        return
    assert Token.parse(str(token)) == token


def _encoded(content: str) -> str:
    return PREFIX + base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")


@pytest.mark.parametrize("field", "acikrs")
@pytest.mark.parametrize("value", [5, None, [], {}, True])
def test_token_with_a_field_that_is_no_text_is_refused(field: str, value: object) -> None:
    content = {"a": "h:1", "c": "x", "i": "t", "k": "00" * 32, "r": "00" * 32, "s": "x"}
    assert Token.parse(_encoded(json.dumps(content))).site == "x"
    with pytest.raises(ConfigurationError):
        Token.parse(_encoded(json.dumps(content | {field: value})))


def test_deeply_nested_token_is_refused() -> None:
    with pytest.raises(ConfigurationError):
        Token.parse(_encoded("[" * 100_000))


@pytest.mark.parametrize("port", ["", "65536", "9" * 5000, "\N{ARABIC-INDIC DIGIT THREE}"])
def test_port_that_tcp_does_not_have_is_refused(port: str) -> None:
    with pytest.raises(ConfigurationError, match="host:port"):
        split_address(f"host:{port}")


@given(st.text(max_size=60))
def test_any_text_after_the_prefix_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(ConfigurationError, match="token"):
        Token.parse(PREFIX + text)
