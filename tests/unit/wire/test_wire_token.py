"""Tokens are read whole or not at all, and do not show their secret."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedqi.errors import ConfigurationError, TransportError
from fedqi.wire.bootstrap import fetch_root, split_address
from fedqi.wire.token import Token

TOKEN = Token("localhost:7444", "hf", "site-1", "ab12", bytes(range(32)), bytes(32))


def test_token_round_trip() -> None:
    assert Token.parse(f"  {TOKEN}\n") == TOKEN


@given(st.integers(0, len(str(TOKEN)) - 1))
def test_cut_token_is_refused(length: int) -> None:
    with pytest.raises(ConfigurationError, match="copy it again"):
        Token.parse(str(TOKEN)[:length])


@given(st.text(max_size=30))
def test_other_text_is_refused(text: str) -> None:
    for candidate in (text, f"fedqi1.{text}"):
        with pytest.raises(ConfigurationError):
            Token.parse(candidate)


def test_a_field_that_is_no_text_is_refused() -> None:
    content = {"a": 5, "c": "hf", "i": "ab", "k": "00" * 32, "r": "00" * 32, "s": "x"}
    text = base64.urlsafe_b64encode(json.dumps(content).encode()).decode()
    with pytest.raises(ConfigurationError, match="copy it again"):
        Token.parse(f"fedqi1.{text}")


@pytest.mark.parametrize("address", ["localhost", ":1", "localhost:x", "localhost:99999"])
def test_an_address_that_cannot_be(address: str) -> None:
    with pytest.raises(ConfigurationError, match="expected host:port"):
        split_address(address)


def test_a_name_that_no_host_can_have() -> None:
    with pytest.raises(TransportError, match="no TLS answer"):
        fetch_root("a..b:7444", bytes(32))


def test_secret_does_not_print() -> None:
    assert TOKEN.secret.hex() not in repr(TOKEN)
    assert "secret" not in repr(TOKEN)
