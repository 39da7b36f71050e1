"""What enrolment left behind: the certificate, the pinned root and where to dial."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from fedqi.errors import ConfigurationError, TransportError
from site_agent.identity import SiteKeys, load_keys
from site_agent.journal import canonical_json, replace_file
from site_agent.relay import Trust
from site_agent.state import StateDirectory

ENROLMENT_FILE = "enrolment.json"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Names that the aggregator gave at enrolment."""

    site: str
    collaborative: str
    federation_address: str


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """Everything a connection needs; without a printable form because it holds the keys."""

    enrolment: Enrolment
    keys: SiteKeys
    certificate_pem: bytes
    authority_pem: bytes

    @property
    def expires(self) -> datetime:
        """When the site's certificate expires (UTC)."""
        return _certificate(self.certificate_pem, Path("certificate")).not_valid_after_utc

    @property
    def relayed(self) -> Trust:
        """What a relayed connection needs."""
        root = _certificate(self.authority_pem, Path("root certificate"))
        return Trust(self.keys, self.certificate_pem, root.fingerprint(hashes.SHA256()))


def store_enrolment(
    state: StateDirectory, enrolment: Enrolment, certificate_pem: bytes, authority_pem: bytes
) -> None:
    """Keep what enrolment returned; the name file comes last, so half an enrolment is none."""
    replace_file(state.authority, authority_pem)
    replace_file(state.certificate, certificate_pem)
    replace_file(state.root / ENROLMENT_FILE, canonical_json(asdict(enrolment)))


def load_credentials(state: StateDirectory, site: str) -> Credentials:
    """Load everything a connection needs.

    Raises
    ------
    ConfigurationError
        If the site has not been enrolled, or the state directory belongs to another site.
    """
    path = state.root / ENROLMENT_FILE
    try:
        enrolment = Enrolment(**json.loads(path.read_bytes()))
        certificate, authority = state.certificate.read_bytes(), state.authority.read_bytes()
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"{error.filename}: not found; enrol this site first with 'fedqi-site enrol TOKEN'"
        ) from None
    except (ValueError, TypeError):
        raise ConfigurationError(f"{path}: damaged; enrol this site again") from None
    if enrolment.site != site:
        raise ConfigurationError(
            f"{path}: found the enrolment of site {enrolment.site!r}, expected {site!r} as in the "
            "configuration; one state directory serves one site"
        )
    for pem, file in ((certificate, state.certificate), (authority, state.authority)):
        _certificate(pem, file)
    return Credentials(enrolment, load_keys(state.keys), certificate, authority)


def check_certificate(credentials: Credentials, now: datetime) -> None:
    """Refuse to dial with a certificate that is expired or not valid yet.

    Raises
    ------
    TransportError
        In words that say what to ask of whom.
    """
    certificate = _certificate(credentials.certificate_pem, Path("certificate"))
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if now > ends:
        raise TransportError(
            f"the certificate of site {credentials.enrolment.site} expired on {ends:%Y-%m-%d %H:%M}"
            " UTC; ask the aggregator's operator for a new token and run 'fedqi-site enrol TOKEN'"
        )
    if now < begins:
        raise TransportError(
            f"the certificate of site {credentials.enrolment.site} is valid from "
            f"{begins:%Y-%m-%d %H:%M} UTC, but this machine's clock shows {now:%Y-%m-%d %H:%M} UTC;"
            " set the clock"
        )


def check_issued(certificate_pem: bytes, keys: SiteKeys, site: str) -> None:
    """Check that an issued certificate is for this site and this key.

    Raises
    ------
    TransportError
        If it is not; the aggregator's operator must act.
    """
    certificate = _certificate(certificate_pem, Path("the certificate received"))
    names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    if certificate.public_key() != keys.tls.public_key() or [n.value for n in names] != [site]:
        raise TransportError(
            f"the certificate received is not for site {site!r} and its key; nothing was stored; "
            "tell the aggregator's operator"
        )


def utc_now() -> datetime:
    """Return this machine's clock, in UTC."""
    return datetime.now(UTC)


def _certificate(pem: bytes, path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(pem)
    except ValueError:
        raise ConfigurationError(f"{path}: not a certificate in PEM; enrol again") from None
