"""What must be durable at a site before the session goes on.

The session hands out an entry and waits; the driver stores it and confirms. Only then the
message that depends on it leaves.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AtomsOpened:
    """Free atoms become open; before the masked input of an open step leaves.

    Parameters
    ----------
    job, attempt
        Name the attempt.
    atoms
        Those this site contributes to and that were free.
    u1_digest
        Digest of the adverts of U1, 32 bytes; a certificate or receipts must match it.
    holders
        Those that this site drew, and itself, sorted: only their statements and receipts
        count. Empty in the complete graph, where all of U1 are its holders.
    """

    job: str
    attempt: int
    atoms: tuple[str, ...]
    u1_digest: bytes
    holders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AtomsBound:
    """Open atoms become bound, for ever; before the unmasking is answered.

    Parameters
    ----------
    job, attempt
        Name the attempt.
    offering
        Atom -> its K, sorted: the only set it will ever be summed over. Only atoms that this
        site opened.
    """

    job: str
    attempt: int
    offering: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class UnmaskingAnswered:
    """The site answers the unmasking; from here on it signs no discard receipt."""

    job: str
    attempt: int


@dataclass(frozen=True, slots=True)
class ReceiptSigned:
    """The site signs a discard receipt; from here on it answers no unmasking."""

    job: str
    attempt: int


@dataclass(frozen=True, slots=True)
class AtomsFreed:
    """Open atoms become free again: a certificate omits this site, or t receipts exist.

    Parameters
    ----------
    job, attempt
        Name the attempt that had opened them.
    atoms
        Those freed.
    """

    job: str
    attempt: int
    atoms: tuple[str, ...]


Entry = AtomsOpened | AtomsBound | UnmaskingAnswered | ReceiptSigned | AtomsFreed
