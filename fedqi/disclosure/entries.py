"""Entries of a site's release history: plain values, with their JSON form.

Each must be stored durably before the message that rests on it leaves the site.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from fedqi.errors import PolicyError

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class AtomsOpened:
    """The site is about to send a masked input of an open step over these free atoms."""

    job: str
    attempt: int
    atoms: tuple[str, ...]
    u1_digest: bytes  # SHA-256, 32 bytes
    holders: tuple[str, ...] = ()  # those drawn in the sparse graph; empty in the complete one

    def to_json(self) -> Json:
        """Return the entry as JSON values."""
        return {
            "kind": "opened",
            "job": self.job,
            "attempt": self.attempt,
            "atoms": list(self.atoms),
            "u1_digest": self.u1_digest.hex(),
            "holders": list(self.holders),
        }


@dataclass(frozen=True, slots=True)
class AtomsBound:
    """Enough statements list the site: each atom now belongs to its set K for ever."""

    job: str
    attempt: int
    offering: Mapping[str, tuple[str, ...]]  # atom -> K

    def to_json(self) -> Json:
        """Return the entry as JSON values; the sites of each K sorted."""
        return {
            "kind": "bound",
            "job": self.job,
            "attempt": self.attempt,
            "offering": {atom: sorted(set(sites)) for atom, sites in self.offering.items()},
        }


@dataclass(frozen=True, slots=True)
class AtomsFreed:
    """It is proven that the attempt released nothing of this site: the atoms are free again."""

    job: str
    attempt: int
    atoms: tuple[str, ...]

    def to_json(self) -> Json:
        """Return the entry as JSON values."""
        return {
            "kind": "freed",
            "job": self.job,
            "attempt": self.attempt,
            "atoms": list(self.atoms),
        }


@dataclass(frozen=True, slots=True)
class GivenUp:
    """The hospital's own choice: these atoms are declared "none" ever after."""

    atoms: tuple[str, ...]

    def to_json(self) -> Json:
        """Return the entry as JSON values."""
        return {"kind": "given_up", "atoms": list(self.atoms)}


@dataclass(frozen=True, slots=True)
class UnmaskingAnswered:
    """The site is about to send its shares of this attempt."""

    job: str
    attempt: int

    def to_json(self) -> Json:
        """Return the entry as JSON values."""
        return {"kind": "unmasking_answered", "job": self.job, "attempt": self.attempt}


@dataclass(frozen=True, slots=True)
class ReceiptSigned:
    """The site is about to promise that it never will answer this attempt's unmasking."""

    job: str
    attempt: int

    def to_json(self) -> Json:
        """Return the entry as JSON values."""
        return {"kind": "receipt_signed", "job": self.job, "attempt": self.attempt}


Entry = AtomsOpened | AtomsBound | AtomsFreed | GivenUp | UnmaskingAnswered | ReceiptSigned


def entry_from_json(value: Mapping[str, object]) -> Entry:
    """Read an entry back from its JSON form.

    Parameters
    ----------
    value
        What `to_json` gave.

    Returns
    -------
    Entry
        The entry.

    Raises
    ------
    PolicyError
        If it is none of the known entries; nothing may be released on a history that this
        release cannot read.
    """
    try:
        entry = _read(dict(value))
    except (KeyError, TypeError, ValueError, AttributeError):
        entry = None
    if entry is None or entry.to_json() != value:
        raise PolicyError(
            f"release history: entry of kind {str(value.get('kind'))[:40]!r} is not one that "
            "this release writes; the site must restore its history from a backup"
        )
    return entry


def _read(value: Json) -> Entry | None:
    match value:
        case {"kind": "opened", "u1_digest": str(digest)}:
            atoms, holders = _names(value["atoms"]), _names(value["holders"])
            return AtomsOpened(*_attempt(value), atoms, bytes.fromhex(digest), holders)
        case {"kind": "bound", "offering": dict(offering)}:
            sets = {atom: _names(sites) for atom, sites in offering.items()}
            return AtomsBound(*_attempt(value), MappingProxyType(sets))
        case {"kind": "freed"}:
            return AtomsFreed(*_attempt(value), _names(value["atoms"]))
        case {"kind": "given_up"}:
            return GivenUp(_names(value["atoms"]))
        case {"kind": "unmasking_answered"}:
            return UnmaskingAnswered(*_attempt(value))
        case {"kind": "receipt_signed"}:
            return ReceiptSigned(*_attempt(value))
    return None


def _attempt(value: Json) -> tuple[str, int]:
    job, attempt = value["job"], value["attempt"]
    if not isinstance(job, str) or not isinstance(attempt, int):
        raise TypeError("job must be text and attempt a number")
    return job, attempt


def _names(names: object) -> tuple[str, ...]:
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise TypeError("a list of names expected")
    return tuple(names)
