"""What may leave a site: one atom, one set; minimum groups; and a log of all that left."""

from fedqi.disclosure.atoms import Atom
from fedqi.disclosure.audit import AuditEntry, AuditLedger, Departure
from fedqi.disclosure.cuts import check_intervals, check_partition, parts_of
from fedqi.disclosure.entries import (
    AtomsBound,
    AtomsFreed,
    AtomsOpened,
    Entry,
    GivenUp,
    ReceiptSigned,
    UnmaskingAnswered,
    entry_from_json,
)
from fedqi.disclosure.groups import check_bins, void_atoms
from fedqi.disclosure.history import ReleaseHistory
from fedqi.disclosure.periods import Interval, interval
from fedqi.disclosure.states import (
    ATOM_TRANSITIONS,
    ATTEMPT_TRANSITIONS,
    AtomEvent,
    AtomPhase,
    AtomState,
    AttemptEvent,
    AttemptPhase,
    Bound,
    Free,
    GivenUpState,
    Open,
    cohort_digest,
)
from fedqi.disclosure.support import Support, claims_of

__all__ = [
    "ATOM_TRANSITIONS",
    "ATTEMPT_TRANSITIONS",
    "Atom",
    "AtomEvent",
    "AtomPhase",
    "AtomState",
    "AtomsBound",
    "AtomsFreed",
    "AtomsOpened",
    "AttemptEvent",
    "AttemptPhase",
    "AuditEntry",
    "AuditLedger",
    "Bound",
    "Departure",
    "Entry",
    "Free",
    "GivenUp",
    "GivenUpState",
    "Interval",
    "Open",
    "ReceiptSigned",
    "ReleaseHistory",
    "Support",
    "UnmaskingAnswered",
    "check_bins",
    "check_intervals",
    "check_partition",
    "claims_of",
    "cohort_digest",
    "entry_from_json",
    "interval",
    "parts_of",
    "void_atoms",
]
