"""The two hash-chained records of a site: its release history, and what left the building."""

import hashlib
from collections.abc import Callable, Iterable
from typing import TypeVar

from fedqi.disclosure import AuditEntry, AuditLedger, Departure, Entry, ReleaseHistory
from fedqi.errors import PolicyError
from fedqi.secagg.messages import MaskedInput, Verdict
from fedqi.wire.control import SiteEnvelope
from fedqi.wire.convert import encode_site_envelope
from site_agent.credentials import utc_now
from site_agent.genesis import load_pinned
from site_agent.journal import Journal
from site_agent.state import StateDirectory

ReadT = TypeVar("ReadT")

KINDS: dict[str, str] = {
    "Intent": "intent",
    "Decline": "decline",
    "AttemptLost": "attempt_lost",
    "Advert": "advert",
    "Shares": "shares",
    "MaskedInput": "masked_input",
    "Statement": "statement",
    "Unmasking": "unmasking",
    "Verdict": "verdict",
    "DiscardReceipt": "discard_receipt",
}
"""Class of a message to its word in the ledger."""


def word_of(message: object) -> str:
    """Return the word for a site's message in events and in drills."""
    return KINDS[type(message).__name__].replace("_", "-")


class Records:
    """Both records of a site, read once and then extended.

    Parameters
    ----------
    state
        The state directory.

    Raises
    ------
    PolicyError
        If a chain is broken.
    """

    def __init__(self, state: StateDirectory) -> None:
        self._history_file = state.history
        self._ledger_file = state.ledger
        self.history = _load_history(state)
        self._ledger = _named(self._ledger_file, _load_ledger)

    def store(self, entry: Entry) -> None:
        """Add an entry to the release history; it is durable when this returns."""
        after = self.history.apply(entry)
        self._history_file.append(self.history.line(entry))
        self.history = after

    def depart(self, envelope: SiteEnvelope) -> Departure:
        """Log a message durably before it leaves; return what was logged."""
        data = encode_site_envelope(envelope)
        body = envelope.body
        departure = Departure(
            time=utc_now(),
            kind=KINDS[type(body).__name__],
            job=envelope.job,
            attempt=envelope.attempt or None,
            step=body.step if isinstance(body, MaskedInput | Verdict) else None,
            digest=hashlib.sha256(data).digest(),
            size=len(data),
        )
        after, line = self._ledger.append(departure)
        self._ledger_file.append(line)
        self._ledger = after
        return departure


def verify(state: StateDirectory) -> tuple[tuple[AuditEntry, ...], ReleaseHistory]:
    """Verify both chains and return what they hold.

    Raises
    ------
    PolicyError
        Naming the file and the first entry that is not what was written.
    """
    _, entries = _named(state.ledger, AuditLedger.load)
    return entries, _load_history(state)


def _load_history(state: StateDirectory) -> ReleaseHistory:
    pinned = load_pinned(state)
    if pinned is None:  # nothing was released yet
        return _named(state.history, ReleaseHistory.load)
    partition = pinned.genesis.charter.partition
    return _named(state.history, lambda lines: ReleaseHistory.load(lines, partition))


def _named(file: Journal, load: Callable[[Iterable[str]], ReadT]) -> ReadT:
    try:
        return load(file.lines())
    except PolicyError as error:
        raise PolicyError(f"{file.path}: {error}") from error


def _load_ledger(lines: Iterable[str]) -> AuditLedger:
    return AuditLedger.load(lines)[0]
