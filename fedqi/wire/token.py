"""The one-time token that lets one site enrol."""

import base64
import json
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fedqi.errors import ConfigurationError

PREFIX = "fedqi1."
SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Token:
    """What an operator hands to a site, out of band.

    The secret is the seed of an Ed25519 key. A site proves that it has the token by signing
    its request; the aggregator keeps the public key only, and the secret never travels.

    Parameters
    ----------
    address
        ``host:port`` of the enrolment service.
    collaborative, site, token_id
        What the token is for.
    secret
        32 bytes.
    ca_fingerprint
        SHA-256 of the root certificate (DER), 32 bytes.
    """

    address: str
    collaborative: str
    site: str
    token_id: str
    secret: bytes = field(repr=False)
    ca_fingerprint: bytes

    def __str__(self) -> str:
        """Return the token as one line of text."""
        content = {
            "a": self.address,
            "c": self.collaborative,
            "i": self.token_id,
            "k": self.secret.hex(),
            "r": self.ca_fingerprint.hex(),
            "s": self.site,
        }
        text = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return PREFIX + base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str) -> "Token":
        """Read a token.

        Raises
        ------
        ConfigurationError
            When the text is not a whole token.
        """
        body = text.strip()
        if not body.startswith(PREFIX):
            raise ConfigurationError(_BROKEN)
        try:
            return cls._read(body.removeprefix(PREFIX))
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise ConfigurationError(_BROKEN) from error

    @classmethod
    def _read(cls, body: str) -> "Token":
        padded = body + "=" * (-len(body) % 4)
        content = json.loads(base64.urlsafe_b64decode(padded))
        if not all(isinstance(content[key], str) for key in "aciksr"):
            raise TypeError("every field is text")
        token = cls(
            address=content["a"],
            collaborative=content["c"],
            site=content["s"],
            token_id=content["i"],
            secret=bytes.fromhex(content["k"]),
            ca_fingerprint=bytes.fromhex(content["r"]),
        )
        if len(token.secret) != SECRET_BYTES or len(token.ca_fingerprint) != SECRET_BYTES:
            raise ValueError("wrong length")
        return token

    def key(self) -> Ed25519PrivateKey:
        """Return the key that proves possession of the token."""
        return Ed25519PrivateKey.from_private_bytes(self.secret)


_BROKEN = (
    "the enrolment token is not complete: expected one line that starts with "
    f"{PREFIX!r}, as `fedqi-aggregator invite` printed it; copy it again"
)
