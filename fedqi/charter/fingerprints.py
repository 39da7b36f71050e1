"""Fingerprints that people compare by telephone or on paper."""

from base64 import b32encode
from hashlib import sha256

from fedqi.charter.genesis import Genesis

GROUPS = 8
GROUP_LENGTH = 5
FINGERPRINT_BYTES = GROUPS * GROUP_LENGTH * 5 // 8
"""25 bytes, 200 bits: two documents of one fingerprint cost their writer about 2^100 hashes.

The centre writes the documents and can try variants at will, so the cost of a collision
counts, not only that of a second preimage; 128 bits would leave 2^64.
"""


def fingerprint(genesis: Genesis) -> str:
    """Give the fingerprint of a genesis.

    Parameters
    ----------
    genesis
        Signed or not; signatures do not enter.

    Returns
    -------
    str
        Eight groups of five letters A-Z and digits 2-7 (RFC 4648), 200 bits.
    """
    return _groups(b"fedqi/v1/fingerprint/genesis", genesis.signed_digest)


def identity_fingerprint(identity_key: bytes) -> str:
    """Give the fingerprint of a member's identity key.

    Parameters
    ----------
    identity_key
        Ed25519 public key, 32 raw bytes.

    Returns
    -------
    str
        Eight groups of five letters A-Z and digits 2-7 (RFC 4648), 200 bits.
    """
    return _groups(b"fedqi/v1/fingerprint/identity", identity_key)


def _groups(tag: bytes, content: bytes) -> str:
    letters = b32encode(sha256(tag + content).digest()[:FINGERPRINT_BYTES]).decode()
    return " ".join(letters[at : at + GROUP_LENGTH] for at in range(0, len(letters), GROUP_LENGTH))
