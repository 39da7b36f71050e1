"""Genesis: every member signs the same three documents, and nothing else passes."""

import json

import pytest

from fedqi.charter import (
    Genesis,
    fingerprint,
    identity_fingerprint,
    read_document,
    sign_genesis,
    verify_genesis,
)
from fedqi.charter.genesis import GENESIS_TAG
from fedqi.errors import DefinitionError, PolicyError
from tests.unit.charter.documents import (
    Documents,
    identity_of,
    make_charter,
    make_documents,
    make_programme,
    make_roster,
)


def test_signed_by_all_is_accepted_and_survives_storage() -> None:
    genesis = make_documents().genesis()
    verify_genesis(genesis)
    stored = read_document(Genesis, genesis.canonical())
    verify_genesis(stored)
    assert stored == genesis


def test_missing_wrong_and_strange_signatures_are_all_named() -> None:
    documents = make_documents()
    genesis = documents.genesis(
        birch=None,
        cedar=documents.signature("alder"),
        stranger=documents.signature("elm"),
    )
    with pytest.raises(PolicyError) as caught:
        verify_genesis(genesis)
    message = str(caught.value)
    assert "not signed by birch" in message
    assert "wrong signature of cedar" in message
    assert "strangers to the roster stranger" in message
    assert genesis.unsigned == ("birch",)
    assert "alder" not in message


def test_a_signature_over_the_bare_digest_is_not_a_signature_of_genesis() -> None:
    documents = make_documents()
    bare = identity_of("elm").sign(documents.genesis().signed_digest).hex()
    with pytest.raises(PolicyError, match="wrong signature of elm"):
        verify_genesis(documents.genesis(elm=bare))


def test_the_signed_bytes_are_as_documented() -> None:
    documents = make_documents()
    message = GENESIS_TAG + documents.genesis().signed_digest
    assert documents.signature("elm") == identity_of("elm").sign(message).hex()


@pytest.mark.parametrize("changed", ["charter", "roster", "programme"])
def test_signatures_do_not_carry_over_to_another_document(changed: str) -> None:
    signed = make_documents().genesis()
    charter = make_charter(title="Forged") if changed == "charter" else signed.charter
    roster = make_roster(charter)
    if changed == "roster":
        member = roster.members[0].model_copy(update={"name": "Another Hospital"})
        roster = roster.model_copy(update={"members": (member, *roster.members[1:])})
    programme = make_programme(charter, **({"expires": None} if changed == "programme" else {}))
    forged = Genesis(
        charter=charter, roster=roster, programme=programme, signatures=signed.signatures
    )
    with pytest.raises(PolicyError, match="wrong signature of alder, birch, cedar, dogwood, elm"):
        verify_genesis(forged)


def test_an_invented_member_cannot_be_added() -> None:
    signed = make_documents().genesis()
    roster = make_roster(signed.charter, (*signed.roster.identities, "fir"))
    widened = Documents(signed.charter, roster, signed.programme)
    genesis = Genesis(
        charter=signed.charter,
        roster=roster,
        programme=signed.programme,
        signatures=signed.signatures | {"fir": widened.signature("fir")},
    )
    with pytest.raises(PolicyError, match="wrong signature of alder"):
        verify_genesis(genesis)


@pytest.mark.parametrize("name", ["roster", "programme"])
def test_documents_of_another_charter_are_refused(name: str) -> None:
    documents, other = make_documents(), make_charter(title="Other")
    mixed = {
        "roster": Documents(documents.charter, make_roster(other), documents.programme),
        "programme": Documents(documents.charter, documents.roster, make_programme(other)),
    }[name]
    with pytest.raises(PolicyError, match=f"{name}: made for charter"):
        mixed.signature("elm")
    unsigned = Genesis(
        charter=mixed.charter, roster=mixed.roster, programme=mixed.programme, signatures={}
    )
    with pytest.raises(PolicyError, match=f"{name}: made for charter"):
        verify_genesis(unsigned)


def test_a_programme_beyond_the_charter_is_not_signed() -> None:
    narrow = make_charter(lineages=["heart-failure"])
    coarse = make_charter(finest_period="year")
    for charter, reason in ((narrow, "measure copd has lineage"), (coarse, "2016-Q1, 2016-Q2")):
        documents = Documents(charter, make_roster(charter), make_programme(charter))
        with pytest.raises(PolicyError, match=reason):
            documents.signature("elm")


def test_a_site_signs_only_a_roster_that_lists_it_with_its_key() -> None:
    documents = make_documents()
    for site, key in (("elm", "alder"), ("fir", "fir")):
        with pytest.raises(PolicyError, match=f"site {site} is not listed"):
            sign_genesis(
                documents.charter, documents.roster, documents.programme, site, identity_of(key)
            )


@pytest.mark.parametrize("signature", ["", "zz" * 64, "AB" * 64, "ab" * 63])
def test_malformed_signatures_are_no_document(signature: str) -> None:
    content = json.loads(make_documents().genesis().canonical())
    content["signatures"]["elm"] = signature
    with pytest.raises(DefinitionError, match=r"signatures\.elm"):
        read_document(Genesis, content)


def test_the_fingerprint_covers_the_documents_and_not_the_signatures() -> None:
    documents = make_documents()
    groups = fingerprint(documents.genesis()).split(" ")
    assert [len(group) for group in groups] == [5] * 8
    assert fingerprint(documents.genesis(elm=None)) == " ".join(groups)
    charter = make_charter(title="Forged")
    forged = Documents(charter, make_roster(charter), make_programme(charter))
    assert fingerprint(forged.genesis()) != " ".join(groups)


def test_identity_fingerprints_differ_by_key() -> None:
    keys = make_documents().roster.identities
    assert len({identity_fingerprint(key) for key in keys.values()}) == len(keys)
