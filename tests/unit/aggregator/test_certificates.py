"""The authority signs what it was asked for and nothing else."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from aggregator.ca import CertificateAuthority
from fedqi.errors import ConfigurationError
from tests.unit.aggregator.people import Applicant

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def authority(tmp_path: Path) -> CertificateAuthority:
    return CertificateAuthority.create(tmp_path / "ca", "hf", NOW)


def test_site_certificate_names_the_site_for_thirty_days(authority: CertificateAuthority) -> None:
    issued = authority.issue_site(Applicant("north").csr(), "north", "hf", NOW)
    certificate = x509.load_pem_x509_certificate(issued.pem)
    certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(authority.root_pem))
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    uris = names.get_values_for_type(x509.UniformResourceIdentifier)
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert certificate.subject.rfc4514_string() == "CN=north"
    assert uris == ["urn:fedqi:hf:north"]
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert certificate.not_valid_after_utc == NOW + timedelta(days=30)


def test_server_certificate_carries_every_name(authority: CertificateAuthority) -> None:
    pem = authority.issue_server(["agg.example.org", "127.0.0.1"], NOW).certificate_pem
    certificate = x509.load_pem_x509_certificates(pem)[0]
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["agg.example.org"]
    assert [str(ip) for ip in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]


@pytest.mark.parametrize("csr", [b"", b"-----BEGIN CERTIFICATE REQUEST-----\nAA\n-----END"])
def test_malformed_request_is_refused(authority: CertificateAuthority, csr: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        authority.issue_site(csr, "north", "hf", NOW)


def test_root_is_made_once_and_its_key_is_private(tmp_path: Path) -> None:
    first = CertificateAuthority.create(tmp_path / "ca", "hf", NOW)
    again = CertificateAuthority.create(tmp_path / "ca", "hf", NOW)
    assert first.fingerprint == again.fingerprint
    assert stat.S_IMODE((tmp_path / "ca" / "root.key").stat().st_mode) == 0o600


def test_missing_authority_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="fedqi-aggregator init"):
        CertificateAuthority(tmp_path)
