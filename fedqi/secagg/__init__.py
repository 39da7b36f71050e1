"""Sans-IO secure aggregation. Knows nothing of medicine or statistics."""

from fedqi.secagg.aggregator_session import AggregatorSession, Phase
from fedqi.secagg.canonical import set_digest
from fedqi.secagg.certificate import verify_certificate
from fedqi.secagg.commits import (
    AtomsBound,
    AtomsFreed,
    AtomsOpened,
    Entry,
    ReceiptSigned,
    UnmaskingAnswered,
)
from fedqi.secagg.encoding import Block, Layout, UInt64Array
from fedqi.secagg.outputs import Commit, Completed, Output, Send, StepVerified
from fedqi.secagg.parameters import (
    AttemptMode,
    AttemptParameters,
    default_collusion_bound,
    group_minimum,
    reconstruction_threshold,
)
from fedqi.secagg.receipts import sign_discard_receipt, verify_discard_receipts
from fedqi.secagg.site_session import HistoryHead, SiteSession
from fedqi.secagg.state import PublicPlan, PublicState, SitePlan
from fedqi.secagg.transitions import SitePhase

__all__ = [
    "AggregatorSession",
    "AtomsBound",
    "AtomsFreed",
    "AtomsOpened",
    "AttemptMode",
    "AttemptParameters",
    "Block",
    "Commit",
    "Completed",
    "Entry",
    "HistoryHead",
    "Layout",
    "Output",
    "Phase",
    "PublicPlan",
    "PublicState",
    "ReceiptSigned",
    "Send",
    "SitePhase",
    "SitePlan",
    "SiteSession",
    "StepVerified",
    "UInt64Array",
    "UnmaskingAnswered",
    "default_collusion_bound",
    "group_minimum",
    "reconstruction_threshold",
    "set_digest",
    "sign_discard_receipt",
    "verify_certificate",
    "verify_discard_receipts",
]
