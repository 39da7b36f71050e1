"""A token enrols one site, once, in time, and whoever reads the database cannot use it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from aggregator import members
from aggregator.ca import CertificateAuthority
from aggregator.database import Database
from aggregator.enrolment import Enrolment, EnrolmentRefusedError, Refusal
from aggregator.peers import Peers, UnknownPeerError
from aggregator.tables import tokens
from fedqi.errors import ConfigurationError
from fedqi.wire.token import Token
from tests.unit.aggregator.people import Applicant

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(f"sqlite:///{tmp_path / 'a.db'}")


@pytest.fixture
def enrolment(tmp_path: Path, database: Database) -> Enrolment:
    return Enrolment(database, CertificateAuthority.create(tmp_path / "ca", "hf", NOW), "hf")


@pytest.fixture
def token(enrolment: Enrolment) -> Token:
    return enrolment.invite("north", "North Hospital", "localhost:1", NOW, hours=24)


def _refusal(enrolment: Enrolment, applicant: Applicant, token: Token, at: datetime = NOW) -> str:
    with pytest.raises(EnrolmentRefusedError) as caught:
        enrolment.enrol(applicant.request(token), at)
    return caught.value.kind


def test_token_enrols_its_site(enrolment: Enrolment, token: Token, database: Database) -> None:
    applicant = Applicant("north")
    issued = enrolment.enrol(applicant.request(token), NOW)
    with database.reading() as connection:
        member = members.find_member(connection, "north")
    assert member is not None
    assert member.name == "North Hospital"
    assert member.identity_key == applicant.identity_public
    assert member.serial == issued.serial


def test_a_connection_does_not_outlive_its_certificate(
    enrolment: Enrolment, token: Token, database: Database
) -> None:
    issued = enrolment.enrol(Applicant("north").request(token), NOW)
    shown = {"x509_pem_cert": [issued.pem]}
    assert Peers(database, NOW.timestamp).admit(shown) == "north"
    later = NOW + timedelta(days=31)
    with pytest.raises(UnknownPeerError, match=r"expired on .* new token"):
        Peers(database, later.timestamp).admit(shown)


def test_token_is_used_once(enrolment: Enrolment, token: Token) -> None:
    enrolment.enrol(Applicant("north").request(token), NOW)
    assert _refusal(enrolment, Applicant("north"), token) == Refusal.USED


def test_expired_token_is_refused(enrolment: Enrolment, token: Token) -> None:
    late = NOW + timedelta(hours=25)
    assert _refusal(enrolment, Applicant("north"), token, late) == Refusal.EXPIRED


def test_token_for_another_site_is_refused(enrolment: Enrolment, token: Token) -> None:
    assert _refusal(enrolment, Applicant("south"), token) == Refusal.OTHER_SITE


def test_unknown_token_is_refused(enrolment: Enrolment, token: Token) -> None:
    other = replace(token, token_id="0" * 16)
    assert _refusal(enrolment, Applicant("north"), other) == Refusal.UNKNOWN


def test_guessed_secret_is_refused(enrolment: Enrolment, token: Token) -> None:
    assert _refusal(enrolment, Applicant("north"), replace(token, secret=bytes(32))) == "unknown"


def test_swapped_identity_key_is_refused(enrolment: Enrolment, token: Token) -> None:
    honest = Applicant("north").request(token)
    swapped = replace(honest, identity_key=Applicant("north").identity_public)
    with pytest.raises(EnrolmentRefusedError):
        enrolment.enrol(swapped, NOW)


def test_refused_request_leaves_the_token_usable(enrolment: Enrolment, token: Token) -> None:
    applicant = Applicant("north")
    broken = replace(applicant, site="south").request(token)
    with pytest.raises(EnrolmentRefusedError):
        enrolment.enrol(replace(broken, site="north"), NOW)
    assert enrolment.enrol(applicant.request(token), NOW).serial


def test_request_for_another_name_is_refused(enrolment: Enrolment, token: Token) -> None:
    applicant = Applicant("north")
    impostor = Applicant("north", applicant.identity)
    impostor.csr = Applicant("south").csr  # type: ignore[method-assign] # a wrong common name
    with pytest.raises(EnrolmentRefusedError, match="common name is south, expected north"):
        enrolment.enrol(impostor.request(token), NOW)


def test_secret_is_not_stored(token: Token, enrolment: Enrolment, database: Database) -> None:
    with database.reading() as connection:
        rows = [tuple(row) for row in connection.execute(select(tokens))]
    assert token.secret.hex() not in repr(rows)
    assert token.secret not in [value for row in rows for value in row]


@pytest.mark.parametrize("site", ["", "a b", "../x", "-x", "x" * 65])
def test_site_names_are_checked(enrolment: Enrolment, site: str) -> None:
    with pytest.raises(ConfigurationError, match="expected up to 64 letters"):
        enrolment.invite(site, "", "localhost:1", NOW, hours=1)
