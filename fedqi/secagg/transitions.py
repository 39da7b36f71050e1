"""The transitions of both roles, one table each; sessions obey them, docs and tests read them."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class SitePhase(StrEnum):
    """Where a site's session stands."""

    NEW = "new"
    ADVERTISED = "advertised"
    DEALT = "dealt"
    OPENING = "opening"
    MASKED = "masked"
    STATED = "stated"
    BINDING = "binding"
    ANSWERING = "answering"
    SUMMING = "summing"
    AGREEING = "agreeing"
    COMPLETED = "completed"
    FAILED = "failed"
    RETRACTING = "retracting"
    DISCARDED = "discarded"
    ERASED = "erased"


class Phase(StrEnum):
    """What the aggregator waits for."""

    ADVERTISING = "advertising"
    SHARING = "sharing"
    MASKING = "masking"
    STATING = "stating"
    UNMASKING = "unmasking"
    AUDITING = "auditing"
    SUMMING = "summing"
    VERIFYING = "verifying"
    DONE = "done"
    ABORTED = "aborted"


@dataclass(frozen=True, slots=True)
class Transition:
    """One row: in ``source``, ``event`` leads to one of ``targets`` and emits ``outputs``."""

    source: str
    event: str
    targets: tuple[str, ...]
    outputs: str
    clause: str


_S = SitePhase
_RECEIPT = "Commit(ReceiptSigned)"

SITE_TRANSITIONS: Sequence[Transition] = (
    Transition(_S.NEW, "start", (_S.ADVERTISED,), "Advert", "4.1"),
    Transition(
        _S.ADVERTISED, "AdvertList", (_S.DEALT, _S.SUMMING), "Shares; closed: MaskedInput", "4.5"
    ),
    Transition(_S.DEALT, "SharesDelivery", (_S.OPENING,), "Commit(AtomsOpened)", "5.1"),
    Transition(_S.OPENING, "confirm", (_S.MASKED,), "MaskedInput", "5.5"),
    Transition(_S.MASKED, "Survivors", (_S.STATED,), "Statement", "6.1"),
    Transition(_S.STATED, "StatementSet", (_S.BINDING,), "Commit(AtomsBound)", "6.5"),
    Transition(_S.BINDING, "confirm", (_S.ANSWERING,), "Commit(UnmaskingAnswered)", "6.6"),
    Transition(_S.ANSWERING, "confirm", (_S.SUMMING,), "Unmasking", "6.7"),
    Transition(
        _S.SUMMING,
        "StepTranscript",
        (_S.SUMMING, _S.AGREEING, _S.FAILED),
        "StepVerified, Verdict, MaskedInput after all but the last; else a complaint",
        "7.1",
    ),
    Transition(
        _S.SUMMING,
        "AcceptedTotal",
        (_S.SUMMING, _S.AGREEING, _S.COMPLETED),
        "StepVerified, MaskedInput after all but the last; Completed if settled",
        "7.11",
    ),
    Transition(_S.AGREEING, "AcceptedTotal", (_S.COMPLETED,), "Completed", "7.13"),
    Transition(_S.ADVERTISED, "discard", (_S.RETRACTING,), _RECEIPT, "8.1"),
    Transition(_S.DEALT, "discard", (_S.RETRACTING,), _RECEIPT, "8.1"),
    Transition(_S.MASKED, "discard", (_S.RETRACTING,), _RECEIPT, "8.1"),
    Transition(_S.STATED, "discard", (_S.RETRACTING,), _RECEIPT, "8.1"),
    Transition(_S.RETRACTING, "confirm", (_S.DISCARDED,), "DiscardReceipt", "8.1"),
)

_A = Phase

AGGREGATOR_TRANSITIONS: Sequence[Transition] = (
    Transition(_A.ADVERTISING, "proceed", (_A.SHARING, _A.SUMMING), "AdvertList to U1", "4.5"),
    Transition(_A.SHARING, "proceed", (_A.MASKING,), "SharesDelivery to U2", "5.1"),
    Transition(_A.MASKING, "proceed", (_A.STATING,), "Survivors to U3", "6.1"),
    Transition(_A.STATING, "proceed", (_A.UNMASKING,), "StatementSet to U3", "6.5"),
    Transition(
        _A.UNMASKING,
        "proceed",
        (_A.SUMMING, _A.AUDITING, _A.VERIFYING),
        "StepTranscript to the auditors",
        "7.1",
    ),
    Transition(
        _A.SUMMING,
        "proceed",
        (_A.SUMMING, _A.AUDITING, _A.VERIFYING),
        "StepTranscript to the auditors",
        "7.1",
    ),
    Transition(
        _A.AUDITING,
        "proceed",
        (_A.SUMMING,),
        "AcceptedTotal to the others",
        "7.11",
    ),
    Transition(_A.VERIFYING, "proceed", (_A.DONE,), "AcceptedTotal; the result", "7.13"),
)

ACCEPTED: dict[str, tuple[Phase, ...]] = {
    "Advert": (_A.ADVERTISING,),
    "Shares": (_A.SHARING,),
    "MaskedInput": (_A.MASKING, _A.AUDITING, _A.SUMMING),
    "Statement": (_A.STATING, _A.UNMASKING, _A.AUDITING, _A.SUMMING, _A.VERIFYING),
    "Unmasking": (_A.UNMASKING, _A.AUDITING, _A.SUMMING, _A.VERIFYING),
    "Verdict": (_A.AUDITING, _A.SUMMING, _A.VERIFYING, _A.DONE),
    "DiscardReceipt": tuple(_A),
}
"""Message of a site -> the phases in which the aggregator takes it; a statement or an
unmasking answer that is late changes no total."""


def targets(table: Sequence[Transition], source: str, event: str) -> tuple[str, ...]:
    """Return where an event leads; empty where it is not allowed.

    Parameters
    ----------
    table
        Of one role.
    source
        The present phase.
    event
        The name of a message's class, or of a call.
    """
    return next((row.targets for row in table if (row.source, row.event) == (source, event)), ())
