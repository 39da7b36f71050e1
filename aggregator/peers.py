"""Who is calling: the site that the client certificate names, if it is still admitted."""

import time
from collections.abc import Callable, Iterable, Mapping

from cryptography import x509
from cryptography.x509.oid import NameOID

from aggregator.database import Database, StorageError
from aggregator.members import SEEN_EVERY, find_member, mark_seen
from fedqi.errors import PolicyError


class UnknownPeerError(PolicyError):
    """The caller is not a site of this collaborative, or not any more."""


class Peers:
    """Admits callers by their certificates, checked on every call.

    Parameters
    ----------
    database
        Holds the members.
    wall
        Seconds since 1970.
    """

    def __init__(self, database: Database, wall: Callable[[], float] = time.time) -> None:
        self._database = database
        self._wall = wall

    def admit(self, context: Mapping[str, Iterable[bytes]]) -> str:
        """Return the site of a call's authentication context.

        Raises
        ------
        UnknownPeerError
            When the certificate is missing, of an unknown or revoked site, replaced, or expired.
        """
        certificate = _certificate(context)
        site = _common_name(certificate)
        with self._database.reading() as connection:
            member = find_member(connection, site)
        if member is None:
            raise UnknownPeerError(f"site {site!r} is not enrolled here; ask the operator")
        if member.revoked:
            raise UnknownPeerError(f"site {site!r} was revoked; ask the operator")
        if member.serial != f"{certificate.serial_number:x}":
            raise UnknownPeerError(
                f"site {site!r} has enrolled again since; use its newer certificate"
            )
        # TLS looks at it when a connection begins; a connection may outlive it.
        if certificate.not_valid_after_utc.timestamp() < self._wall():
            raise UnknownPeerError(
                f"the certificate of site {site!r} expired on "
                f"{certificate.not_valid_after_utc:%Y-%m-%d %H:%M} UTC; ask the operator for a "
                "new token and enrol again"
            )
        self._see(site, member.last_seen)
        return site

    def _see(self, site: str, before: float | None) -> None:
        now = self._wall()
        if before is not None and 0 <= now - before < SEEN_EVERY:
            return
        try:
            with self._database.transaction() as connection:
                mark_seen(connection, site, now)
        except StorageError:
            return  # a full disk stops submissions, with a reason; it need not stop polls


def _certificate(context: Mapping[str, Iterable[bytes]]) -> x509.Certificate:
    pem = next(iter(context.get("x509_pem_cert", ())), None)
    if pem is None:
        raise UnknownPeerError("the call shows no client certificate; enrol first")
    return x509.load_pem_x509_certificate(pem)


def _common_name(certificate: x509.Certificate) -> str:
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else ""
