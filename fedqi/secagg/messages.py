"""The messages of one attempt, as immutable values.

The wire format mirrors them field by field (``protos/fedqi/wire/v1``); signatures are over
the canonical encodings of :mod:`fedqi.secagg.canonical`, never over protobuf bytes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Declared(StrEnum):
    """What a site declares about an atom in its advert."""

    NONE = "none"
    FREE = "free"
    OPEN = "open"
    BOUND = "bound"


@dataclass(frozen=True, slots=True)
class AtomDeclaration:
    """State of one atom at one site.

    ``detail`` is empty for none and free, the name of the attempt (``"job/attempt"``, UTF-8)
    for open, the digest of K (32 bytes, :func:`fedqi.secagg.canonical.set_digest`) for bound.
    """

    atom: str
    state: Declared
    detail: bytes = b""


@dataclass(frozen=True, slots=True)
class Advert:
    """Round 0, site to all."""

    site: str
    sealing_key: bytes  # X25519 public key, 32 bytes
    mask_key: bytes  # X25519 public key, 32 bytes
    seed_commitment: bytes  # SHA-256, 32 bytes
    min_others: int
    uncounted: tuple[str, ...]  # members this site does not count yet, sorted
    atoms: tuple[AtomDeclaration, ...]  # in the order of the attempt's atoms
    history_counter: int
    history_head: bytes  # 32 bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class AdvertList:
    """Round 0, aggregator to the members of U1: every advert of U1, sorted by site."""

    adverts: tuple[Advert, ...]


@dataclass(frozen=True, slots=True)
class Shares:
    """Round 1, site to aggregator: a sealed pair of shares for each holder that it drew."""

    site: str
    sealed: Mapping[str, bytes]  # holder -> nonce || AES-256-GCM ciphertext
    signature: bytes


@dataclass(frozen=True, slots=True)
class SharesDelivery:
    """Round 1, aggregator to one member of U2: U2, and what was sealed for it in U2."""

    dealers: tuple[str, ...]  # U2, sorted
    sealed: Mapping[str, bytes]  # dealer -> sealed shares for the receiver


@dataclass(frozen=True, slots=True)
class MaskedInput:
    """Round 2, one per step: the masked vector, little-endian uint64."""

    site: str
    step: int  # 0 is the first step of the attempt
    peers: bytes  # whom it was masked against: bit i % 8 of byte i // 8 is the i-th of U1
    vector: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class SurvivorEntry:
    """One line of the list of U3: a site and the digest of its masked input and peers."""

    site: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Survivors:
    """Round 3, aggregator to the members of U3: U3 with the digests, sorted by site."""

    entries: tuple[SurvivorEntry, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """Round 3, site to its dealers in U3: it saw exactly this list. One per attempt."""

    site: str
    statement_digest: bytes  # over session, attempt, U1, active set, state, list
    dealers: bytes  # of whom it holds shares, a bitmap as of peers
    tags: Mapping[str, bytes]  # dealer -> HMAC-SHA256 under the pair's key
    signature: bytes


@dataclass(frozen=True, slots=True)
class StatementSet:
    """Round 4, aggregator to a member of U3: what lets it unmask."""

    statements: tuple[Statement, ...]  # of its holders
    inputs: Mapping[str, bytes] = field(default_factory=dict)
    """Sparse graph only: each of its dealers in U3 -> the signature of its masked input."""


@dataclass(frozen=True, slots=True)
class SelfMaskShare:
    """A share of the self-mask seed of a survivor."""

    share: bytes


@dataclass(frozen=True, slots=True)
class MaskKeyShare:
    """A share of the mask secret key of a dropped site."""

    share: bytes


@dataclass(frozen=True, slots=True)
class Unmasking:
    """Round 4, site to aggregator: for each dealer one share, of one kind, never both."""

    site: str
    shares: Mapping[str, SelfMaskShare | MaskKeyShare]
    signature: bytes


@dataclass(frozen=True, slots=True)
class StepTranscript:
    """Round 5, aggregator to auditors: what a site needs to recompute the total itself."""

    step: int
    inputs: Sequence[MaskedInput]  # of the cohort, sorted by site; may be read on the way
    self_mask_seeds: Mapping[str, bytes]  # open step only: survivor -> 32-byte seed
    mask_secret_keys: Mapping[str, bytes]  # open step only: dropped dealer -> X25519 secret
    statements: tuple[Statement, ...]  # open step only
    total: bytes  # claimed total, little-endian uint64


@dataclass(frozen=True, slots=True)
class Verdict:
    """Round 5, site to all: it recomputed the total of a step and accepts it, or complains."""

    site: str
    step: int
    accepted: bool
    total_digest: bytes  # SHA-256 of the total it computed, or of the claimed one
    reason: str  # empty when accepted; else the check that failed
    signature: bytes


@dataclass(frozen=True, slots=True)
class AcceptedTotal:
    """Round 5, to members that are no auditors, at last to all: a total, and who accepted it."""

    step: int
    total: bytes  # little-endian uint64
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class DiscardReceipt:
    """Site to all: it has not answered the unmasking, has erased its secrets, never will answer."""

    site: str
    signature: bytes


@dataclass(frozen=True, slots=True)
class Certificate:
    """Proof that an open step ended in a set.

    Every advert of U1, the active set (U2), the list of U3 and at least t statements over it,
    checked by signature. It lets a member that was restarted bind its atoms and take part in
    the closed attempt over the same set.
    """

    job: str
    attempt: int
    session_hash: bytes
    adverts: tuple[Advert, ...]
    active_set: tuple[str, ...]
    state_hash: bytes
    survivors: Survivors
    statements: tuple[Statement, ...]


SiteMessage = Advert | Shares | MaskedInput | Statement | Unmasking | Verdict | DiscardReceipt
AggregatorMessage = (
    AdvertList | SharesDelivery | Survivors | StatementSet | StepTranscript | AcceptedTotal
)
