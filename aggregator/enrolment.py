"""One-time tokens, and what a site gets for one. Knows nothing of gRPC."""

import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection

from aggregator.ca import CertificateAuthority, Issued
from aggregator.database import Database
from aggregator.genesis import settled_roster
from aggregator.members import TokenRow, add_token, find_token, put_member, use_token
from fedqi.errors import ConfigurationError, PolicyError
from fedqi.wire.control import enrolment_statement
from fedqi.wire.token import SECRET_BYTES, Token

SITE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Refusal(StrEnum):
    """Why a token does not enrol."""

    UNKNOWN = "unknown"
    USED = "used"
    EXPIRED = "expired"
    OTHER_SITE = "other site"
    MALFORMED = "malformed"


class EnrolmentRefusedError(PolicyError):
    """A site may not enrol; the message is for the person at the site.

    Parameters
    ----------
    kind
        For the status.
    reason
        What was found and who must act.
    """

    def __init__(self, kind: Refusal, reason: str) -> None:
        self.kind = kind
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Request:
    """What a site sends to enrol; see ``protos/fedqi/wire/v1/enrolment.proto``."""

    token_id: str
    site: str
    csr_pem: bytes
    identity_key: bytes
    token_proof: bytes
    identity_signature: bytes

    @property
    def statement(self) -> bytes:
        """What both signatures cover."""
        return enrolment_statement(self.token_id, self.site, self.csr_pem, self.identity_key)


class Enrolment:
    """Issues tokens and redeems them.

    Parameters
    ----------
    database
        Where tokens and members are.
    authority
        Signs the certificates.
    collaborative
        Its id.
    """

    def __init__(
        self, database: Database, authority: CertificateAuthority, collaborative: str
    ) -> None:
        self._database = database
        self._authority = authority
        self._collaborative = collaborative

    def invite(self, site: str, name: str, address: str, now: datetime, hours: float) -> Token:
        """Return a new token for a site; only its public key is kept.

        Raises
        ------
        ConfigurationError
            When the site's name cannot be used.
        PolicyError
            When the members are settled and the site is none of them.
        """
        if not SITE_NAME.fullmatch(site):
            raise ConfigurationError(
                f"site {site!r}: expected up to 64 letters, digits, '.', '_' or '-', "
                "starting with a letter or digit"
            )
        token = Token(
            address=address,
            collaborative=self._collaborative,
            site=site,
            token_id=secrets.token_hex(8),
            secret=secrets.token_bytes(SECRET_BYTES),
            ca_fingerprint=self._authority.fingerprint,
        )
        public = token.key().public_key().public_bytes_raw()
        expires = now.timestamp() + hours * 3600
        row = TokenRow(token.token_id, site, name or site, public, expires, None)
        with self._database.transaction() as connection:
            roster = settled_roster(connection)
            if roster is not None and site not in roster.identities:
                raise PolicyError(
                    f"site {site!r} is not in the roster that members have signed, and joining "
                    "later is not possible yet"
                )
            add_token(connection, row)
        return token

    def enrol(self, request: Request, now: datetime) -> Issued:
        """Redeem a token: record the member and return its certificate.

        Raises
        ------
        EnrolmentRefusedError
            When the token or the request is not acceptable; nothing was changed.
        """
        with self._database.transaction() as connection:
            token = _admissible(connection, request, now.timestamp())
            _check_signatures(request, token)
            _check_identity(connection, request)
            certificate = self._issue(request, now)
            use_token(connection, token.id, now.timestamp())
            put_member(connection, token.site, token.name, request.identity_key, certificate)
        return certificate

    def _issue(self, request: Request, now: datetime) -> Issued:
        try:
            return self._authority.issue_site(
                request.csr_pem, request.site, self._collaborative, now
            )
        except ValueError as error:
            raise EnrolmentRefusedError(
                Refusal.MALFORMED, f"the certificate request is not acceptable: {error}"
            ) from error


def _admissible(connection: Connection, request: Request, now: float) -> TokenRow:
    token = find_token(connection, request.token_id)
    if token is None:
        raise EnrolmentRefusedError(
            Refusal.UNKNOWN, "this aggregator does not know the token; ask the operator for one"
        )
    if token.site != request.site:
        raise EnrolmentRefusedError(
            Refusal.OTHER_SITE,
            f"the token is for site {token.site!r}, not for {request.site!r}; check the "
            "configured site, or ask the operator for a token for it",
        )
    if token.used is not None:
        raise EnrolmentRefusedError(
            Refusal.USED,
            f"the token was used already, on {_date(token.used)}; if that was not you, tell the "
            "operator at once; else ask for a new one",
        )
    if token.expires <= now:
        raise EnrolmentRefusedError(
            Refusal.EXPIRED,
            f"the token expired on {_date(token.expires)}; ask the operator for a new one",
        )
    return token


def _check_signatures(request: Request, token: TokenRow) -> None:
    if not _holds(token.public_key, request.token_proof, request.statement):
        raise EnrolmentRefusedError(
            Refusal.UNKNOWN, "the proof of the token does not verify; copy the whole token again"
        )
    if not _holds(request.identity_key, request.identity_signature, request.statement):
        raise EnrolmentRefusedError(
            Refusal.MALFORMED, "the request is not signed by the identity key it carries"
        )


def _check_identity(connection: Connection, request: Request) -> None:
    roster = settled_roster(connection)
    if roster is None:
        return
    if roster.identities.get(request.site) != request.identity_key:
        raise EnrolmentRefusedError(
            Refusal.OTHER_SITE,
            f"the signed roster does not list site {request.site!r} with this identity key; a "
            "member keeps its identity key for ever, and joining later is not possible yet",
        )


def _holds(key: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _date(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
