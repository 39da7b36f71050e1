"""The collaborative's certificate authority: a P-256 root that signs agents and this server."""

import hashlib
import ipaddress
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from fedqi.errors import ConfigurationError

ROOT_LIFETIME = timedelta(days=3650)
SERVER_LIFETIME = timedelta(days=397)
SITE_LIFETIME = timedelta(days=30)
CLOCK_TOLERANCE = timedelta(days=1)  # a hospital's clock may be wrong by a day


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate that was signed: PEM, serial number (hex) and end of life."""

    pem: bytes
    serial: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class ServerIdentity:
    """Key and certificate of this server for one run; the key never touches a disk."""

    key_pem: bytes
    certificate_pem: bytes


class CertificateAuthority:
    """Signs certificates of one collaborative.

    Parameters
    ----------
    directory
        Holds ``root.pem`` and ``root.key``.
    """

    def __init__(self, directory: Path) -> None:
        try:
            self._root_pem = (directory / "root.pem").read_bytes()
            key = load_pem_private_key((directory / "root.key").read_bytes(), password=None)
        except (OSError, ValueError) as error:
            raise ConfigurationError(
                f"{directory}: no usable certificate authority ({error}); "
                "run `fedqi-aggregator init`, or restore the folder from a backup"
            ) from error
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ConfigurationError(f"{directory / 'root.key'}: expected a P-256 key")
        self._key = key
        self._root = x509.load_pem_x509_certificate(self._root_pem)

    @classmethod
    def create(cls, directory: Path, collaborative: str, now: datetime) -> "CertificateAuthority":
        """Make a root; an existing one is kept.

        Raises
        ------
        ConfigurationError
            When the directory cannot be written.
        """
        if (directory / "root.pem").exists():
            return cls(directory)
        key = ec.generate_private_key(ec.SECP256R1())
        root = _root_certificate(key, collaborative, now)
        try:
            directory.mkdir(parents=True, exist_ok=True)
            _write_private(directory / "root.key", _key_pem(key))
            (directory / "root.pem").write_bytes(root.public_bytes(Encoding.PEM))
        except OSError as error:
            raise ConfigurationError(
                f"{directory}: cannot be written ({error.strerror}); the operator must make the "
                "state directory writable or free space"
            ) from error
        return cls(directory)

    @property
    def root_pem(self) -> bytes:
        """The root certificate."""
        return self._root_pem

    @property
    def fingerprint(self) -> bytes:
        """SHA-256 of the root's DER, 32 bytes."""
        return hashlib.sha256(self._root.public_bytes(Encoding.DER)).digest()

    def issue_site(self, csr_pem: bytes, site: str, collaborative: str, now: datetime) -> Issued:
        """Sign a site's request.

        Raises
        ------
        ValueError
            When the request is malformed, for another site, or not for a P-256 key.
        """
        csr = x509.load_pem_x509_csr(csr_pem)
        _check_request(csr, site)
        names = x509.SubjectAlternativeName(
            [x509.UniformResourceIdentifier(f"urn:fedqi:{collaborative}:{site}")]
        )
        builder = self._builder(_name(site), csr.public_key(), now, SITE_LIFETIME)
        builder = builder.add_extension(names, critical=False)
        return self._sign(builder, ExtendedKeyUsageOID.CLIENT_AUTH)

    def issue_server(self, hosts: Sequence[str], now: datetime) -> ServerIdentity:
        """Make a key and a certificate for this server under all its names."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = [_general_name(host) for host in dict.fromkeys(hosts)]
        builder = self._builder(_name(hosts[0]), key.public_key(), now, SERVER_LIFETIME)
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        issued = self._sign(builder, ExtendedKeyUsageOID.SERVER_AUTH)
        return ServerIdentity(_key_pem(key), issued.pem + self._root_pem)

    def _builder(
        self, subject: x509.Name, key: object, now: datetime, lifetime: timedelta
    ) -> x509.CertificateBuilder:
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise ValueError("the key is not an elliptic curve key")
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._root.subject)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - CLOCK_TOLERANCE)
            .not_valid_after(now + lifetime)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        )

    def _sign(self, builder: x509.CertificateBuilder, usage: x509.ObjectIdentifier) -> Issued:
        certificate = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False).sign(
            self._key, hashes.SHA256()
        )
        return Issued(
            certificate.public_bytes(Encoding.PEM),
            f"{certificate.serial_number:x}",
            certificate.not_valid_after_utc,
        )


def _root_certificate(
    key: ec.EllipticCurvePrivateKey, collaborative: str, now: datetime
) -> x509.Certificate:
    name = _name(f"FedQI {collaborative} root")
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_TOLERANCE)
        .not_valid_after(now + ROOT_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )


def _check_request(csr: x509.CertificateSigningRequest, site: str) -> None:
    key = csr.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError("expected a P-256 key")
    if not csr.is_signature_valid:
        raise ValueError("its signature does not verify")
    names = [str(name.value) for name in csr.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    if names != [site]:
        raise ValueError(f"its common name is {', '.join(names) or 'empty'}, expected {site}")


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name[:64])])


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write_private(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
