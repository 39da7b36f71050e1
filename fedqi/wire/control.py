"""What agents and aggregator tell each other about jobs and attempts.

These frame the messages of the secure aggregation (:mod:`fedqi.secagg.messages`). Programs
handle these values; only :mod:`fedqi.wire.convert` knows how they look as protobuf.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from fedqi.secagg.messages import (
    Advert,
    AggregatorMessage,
    Certificate,
    DiscardReceipt,
    SiteMessage,
)
from fedqi.secagg.parameters import AttemptMode

PROTOCOL_VERSION = 1
PROTOCOL_METADATA = "fedqi-protocol"


class JobOutcome(StrEnum):
    """How a job came to its end."""

    PUBLISHED = "published"
    PARTIAL = "partial"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Intent:
    """The site has frozen its input and takes part; signed over :func:`intent_statement`."""

    site: str
    atoms: tuple[str, ...]  # those it offers, in the order of the job
    frozen_input: bytes  # SHA-256
    plan: bytes  # SHA-256 of the job's spec
    signature: bytes


@dataclass(frozen=True, slots=True)
class Decline:
    """The site does not take part in the job."""

    reason: str


@dataclass(frozen=True, slots=True)
class AttemptLost:
    """The agent has no session for the attempt (any more); nobody need wait for it."""

    reason: str


@dataclass(frozen=True, slots=True)
class JobAnnouncement:
    """A job may be joined; ``spec`` is its canonical JSON."""

    spec: bytes


@dataclass(frozen=True, slots=True)
class JoiningClosed:
    """Who joined, who declined."""

    joined: tuple[str, ...]
    declined: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AttemptOpened:
    """An attempt begins; a certificate comes with a closed attempt after an open step."""

    mode: AttemptMode
    participants: tuple[str, ...]
    certificate: Certificate | None = None


@dataclass(frozen=True, slots=True)
class ReceiptRequest:
    """Please sign a discard receipt, unless the unmasking was answered."""


@dataclass(frozen=True, slots=True)
class AttemptEnded:
    """The attempt is over and its secrets may be erased.

    Receipts of t holders, or a certificate that omits a site, free the atoms it had opened; a
    certificate that lists it binds them.
    """

    reason: str
    receipts: tuple[DiscardReceipt, ...] = ()
    certificate: Certificate | None = None
    adverts: tuple[Advert, ...] = ()  # of U1, with the receipts: they name the holders


@dataclass(frozen=True, slots=True)
class JobEnded:
    """The job is over: what was released, or why nothing was.

    The outcome ``partial`` releases the totals that were accepted before sites stayed away, and
    what is complete in them.
    """

    outcome: JobOutcome
    reason: str
    result: bytes = b""  # JSON; empty when nothing was released
    cohort: tuple[str, ...] = ()
    offering: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    totals: tuple[bytes, ...] = ()  # one per released step, little-endian uint64
    waiting_for: tuple[str, ...] = ()  # sites that did not come back


SiteBody = Intent | Decline | AttemptLost | SiteMessage
AggregatorBody = (
    JobAnnouncement
    | JoiningClosed
    | AttemptOpened
    | ReceiptRequest
    | AttemptEnded
    | JobEnded
    | AggregatorMessage
)


@dataclass(frozen=True, slots=True)
class SiteEnvelope:
    """One message of a site; ``attempt`` is 0 for messages about the job."""

    job: str
    attempt: int
    body: SiteBody
    protocol_version: int = PROTOCOL_VERSION


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message to a site; ``sequence`` grows strictly within a site."""

    sequence: int
    job: str
    attempt: int
    body: AggregatorBody
    protocol_version: int = PROTOCOL_VERSION


def intent_statement(
    collaborative: str, job: str, site: str, atoms: tuple[str, ...], frozen: bytes, plan: bytes
) -> bytes:
    """Return the bytes that an intent's signature covers."""
    content = {
        "atoms": list(atoms),
        "collaborative": collaborative,
        "frozen_input": frozen.hex(),
        "job": job,
        "plan": plan.hex(),
        "site": site,
    }
    return _tagged("fedqi/v1/intent", content)


def enrolment_statement(token_id: str, site: str, csr_pem: bytes, identity_key: bytes) -> bytes:
    """Return the bytes that both signatures of an enrolment request cover."""
    content = {
        "csr": csr_pem.decode("ascii", "backslashreplace"),
        "identity_key": identity_key.hex(),
        "site": site,
        "token": token_id,
    }
    return _tagged("fedqi/v1/enrolment", content)


def _tagged(tag: str, content: Mapping[str, object]) -> bytes:
    document = {"content": content, "tag": tag}
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()
