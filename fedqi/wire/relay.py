"""Turns and replies of a relayed connection: sealed by one side, opened by the other.

A relay is a network that carries messages without being trusted. What TLS does on a direct
connection, signatures with the very same certificates do here: each side knows who spoke, and what
is echoed from turn to turn keeps out old messages, and answers to what others asked. There is no
secrecy of its own: what agents and aggregator tell each other is masked or encrypted to other
sites already.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from enum import Enum

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID
from google.protobuf.message import DecodeError

from fedqi.errors import RemoteProtocolError
from fedqi.wire.v1 import relay_pb2 as pb

NONCE_BYTES = 16
_HASH = ec.ECDSA(hashes.SHA256())


class Purpose(Enum):
    """Who signs: a signature of one side never passes for one of the other."""

    TURN = (b"fedqi relay: turn of the aggregator", ExtendedKeyUsageOID.SERVER_AUTH)
    REPLY = (b"fedqi relay: reply of a site", ExtendedKeyUsageOID.CLIENT_AUTH)


def seal(
    body: bytes, purpose: Purpose, key: ec.EllipticCurvePrivateKey, certificates: bytes
) -> bytes:
    """Sign a body.

    Parameters
    ----------
    body
        Serialised ``Turn`` or ``Reply``.
    purpose
        Which of the two.
    key
        The TLS key of the signer.
    certificates
        Its certificate as PEM, and those above it.
    """
    signature = key.sign(_signed(purpose, body), _HASH)
    return pb.Sealed(body=body, certificates=certificates, signature=signature).SerializeToString()


def echo_of(reply: bytes) -> bytes:
    """Return by what a turn names the reply whose calls it answers, 32 bytes.

    A nonce would not do: a relay could copy it into a reply of its own, or of another member in
    league with it, and have the agent take the answers to that for its own.

    Parameters
    ----------
    reply
        As it travelled: body, certificates and signature.
    """
    return hashlib.sha256(reply).digest()


def load_key(pem: bytes) -> ec.EllipticCurvePrivateKey:
    """Return the key with which a side seals.

    Raises
    ------
    ValueError
        When it is not an elliptic-curve key.
    """
    key = load_pem_private_key(pem, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError("expected an elliptic-curve key")
    return key


def read_sealed(data: bytes) -> pb.Sealed:
    """Read what travelled; nothing of it is verified.

    Raises
    ------
    RemoteProtocolError
        When the bytes are no sealed message.
    """
    try:
        return pb.Sealed.FromString(data)
    except DecodeError:
        raise RemoteProtocolError("a relayed message cannot be read", round_name="relay") from None


def open_sealed(
    sealed: pb.Sealed, purpose: Purpose, fingerprint: bytes, above: bytes, now: datetime
) -> bytes:
    """Return the body, after its signer was found to be of the collaborative.

    Parameters
    ----------
    sealed
        As it came.
    purpose
        What it has to be.
    fingerprint
        SHA-256 of the root certificate's DER that is trusted, 32 bytes.
    above
        PEM of certificates that the signer need not show.
    now
        For the validity of the signer's certificate.

    Raises
    ------
    RemoteProtocolError
        Saying which check failed.
    """
    chain = _certificates(sealed.certificates + above)
    leaf, root = chain[0], chain[-1]
    if hashlib.sha256(root.public_bytes(Encoding.DER)).digest() != fingerprint:
        raise _refused("its root certificate is not the collaborative's")
    _check_leaf(leaf, root, purpose, now)
    key = leaf.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise _refused("its signer's key is not a P-256 key")
    try:
        key.verify(sealed.signature, _signed(purpose, sealed.body), _HASH)
    except InvalidSignature:
        raise _refused("its signature does not verify") from None
    return sealed.body


def _check_leaf(
    leaf: x509.Certificate, root: x509.Certificate, purpose: Purpose, now: datetime
) -> None:
    try:
        leaf.verify_directly_issued_by(root)
        usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (InvalidSignature, ValueError, TypeError, x509.ExtensionNotFound):
        raise _refused("the root did not issue its signer's certificate") from None
    if purpose.value[1] not in usage:
        raise _refused("its signer's certificate is for the other side")
    if not leaf.not_valid_before_utc <= now <= leaf.not_valid_after_utc:
        raise _refused("its signer's certificate is not valid now; compare both clocks")


def _certificates(pem: bytes) -> Sequence[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError:
        raise _refused("its certificates cannot be read") from None


def _signed(purpose: Purpose, body: bytes) -> bytes:
    return purpose.value[0] + b"\0" + body


def _refused(what: str) -> RemoteProtocolError:
    return RemoteProtocolError(f"a relayed message was refused: {what}", round_name="relay")
