"""Tokens are read whole or not at all, and do not show their secret."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedqi.errors import ConfigurationError
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


def test_secret_does_not_print() -> None:
    assert TOKEN.secret.hex() not in repr(TOKEN)
    assert "secret" not in repr(TOKEN)
