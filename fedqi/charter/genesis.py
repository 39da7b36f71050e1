"""Genesis: the first charter, roster and programme, signed by every member."""

from hashlib import sha256
from typing import Annotated

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import StringConstraints

from fedqi.charter.canonical import Document
from fedqi.charter.documents import Charter, Identifier, Programme, Roster
from fedqi.charter.periods import is_finer
from fedqi.errors import PolicyError

GENESIS_TAG = b"fedqi/v1/genesis"

Signature = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{128}$")]
"""An Ed25519 signature, lower-case hexadecimal."""


class Genesis(Document):
    """The three documents with the members' signatures; `verify_genesis` says if they hold.

    Parameters
    ----------
    signatures
        Site to its signature; may be incomplete while it is being collected.
    """

    charter: Charter
    roster: Roster
    programme: Programme
    signatures: dict[Identifier, Signature]

    @property
    def signed_digest(self) -> bytes:
        """What every member signs and pins, 32 bytes; it does not cover the signatures."""
        return genesis_digest(self.charter, self.roster, self.programme)

    @property
    def unsigned(self) -> tuple[str, ...]:
        """The members whose signatures are missing, sorted."""
        return tuple(sorted(set(self.roster.identities) - set(self.signatures)))


def genesis_digest(charter: Charter, roster: Roster, programme: Programme) -> bytes:
    """Hash the three documents together.

    Parameters
    ----------
    charter, roster, programme
        The documents.

    Returns
    -------
    bytes
        SHA-256(``"fedqi/v1/genesis"`` || charter hash || roster hash || programme hash).
    """
    return sha256(GENESIS_TAG + charter.sha256 + roster.sha256 + programme.sha256).digest()


def check_documents(charter: Charter, roster: Roster, programme: Programme) -> None:
    """Check that the three documents belong together.

    Parameters
    ----------
    charter, roster, programme
        The documents.

    Raises
    ------
    PolicyError
        If the roster or programme names another charter, a member is in no segment, a measure
        has a lineage that the charter does not list, or a planned period is finer than the
        charter allows.
    """
    expected = charter.sha256.hex()
    for name, found in (("roster", roster.charter), ("programme", programme.charter)):
        if found != expected:
            raise PolicyError(
                f"{name}: made for charter {found}, but this charter's hash is {expected}; "
                f"the coordinating centre must make the {name} again"
            )
    _check_segments(charter, roster)
    for measure in programme.measures:
        if measure.lineage not in charter.lineages:
            raise PolicyError(
                f"programme: measure {measure.id} has lineage {measure.lineage!r}, the charter "
                f"lists {', '.join(charter.lineages)}; the coordinating centre must correct it"
            )
    _check_planned_periods(charter, programme)


def _check_segments(charter: Charter, roster: Roster) -> None:
    if charter.segments == "*":
        return
    members, divided = set(roster.identities), {s for each in charter.segments for s in each.sites}
    faults = (
        ("in no segment", sorted(members - divided)),
        ("no members, but in a segment", sorted(divided - members)),
    )
    found = [f"{what}: {', '.join(sites)}" for what, sites in faults if sites]
    if found:
        raise PolicyError(
            f"charter: {'; '.join(found)}; the segments must hold every member once, so the "
            "coordinating centre must correct them"
        )


def _check_planned_periods(charter: Charter, programme: Programme) -> None:
    for collection in programme.collections:
        periods = () if collection.periods == "any" else collection.periods
        finer = [period for period in periods if is_finer(period, charter.finest_period)]
        if finer:
            raise PolicyError(
                f"programme: collection {collection.id} plans {', '.join(finer)}, finer than the "
                f"charter's {charter.finest_period}; the coordinating centre must correct it"
            )


def sign_genesis(
    charter: Charter,
    roster: Roster,
    programme: Programme,
    site: str,
    identity: Ed25519PrivateKey,
) -> str:
    """Sign the three documents as one member.

    Parameters
    ----------
    charter, roster, programme
        The documents.
    site
        The member that signs.
    identity
        Its identity key.

    Returns
    -------
    str
        The signature, 128 hexadecimal digits.

    Raises
    ------
    PolicyError
        If the documents do not belong together or the roster does not list this site with
        this key.
    """
    check_documents(charter, roster, programme)
    if roster.identities.get(site) != identity.public_key().public_bytes_raw():
        raise PolicyError(
            f"roster: site {site} is not listed with the identity key at hand; the site must "
            "tell the coordinating centre its fingerprint before it signs"
        )
    return identity.sign(_signed_bytes(genesis_digest(charter, roster, programme))).hex()


def verify_genesis(genesis: Genesis) -> None:
    """Check that the documents belong together and that every member signed them.

    Parameters
    ----------
    genesis
        Documents and signatures, from an untrusted party.

    Raises
    ------
    PolicyError
        If the documents do not fit, or naming every member whose signature is missing or
        wrong and every signature of a stranger.
    """
    check_documents(genesis.charter, genesis.roster, genesis.programme)
    identities = genesis.roster.identities
    message = _signed_bytes(genesis.signed_digest)
    signed = set(genesis.signatures)
    wrong = [
        site for site in sorted(signed & set(identities))
        if not _holds(identities[site], genesis.signatures[site], message)
    ]  # fmt: skip
    faults = (
        ("not signed by", sorted(set(identities) - signed)),
        ("wrong signature of", wrong),
        ("signed by strangers to the roster", sorted(signed - set(identities))),
    )
    found = [f"{what} {', '.join(sites)}" for what, sites in faults if sites]
    if found:
        raise PolicyError(
            f"genesis: {'; '.join(found)}; a valid signature of each of the {len(identities)} "
            "members is expected; these sites and the coordinating centre must act"
        )


def _signed_bytes(digest: bytes) -> bytes:
    # The tag stands before the digest too: the identity key also signs protocol messages.
    return GENESIS_TAG + digest


def _holds(key: bytes, signature: str, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(bytes.fromhex(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True
