"""Every message survives the way to bytes and back."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedqi.secagg.messages import MaskedInput, StepTranscript
from fedqi.secagg.vectors import MemoryStore, StoredInputs
from fedqi.wire import control as c
from fedqi.wire.chunks import Assembler, split_parts
from fedqi.wire.convert import (
    decode_envelope,
    decode_site_envelope,
    encode_envelope,
    encode_site_envelope,
    envelope_parts,
    sequence_part,
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
    joined = stored + sequence_part(sequence)
    assert decode_envelope(joined) == c.Envelope(sequence, "job", 0, body)


@given(body=st.one_of(*aggregator_bodies.values()), sequence=large)
def test_the_parts_of_a_message_are_the_message(body: c.AggregatorBody, sequence: int) -> None:
    parts = [*envelope_parts(c.Envelope(0, "job", 1, body)), sequence_part(sequence)]
    assert decode_envelope(b"".join(parts)) == c.Envelope(sequence, "job", 1, body)


@given(parts=st.lists(st.binary(max_size=5), max_size=4))
def test_a_message_in_parts_is_put_together_again(parts: list[bytes]) -> None:
    assembler = Assembler(100)
    *unfinished, whole = [assembler.add(chunk) for chunk in split_parts(parts)]
    assert unfinished == [None] * len(unfinished)
    assert whole == b"".join(parts)


def test_a_transcript_is_encoded_one_vector_at_a_time() -> None:
    asked: list[str] = []

    class Noting(MemoryStore):
        def get(self, step: int, site: str) -> bytes:
            asked.append(site)
            return bytes(8)

    headers = [MaskedInput(site, 0, b"", b"", b"s") for site in ("a", "b", "c")]
    transcript = StepTranscript(0, StoredInputs(headers, Noting()), {}, {}, (), b"")
    parts = envelope_parts(c.Envelope(0, "job", 1, transcript))
    for place, part in enumerate(parts):
        assert len(asked) == place
        assert part.count(bytes(8)) <= 1
    assert asked == ["a", "b", "c"]


@given(pairs=st.dictionaries(text, st.binary(max_size=4), min_size=2, max_size=5))
def test_equal_values_give_equal_bytes(pairs: dict[str, bytes]) -> None:
    from fedqi.secagg.messages import Shares

    forwards = c.SiteEnvelope("j", 1, Shares("a", pairs, b"s"))
    backwards = c.SiteEnvelope("j", 1, Shares("a", dict(reversed(pairs.items())), b"s"))
    assert encode_site_envelope(forwards) == encode_site_envelope(backwards)
