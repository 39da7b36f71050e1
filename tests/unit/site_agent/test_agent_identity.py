"""Keys are made once, readable by their owner only, and never printed."""

import stat
from pathlib import Path

import pytest
from cryptography import x509

from fedqi.errors import ConfigurationError
from site_agent.identity import IDENTITY_KEY, TLS_KEY, ensure_keys, load_keys


def test_keys_are_private_and_kept(tmp_path: Path) -> None:
    first = ensure_keys(tmp_path)
    second = ensure_keys(tmp_path)
    assert first.identity_public == second.identity_public
    assert first.tls_pem == second.tls_pem
    assert len(first.identity_public) == 32
    for name in (TLS_KEY, IDENTITY_KEY):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_keys_have_no_printable_form(tmp_path: Path) -> None:
    keys = ensure_keys(tmp_path)
    assert repr(keys).startswith("<site_agent.identity.SiteKeys object at")


def test_signing_request_names_the_site(tmp_path: Path) -> None:
    request = x509.load_pem_x509_csr(ensure_keys(tmp_path).signing_request("north"))
    assert request.is_signature_valid
    assert request.subject.rfc4514_string() == "CN=north"


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    ensure_keys(tmp_path)
    (tmp_path / IDENTITY_KEY).chmod(0o644)
    with pytest.raises(ConfigurationError, match="found mode 0644, expected 0600"):
        load_keys(tmp_path)


def test_a_missing_key_says_enrol(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="fedqi-site enrol"):
        load_keys(tmp_path)


def test_a_damaged_or_swapped_key_is_refused(tmp_path: Path) -> None:
    ensure_keys(tmp_path)
    identity = (tmp_path / IDENTITY_KEY).read_bytes()
    (tmp_path / IDENTITY_KEY).write_bytes((tmp_path / TLS_KEY).read_bytes())
    with pytest.raises(ConfigurationError, match="expected an Ed25519 key"):
        load_keys(tmp_path)
    (tmp_path / IDENTITY_KEY).write_bytes(identity[:40])
    with pytest.raises(ConfigurationError, match="not a private key in PEM"):
        load_keys(tmp_path)
