"""Changed or forked documents, another protocol version, and messages of the wrong size."""

import hashlib
from dataclasses import fields, replace
from datetime import date
from typing import Any

import pytest

from fedqi.benchmarking.plan import build_parts
from fedqi.charter import (
    Charter,
    Genesis,
    check_job,
    read_document,
    sign_genesis,
    verify_genesis,
)
from fedqi.errors import DefinitionError, PolicyError, RemoteProtocolError
from fedqi.secagg import messages as m
from fedqi.wire.chunks import CHUNK_BYTES, Assembler, OversizedMessageError
from fedqi.wire.control import Envelope
from fedqi.wire.convert import decode_envelope, encode_envelope
from fedqi.wire.v1 import federation_pb2 as pb
from tests.attacks.hospitals import MEASURE, job
from tests.attacks.kit import adversary
from tests.unit.benchmarking.collaborative import counted_measure
from tests.unit.charter.documents import (
    HF,
    identity_of,
    make_charter,
    make_documents,
    make_job,
    make_programme,
    make_roster,
)
from tests.unit.secagg.federation import names

VICTIM = "s000"
TODAY = date(2026, 1, 1)
OTHER = hashlib.sha256(b"another document").digest()


@pytest.mark.parametrize("document", ["charter", "roster", "programme", "plan"])
def test_members_of_forked_documents_refuse_each_other_by_name(document: str) -> None:
    """Half of the members hold another version; the centre relays between the halves."""
    changed: dict[str, Any] = {document: OTHER}
    enemy = adversary().start()
    forked = adversary(replace(enemy.parameters, **changed)).start()
    mixed = [*enemy.adverts(names(7)[:4]).adverts, *forked.adverts(names(7)[4:]).adverts]
    shown = m.AdvertList(tuple(mixed))
    enemy.refused(VICTIM, shown, "not signed under its key in the roster", "s004")
    forked.refused("s005", shown, "not signed under its key in the roster", VICTIM)


@pytest.mark.parametrize(
    "change", [{"collusion_bound": 0}, {"min_others": 1}, {"collaborative": "other"}]
)
def test_members_of_other_rules_refuse_each_other_by_name(change: dict[str, Any]) -> None:
    enemy = adversary().start()
    forked = adversary(replace(enemy.parameters, **change)).start()
    mixed = (*enemy.adverts(names(7)[:4]).adverts, *forked.adverts(names(7)[4:]).adverts)
    enemy.refused(VICTIM, m.AdvertList(mixed), "not signed under its key", "s004")


def test_a_charter_changed_after_it_was_signed_holds_no_more() -> None:
    signed = make_documents().genesis()
    verify_genesis(signed)
    weaker = make_charter(collusion_bound=0)
    changed = Genesis(
        charter=weaker,
        roster=make_roster(weaker),
        programme=make_programme(weaker),
        signatures=signed.signatures,
    )
    with pytest.raises(PolicyError, match="wrong signature of alder, birch, cedar"):
        verify_genesis(changed)


def test_a_member_added_by_the_centre_is_named() -> None:
    documents = make_documents()
    grown = make_roster(documents.charter, (*documents.roster.identities, "friend"))
    changed = replace(documents, roster=grown)
    signatures = documents.genesis().signatures | {"friend": changed.signature("friend")}
    forged = Genesis(
        charter=documents.charter,
        roster=grown,
        programme=documents.programme,
        signatures=signatures,
    )
    with pytest.raises(PolicyError, match="wrong signature of alder, birch, cedar, dogwood, elm"):
        verify_genesis(forged)


def test_a_measure_changed_after_acceptance_is_refused() -> None:
    genesis = make_documents().genesis()
    check_job(genesis, make_job(), TODAY)
    changed = make_job((HF.model_copy(update={"digest": "33" * 32}),))
    with pytest.raises(PolicyError, match=r"digest 3333\w+ found, 1111\w+ expected"):
        check_job(genesis, changed, TODAY)


def test_a_definition_that_is_not_the_one_named_is_refused() -> None:
    other = counted_measure(direction="higher")
    with pytest.raises(PolicyError, match="the definition of m at hand has digest"):
        build_parts(job("first", "2020-01", measure=MEASURE), {"m": other}, 5)


def test_a_document_of_another_version_is_refused() -> None:
    content = make_charter().model_dump(mode="json") | {"version": 2}
    with pytest.raises((PolicyError, DefinitionError), match="version 2 found, 1 expected"):
        read_document(Charter, content)


@pytest.mark.parametrize("version", [0, 2, 2**32 - 1])
def test_another_protocol_version_is_refused_before_anything_is_read(version: int) -> None:
    enemy = adversary().start()
    data = encode_envelope(Envelope(1, "job", 1, enemy.adverts(), protocol_version=version))
    with pytest.raises(RemoteProtocolError, match=f"version {version} was sent, expected 1"):
        decode_envelope(data)


def test_a_later_version_inside_the_message_wins_over_the_first() -> None:
    """Fields of a protobuf message may stand twice; the last one counts, and is checked."""
    right = encode_envelope(Envelope(1, "job", 1, adversary().start().adverts()))
    with pytest.raises(RemoteProtocolError, match="protocol version 9"):
        decode_envelope(right + pb.Envelope(protocol_version=9).SerializeToString())


def test_a_message_that_is_too_large_is_refused_before_it_is_whole() -> None:
    assembler = Assembler(2 * CHUNK_BYTES)
    chunk = pb.Chunk(data=bytes(CHUNK_BYTES))
    assert assembler.add(chunk) is None
    assert assembler.add(chunk) is None
    with pytest.raises(OversizedMessageError, match=f"more than {2 * CHUNK_BYTES} bytes"):
        assembler.add(chunk)


def test_vectors_and_keys_of_another_size_are_refused() -> None:
    enemy = adversary().run("answered")
    right = enemy.transcript(VICTIM)
    longer = replace(right.inputs[3], vector=bytes(2**16))
    inputs = (*right.inputs[:3], longer, *right.inputs[4:])
    (complaint,) = enemy.show(VICTIM, replace(right, inputs=inputs))
    assert complaint.reason == "s003: a masked input is of another step or size"
    enemy.learns_nothing()


def test_every_field_of_a_malformed_advert_is_refused_by_name() -> None:
    enemy = adversary().start()
    right = enemy.adverts().adverts
    for field in fields(m.Advert):
        if field.name == "site":
            continue
        value = getattr(right[1], field.name)
        wrong: dict[str, Any] = {field.name: value[:-1] if not isinstance(value, int) else -1}
        if wrong[field.name] == value:
            wrong = {field.name: ("s999",)}
        shown = m.AdvertList((right[0], replace(right[1], **wrong), *right[2:]))
        enemy.refused(VICTIM, shown, "site s001 in round 0", "s001")


def test_a_member_cannot_sign_for_another() -> None:
    d = make_documents()
    with pytest.raises(PolicyError, match="birch is not listed with the identity key at hand"):
        sign_genesis(d.charter, d.roster, d.programme, "birch", identity_of("alder"))
