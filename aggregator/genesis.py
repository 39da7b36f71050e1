"""The founding documents: drafted once from the enrolled members, then signed by each of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, delete, insert, select

from aggregator.members import MemberRow
from aggregator.tables import documents, measures, signatures
from fedqi.charter import (
    Charter,
    Collection,
    Genesis,
    Member,
    PlannedMeasure,
    Programme,
    Roster,
    check_documents,
    read_document,
)
from fedqi.charter.genesis import GENESIS_TAG
from fedqi.errors import ConfigurationError, PolicyError

KINDS: tuple[tuple[str, type[Any]], ...] = (
    ("charter", Charter),
    ("roster", Roster),
    ("programme", Programme),
)
LARGEST_MEASURE = 1_000_000  # bytes; it travels in one message


@dataclass(frozen=True, slots=True)
class MeasureDocument:
    """A measure of the programme: what is planned, and its canonical JSON."""

    planned: PlannedMeasure
    body: bytes


def draft(
    rules: Mapping[str, Any],
    enrolled: Sequence[MemberRow],
    planned: Sequence[MeasureDocument],
    collections: Sequence[Collection],
) -> Genesis:
    """Return the founding documents, not signed yet.

    Parameters
    ----------
    rules
        Keys of the charter, without the lineages.
    enrolled
        The members.
    planned
        The measures.
    collections
        What may run together.
    """
    lineages = tuple(dict.fromkeys(measure.planned.lineage for measure in planned))
    charter = read_document(Charter, {**rules, "lineages": lineages})
    founding = charter.sha256.hex()
    members = tuple(
        Member(site=row.site, name=row.name, identity_key=row.identity_key.hex())
        for row in enrolled
    )
    roster = Roster(charter=founding, members=members)
    programme = Programme(
        charter=founding,
        measures=tuple(measure.planned for measure in planned),
        collections=tuple(collections),
    )
    check_documents(charter, roster, programme)
    return Genesis(charter=charter, roster=roster, programme=programme, signatures={})


def store_draft(
    connection: Connection, genesis: Genesis, planned: Sequence[MeasureDocument]
) -> None:
    """Store the documents and the measures they name; a draft that nobody signed is replaced.

    Raises
    ------
    ConfigurationError
        When a member has signed founding documents already, or a measure is too large.
    """
    # Until somebody has signed, a draft binds nobody: a forgotten site or a wrong rule can be
    # put right without founding the collaborative anew.
    if connection.execute(select(signatures)).first() is not None:
        raise ConfigurationError(
            "members have signed the founding documents; they do not change any more (see "
            "`fedqi-aggregator genesis` without files)"
        )
    connection.execute(delete(documents))
    connection.execute(delete(measures))
    for kind, _ in KINDS:
        body = getattr(genesis, kind).canonical()
        connection.execute(insert(documents).values(kind=kind, body=body))
    for measure in planned:
        _store_measure(connection, measure)


def _store_measure(connection: Connection, measure: MeasureDocument) -> None:
    if len(measure.body) > LARGEST_MEASURE:
        raise ConfigurationError(
            f"measure {measure.planned.id}: {len(measure.body)} bytes as JSON, "
            f"at most {LARGEST_MEASURE} are possible"
        )
    row = {"id": measure.planned.id, "version": measure.planned.version, "body": measure.body}
    connection.execute(insert(measures).values(**row))


def load_genesis(connection: Connection) -> Genesis | None:
    """Return the documents with the signatures so far, or None before they are drafted."""
    bodies = {row.kind: row.body for row in connection.execute(select(documents))}
    if not bodies:
        return None
    parts = {kind: read_document(model, bodies[kind]) for kind, model in KINDS}
    signed = {row.site: row.signature.hex() for row in connection.execute(select(signatures))}
    return Genesis(**parts, signatures=signed)


def settled_roster(connection: Connection) -> Roster | None:
    """Return the roster once a member has signed it, or None before: it may still change."""
    genesis = load_genesis(connection)
    return genesis.roster if genesis is not None and genesis.signatures else None


def is_complete(genesis: Genesis) -> bool:
    """Whether every member has signed."""
    return set(genesis.signatures) == set(genesis.roster.identities)


def add_signature(connection: Connection, site: str, signature: bytes) -> bool:
    """Store a member's signature; return whether all have signed now.

    Raises
    ------
    PolicyError
        When there is nothing to sign, the site is no member, or the signature does not verify.
    """
    genesis = load_genesis(connection)
    if genesis is None or site not in genesis.roster.identities:
        raise PolicyError(f"site {site} has no founding documents to sign; ask the operator")
    key = Ed25519PublicKey.from_public_bytes(genesis.roster.identities[site])
    try:
        key.verify(signature, GENESIS_TAG + genesis.signed_digest)
    except InvalidSignature as error:
        raise PolicyError(
            f"the signature of site {site} does not fit the founding documents"
        ) from error
    if site not in genesis.signatures:
        connection.execute(insert(signatures).values(site=site, signature=signature))
    return set(genesis.signatures) | {site} == set(genesis.roster.identities)


def load_measure_body(connection: Connection, name: str, version: str) -> bytes | None:
    """Return the canonical JSON of a measure."""
    query = select(measures.c.body).where(measures.c.id == name, measures.c.version == version)
    return connection.execute(query).scalar_one_or_none()


def load_measure_bodies(connection: Connection) -> dict[tuple[str, str], bytes]:
    """Return the canonical JSON of every measure, by id and version."""
    return {(row.id, row.version): row.body for row in connection.execute(select(measures))}
