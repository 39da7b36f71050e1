"""The state of an atom, and of an attempt, at one site; every transition in one table each."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import ClassVar

COHORT_TAG = b"fedqi.secagg/1/set"


def cohort_digest(sites: Iterable[str]) -> bytes:
    """Hash a set of sites, to the same bytes as the adverts of secure aggregation carry.

    Parameters
    ----------
    sites
        Names, in any order.

    Returns
    -------
    bytes
        SHA-256(text ``"fedqi.secagg/1/set"`` || number of sites || for each site in order of
        its code points: text of its name); a text is the length of its UTF-8 and its UTF-8,
        lengths and numbers are 4 bytes big-endian.
    """
    names = [site.encode() for site in sorted(set(sites))]
    fields = b"".join(_sized(name) for name in names)
    return sha256(_sized(COHORT_TAG) + len(names).to_bytes(4, "big") + fields).digest()


def _sized(text: bytes) -> bytes:
    return len(text).to_bytes(4, "big") + text


class AtomPhase(StrEnum):
    """The four states of an atom at a site."""

    FREE = "free"
    OPEN = "open"
    BOUND = "bound"
    GIVEN_UP = "given up"


class AtomEvent(StrEnum):
    """What can happen to an atom."""

    OPEN = "masked input is about to be sent"
    BIND = "t statements list the site"
    BIND_AGAIN = "the same set K is proven again"
    FREE = "t statements omit the site, or t receipts"
    GIVE_UP = "the hospital gives it up"


ATOM_TRANSITIONS: dict[tuple[AtomPhase, AtomEvent], AtomPhase] = {
    (AtomPhase.FREE, AtomEvent.OPEN): AtomPhase.OPEN,
    (AtomPhase.FREE, AtomEvent.GIVE_UP): AtomPhase.GIVEN_UP,
    (AtomPhase.OPEN, AtomEvent.BIND): AtomPhase.BOUND,
    (AtomPhase.OPEN, AtomEvent.FREE): AtomPhase.FREE,
    (AtomPhase.OPEN, AtomEvent.GIVE_UP): AtomPhase.GIVEN_UP,
    (AtomPhase.BOUND, AtomEvent.BIND_AGAIN): AtomPhase.BOUND,
}
"""Every permitted transition of an atom; what is not here is refused."""


class AttemptPhase(StrEnum):
    """What a site has recorded of one attempt."""

    NEW = "nothing recorded"
    OPENED = "masked input recorded"
    DISCARDED = "receipt signed"
    ANSWERED = "unmasking answered"


class AttemptEvent(StrEnum):
    """What a site can do in one attempt."""

    OPEN = "open atoms"
    SIGN_RECEIPT = "sign a discard receipt"
    ANSWER = "answer the unmasking"


ATTEMPT_TRANSITIONS: dict[tuple[AttemptPhase, AttemptEvent], AttemptPhase] = {
    (AttemptPhase.NEW, AttemptEvent.OPEN): AttemptPhase.OPENED,
    (AttemptPhase.NEW, AttemptEvent.SIGN_RECEIPT): AttemptPhase.DISCARDED,
    (AttemptPhase.NEW, AttemptEvent.ANSWER): AttemptPhase.ANSWERED,
    (AttemptPhase.OPENED, AttemptEvent.SIGN_RECEIPT): AttemptPhase.DISCARDED,
    (AttemptPhase.OPENED, AttemptEvent.ANSWER): AttemptPhase.ANSWERED,
    (AttemptPhase.DISCARDED, AttemptEvent.SIGN_RECEIPT): AttemptPhase.DISCARDED,
}
"""Every permitted transition of an attempt; what is not here is refused.

A site that offers no atom opens none, hence NEW to ANSWERED.
"""


@dataclass(frozen=True, slots=True)
class Free:
    """Nothing of it has left the site, or it is proven that nothing was unmasked."""

    phase: ClassVar[AtomPhase] = AtomPhase.FREE


@dataclass(frozen=True, slots=True)
class Open:
    """A masked input over it was about to leave; whether it was unmasked is not known here."""

    job: str
    attempt: int
    u1_digest: bytes  # 32 bytes
    holders: tuple[str, ...] = ()  # whose statements and receipts count; empty: all of U1
    phase: ClassVar[AtomPhase] = AtomPhase.OPEN


@dataclass(frozen=True, slots=True)
class Bound:
    """It is summed over exactly these sites for ever."""

    sites: tuple[str, ...]  # K, sorted
    phase: ClassVar[AtomPhase] = AtomPhase.BOUND

    @property
    def digest(self) -> bytes:
        """Digest of K, 32 bytes."""
        return cohort_digest(self.sites)


@dataclass(frozen=True, slots=True)
class GivenUpState:
    """The hospital never offers it again."""

    phase: ClassVar[AtomPhase] = AtomPhase.GIVEN_UP


AtomState = Free | Open | Bound | GivenUpState
