"""Every message survives the way to bytes and back."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedqi.wire import control as c
from fedqi.wire.convert import (
    decode_envelope,
    decode_site_envelope,
    encode_envelope,
    encode_site_envelope,
    with_sequence,
)
from tests.unit.wire.strategies import aggregator_bodies, large, site_bodies, small, text


def test_strategies_cover_the_whole_contract() -> None:
    assert set(site_bodies) == set(get_args(c.SiteBody))
    assert set(aggregator_bodies) == set(get_args(c.AggregatorBody))


@pytest.mark.parametrize("kind", site_bodies, ids=lambda kind: kind.__name__)
@given(data=st.data(), job=text, attempt=small)
def test_site_messages_round_trip(kind: type, data: st.DataObject, job: str, attempt: int) -> None:
    envelope = c.SiteEnvelope(job, attempt, data.draw(site_bodies[kind]))
    assert decode_site_envelope(encode_site_envelope(envelope)) == envelope


@pytest.mark.parametrize("kind", aggregator_bodies, ids=lambda kind: kind.__name__)
@given(data=st.data(), job=text, attempt=small, sequence=large)
def test_aggregator_messages_round_trip(
    kind: type, data: st.DataObject, job: str, attempt: int, sequence: int
) -> None:
    envelope = c.Envelope(sequence, job, attempt, data.draw(aggregator_bodies[kind]))
    assert decode_envelope(encode_envelope(envelope)) == envelope


@given(body=aggregator_bodies[c.JobEnded], sequence=large)
def test_sequence_can_be_set_without_reading_the_rest(
    body: c.AggregatorBody, sequence: int
) -> None:
    stored = encode_envelope(c.Envelope(0, "job", 0, body))
    assert decode_envelope(with_sequence(stored, sequence)) == c.Envelope(sequence, "job", 0, body)


@given(pairs=st.dictionaries(text, st.binary(max_size=4), min_size=2, max_size=5))
def test_equal_values_give_equal_bytes(pairs: dict[str, bytes]) -> None:
    from fedqi.secagg.messages import Shares

    forwards = c.SiteEnvelope("j", 1, Shares("a", pairs, b"s"))
    backwards = c.SiteEnvelope("j", 1, Shares("a", dict(reversed(pairs.items())), b"s"))
    assert encode_site_envelope(forwards) == encode_site_envelope(backwards)
