"""The audit ledger: a hash-chained log of everything that left the site, never of a figure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fedqi.disclosure.chain import Chain, read_chain
from fedqi.errors import LocalProtocolError, PolicyError

AUDIT_TAG = b"fedqi/v1/audit"

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Departure:
    """One message that left: what it was and the hash of its bytes, not what it said.

    Parameters
    ----------
    time
        UTC, as the site's clock told it; the order of entries does not rest on it.
    kind
        Kind of message, one word: ``intent``, ``advert``, ``masked_input``, ...
    job
        The job it belonged to.
    attempt
        Number of the attempt, or None before any.
    step
        Number of the secure sum, or None outside one.
    digest
        SHA-256 of the bytes that left, 32 bytes.
    size
        How many bytes left.
    """

    time: datetime
    kind: str
    job: str
    attempt: int | None
    step: int | None
    digest: bytes
    size: int

    def __post_init__(self) -> None:
        # One word each: free text could carry a figure into the log.
        words = all(_WORD.fullmatch(word) for word in (self.kind, self.job))
        utc = self.time.utcoffset() == timedelta(0)
        if not (words and utc and len(self.digest) == 32 and self.size >= 0):
            raise LocalProtocolError(
                f"audit ledger: kind {self.kind!r}, job {self.job!r}, time {self.time}, digest of "
                f"{len(self.digest)} bytes, size {self.size}; expected one word each, UTC, 32 "
                "bytes and no negative size; the calling program must act"
            )


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """A departure at its place in the ledger."""

    sequence: int
    head: bytes  # hash of this entry and all before it, 32 bytes
    departure: Departure


@dataclass(frozen=True, slots=True)
class AuditLedger:
    """The end of a ledger; the lines themselves are its driver's.

    Parameters
    ----------
    chain
        Number of entries and hash of all of them.
    """

    chain: Chain = field(default_factory=lambda: Chain.empty(AUDIT_TAG))

    def append(self, departure: Departure) -> tuple["AuditLedger", str]:
        """Log a departure.

        Parameters
        ----------
        departure
            What is leaving.

        Returns
        -------
        AuditLedger
            The ledger with it.
        str
            The line to store, without line break.
        """
        chain, line = self.chain.append(
            {
                "time": departure.time.isoformat(timespec="microseconds"),
                "kind": departure.kind,
                "job": departure.job,
                "attempt": departure.attempt,
                "step": departure.step,
                "digest": departure.digest.hex(),
                "bytes": departure.size,
            }
        )
        return AuditLedger(chain), line

    @classmethod
    def load(cls, lines: Iterable[str]) -> tuple["AuditLedger", tuple[AuditEntry, ...]]:
        """Verify and read stored lines.

        Parameters
        ----------
        lines
            In the order written.

        Returns
        -------
        AuditLedger
            The ledger after the last line.
        tuple of AuditEntry
            All entries.

        Raises
        ------
        PolicyError
            Naming the first entry that is not what was written.
        """
        ledger, entries = cls(), []
        for chain, body in read_chain(AUDIT_TAG, lines):
            entries.append(AuditEntry(chain.count, chain.head, _departure(chain.count, body)))
            ledger = cls(chain)
        return ledger, tuple(entries)


def _departure(sequence: int, body: dict[str, object]) -> Departure:
    try:
        match body:
            case {
                "time": str(time), "kind": str(kind), "job": str(job), "digest": str(digest),
                "attempt": int() | None as attempt, "step": int() | None as step,
                "bytes": int(size),
            }:  # fmt: skip
                moment, content = datetime.fromisoformat(time), bytes.fromhex(digest)
                return Departure(moment, kind, job, attempt, step, content, size)
    except (ValueError, LocalProtocolError):
        pass
    raise PolicyError(
        f"audit ledger, entry {sequence}: not an entry that this release writes; the site must "
        "read it with the release that wrote it"
    )
