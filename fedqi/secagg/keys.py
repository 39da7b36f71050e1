"""Key agreement and sealing between two sites of an attempt.

References
----------
RFC 7748 (X25519), RFC 5869 (HKDF), NIST SP 800-38D (AES-GCM), RFC 2104 (HMAC).
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fedqi.secagg import canonical
from fedqi.secagg.secret import Secret
from fedqi.secagg.sharing import SHARE_BYTES

KEY_BYTES = 32
NO_SALT = bytes(32)
NONCE_BYTES = 12
TAG_BYTES = 16
SEALED_BYTES = NONCE_BYTES + 2 * SHARE_BYTES + TAG_BYTES


def load_key(secret_key: bytes) -> X25519PrivateKey:
    """Return the X25519 key of a secret; OpenSSL clears its copy when it is released.

    Parameters
    ----------
    secret_key
        32 bytes.
    """
    return X25519PrivateKey.from_private_bytes(secret_key)


def agree(own: X25519PrivateKey, peer_key: bytes) -> bytes | None:
    """Return the X25519 secret shared with a peer, or None where it is all zero.

    Parameters
    ----------
    own
        Own key.
    peer_key
        The peer's public key, 32 bytes.
    """
    # protocol 4.3: a point of small order makes the result all zero, known to everyone
    try:
        return own.exchange(X25519PublicKey.from_public_bytes(peer_key))
    except ValueError:
        return None


def derive(secret: bytes, info: bytes) -> bytes:
    """Return 32 bytes of HKDF-SHA256 for one purpose.

    Parameters
    ----------
    secret
        Input keying material.
    info
        Canonical bytes that name the purpose and its context.
    """
    return expand(extract(secret), info)


def extract(secret: bytes) -> bytes:
    """Return the first half of HKDF-SHA256, without salt: 32 bytes to expand from.

    Parameters
    ----------
    secret
        Input keying material.
    """
    # protocol 3.6
    return hmac.digest(NO_SALT, secret, "sha256")


def expand(extracted: bytes, info: bytes) -> bytes:
    """Return 32 bytes of HKDF-SHA256 for one purpose: one block, which is the whole output.

    Parameters
    ----------
    extracted
        Of :func:`extract`.
    info
        Canonical bytes that name the purpose and its context.
    """
    # protocol 3.6
    return hmac.digest(extracted, info + b"\x01", "sha256")


@dataclass(frozen=True, slots=True)
class Context:
    """What every derivation of an attempt names, once U1 is known.

    Parameters
    ----------
    session_hash
        32 bytes.
    attempt
        Number of the attempt.
    u1_digest
        32 bytes.
    """

    session_hash: bytes
    attempt: int
    u1_digest: bytes
    _begun: dict[str, bytes] = field(default_factory=dict, init=False, repr=False, compare=False)

    def pack(self, tag: str, *fields: canonical.Field) -> bytes:
        """Return canonical bytes over the context and ``fields``.

        Parameters
        ----------
        tag
            The purpose.
        fields
            Values in the order the tag fixes.
        """
        # the same beginning stands before the fields of every pair
        if tag not in self._begun:
            self._begun[tag] = canonical.pack(tag, self.session_hash, self.attempt, self.u1_digest)
        return canonical.extend(self._begun[tag], *fields)

    def digest(self, tag: str, *fields: canonical.Field) -> bytes:
        """Return the SHA-256 over the context and ``fields``.

        Parameters
        ----------
        tag
            The purpose.
        fields
            Values in the order the tag fixes.
        """
        return hashlib.sha256(self.pack(tag, *fields)).digest()


class PairChannel:
    """Sealing and statement tags between this site and one peer.

    Parameters
    ----------
    context
        Of the attempt.
    site, peer
        The two ends.
    shared
        Their X25519 secret of the sealing keys.
    """

    __slots__ = ("_context", "_peer", "_seal_key", "_site", "_tag_key")

    def __init__(self, context: Context, site: str, peer: str, shared: bytes) -> None:
        pair = sorted((site, peer))
        self._context, self._site, self._peer = context, site, peer
        extracted = extract(shared)
        self._seal_key = Secret(expand(extracted, context.pack("seal-key", pair)))
        self._tag_key = Secret(expand(extracted, context.pack("tag-key", pair)))

    def seal(self, plaintext: bytes, entropy: Callable[[int], bytes]) -> bytes:
        """Seal a pair of shares for the peer: nonce, then AES-256-GCM ciphertext.

        Parameters
        ----------
        plaintext
            Self-mask share, then mask-key share.
        entropy
            Returns that many random bytes.
        """
        # protocol 4.4
        nonce = entropy(NONCE_BYTES)
        associated = self._context.pack("sealed-shares", self._site, self._peer)
        return nonce + AESGCM(self._seal_key.expose()).encrypt(nonce, plaintext, associated)

    def open(self, sealed: bytes) -> bytes | None:
        """Open what the peer sealed for this site, or return None.

        Parameters
        ----------
        sealed
            Of exactly ``SEALED_BYTES`` bytes.
        """
        if len(sealed) != SEALED_BYTES:
            return None
        associated = self._context.pack("sealed-shares", self._peer, self._site)
        cipher = AESGCM(self._seal_key.expose())
        try:
            return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], associated)
        except InvalidTag:
            return None

    def tag(self, statement_digest: bytes) -> bytes:
        """Return this site's HMAC on a statement, for the peer.

        Parameters
        ----------
        statement_digest
            32 bytes.
        """
        return self._mac(self._site, statement_digest)

    def verify(self, statement_digest: bytes, tag: bytes) -> bool:
        """Tell whether the peer made this tag.

        Parameters
        ----------
        statement_digest
            32 bytes.
        tag
            As received.
        """
        return hmac.compare_digest(self._mac(self._peer, statement_digest), tag)

    def erase(self) -> None:
        """Erase both keys."""
        self._seal_key.erase()
        self._tag_key.erase()

    def _mac(self, author: str, statement_digest: bytes) -> bytes:
        # protocol 4.9: naming the author keeps a tag from being reflected to its maker
        text = canonical.pack("statement-tag", author, statement_digest)
        return hmac.digest(self._tag_key.expose(), text, "sha256")
