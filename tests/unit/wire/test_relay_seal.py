"""Who spoke over a relay is known by the certificates of the collaborative, or nobody is heard."""

from datetime import UTC, datetime, timedelta

import pytest

from aggregator.ca import CertificateAuthority
from fedqi.errors import RemoteProtocolError
from fedqi.wire.relay import Purpose, load_key, open_sealed, read_sealed, seal
from fedqi.wire.v1 import relay_pb2 as wire

NOW = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> CertificateAuthority:
    return CertificateAuthority.create(tmp_path_factory.mktemp("ca"), "qi", NOW)


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> CertificateAuthority:
    return CertificateAuthority.create(tmp_path_factory.mktemp("other"), "qi", NOW)


def turn(signer: CertificateAuthority, purpose: Purpose = Purpose.TURN) -> wire.Sealed:
    identity = signer.issue_server(["localhost"], NOW)
    sealed = seal(b"body", purpose, load_key(identity.key_pem), identity.certificate_pem)
    return read_sealed(sealed)


def heard(sealed: wire.Sealed, authority: CertificateAuthority, at: datetime = NOW) -> bytes:
    return open_sealed(sealed, Purpose.TURN, authority.fingerprint, b"", at)


def test_a_turn_of_the_aggregator_is_heard(authority: CertificateAuthority) -> None:
    assert heard(turn(authority), authority) == b"body"


def test_an_altered_body_is_refused(authority: CertificateAuthority) -> None:
    sealed = turn(authority)
    sealed.body = b"other"
    with pytest.raises(RemoteProtocolError, match="signature does not verify"):
        heard(sealed, authority)


def test_another_collaborative_is_refused(
    authority: CertificateAuthority, other: CertificateAuthority
) -> None:
    with pytest.raises(RemoteProtocolError, match="root certificate is not"):
        heard(turn(other), authority)


def test_a_foreign_leaf_before_the_right_root_is_refused(
    authority: CertificateAuthority, other: CertificateAuthority
) -> None:
    sealed = turn(other)
    leaf = sealed.certificates.split(b"-----END CERTIFICATE-----\n")[0]
    sealed.certificates = leaf + b"-----END CERTIFICATE-----\n" + authority.root_pem
    with pytest.raises(RemoteProtocolError, match="did not issue"):
        heard(sealed, authority)


def test_a_site_cannot_speak_for_the_aggregator(authority: CertificateAuthority) -> None:
    sealed = turn(authority)
    with pytest.raises(RemoteProtocolError, match="for the other side"):
        open_sealed(sealed, Purpose.REPLY, authority.fingerprint, b"", NOW)


def test_a_reply_is_not_a_turn_even_by_the_same_key(authority: CertificateAuthority) -> None:
    with pytest.raises(RemoteProtocolError, match="signature does not verify"):
        heard(turn(authority, Purpose.REPLY), authority)


def test_an_expired_certificate_is_refused(authority: CertificateAuthority) -> None:
    with pytest.raises(RemoteProtocolError, match="not valid now"):
        heard(turn(authority), authority, NOW + timedelta(days=500))


@pytest.mark.parametrize("data", [b"\xff", b"\x12\x01x"])
def test_junk_is_refused_in_words(authority: CertificateAuthority, data: bytes) -> None:
    with pytest.raises(RemoteProtocolError, match="cannot be read"):
        heard(read_sealed(data), authority)
