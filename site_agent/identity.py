"""The two keys of a site, made here and never leaving it: TLS (P-256) and identity (Ed25519)."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from fedqi.errors import ConfigurationError

TLS_KEY = "tls.key"
IDENTITY_KEY = "identity.key"
PRIVATE_MODE = 0o600


@dataclass(frozen=True, slots=True, repr=False)
class SiteKeys:
    """Both private keys; deliberately without a printable form."""

    tls: ec.EllipticCurvePrivateKey
    identity: Ed25519PrivateKey

    @property
    def identity_public(self) -> bytes:
        """The Ed25519 public key that the roster lists, 32 bytes."""
        return self.identity.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    @property
    def tls_pem(self) -> bytes:
        """The TLS private key as PEM, for the channel's credentials."""
        return _pem(self.tls)

    def signing_request(self, site: str) -> bytes:
        """Return a certificate signing request (PEM) whose common name is the site."""
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, site)])
        builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
        return builder.sign(self.tls, hashes.SHA256()).public_bytes(Encoding.PEM)


def ensure_keys(folder: Path) -> SiteKeys:
    """Load both keys, making those that do not exist yet.

    Enrolment may be interrupted and tried again; a key that exists is never overwritten.
    """
    if not (folder / TLS_KEY).exists():
        write_private(folder / TLS_KEY, _pem(ec.generate_private_key(ec.SECP256R1())))
    if not (folder / IDENTITY_KEY).exists():
        write_private(folder / IDENTITY_KEY, _pem(Ed25519PrivateKey.generate()))
    return load_keys(folder)


def load_keys(folder: Path) -> SiteKeys:
    """Load both keys.

    Raises
    ------
    ConfigurationError
        If a key is missing, readable by others, damaged or of another kind.
    """
    tls = _load(folder / TLS_KEY)
    identity = _load(folder / IDENTITY_KEY)
    if not isinstance(tls, ec.EllipticCurvePrivateKey):
        raise ConfigurationError(f"{folder / TLS_KEY}: expected a P-256 key; restore it or enrol")
    if not isinstance(identity, Ed25519PrivateKey):
        raise ConfigurationError(f"{folder / IDENTITY_KEY}: expected an Ed25519 key; restore it")
    return SiteKeys(tls, identity)


def write_private(path: Path, content: bytes) -> None:
    """Write a new file that only its owner can read, durably; it must not exist yet."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_MODE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be written: {error.strerror}") from error


def _load(path: Path) -> object:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        content = path.read_bytes()
    except FileNotFoundError:
        raise ConfigurationError(
            f"{path}: no such key; enrol this site first with 'fedqi-site enrol TOKEN'"
        ) from None
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from error
    if os.name == "posix" and mode & 0o077:
        raise ConfigurationError(
            f"{path}: found mode {mode:04o}, expected 0600: others on this machine could read "
            f"the key; run 'chmod 600 {path}'"
        )
    try:
        return load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ConfigurationError(f"{path}: not a private key in PEM; restore it") from None


def _pem(key: ec.EllipticCurvePrivateKey | Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
