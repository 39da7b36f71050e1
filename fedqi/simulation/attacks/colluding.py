"""What colluding sites send, signed with their own keys."""

import hashlib
from dataclasses import replace

from fedqi.secagg import PublicState, set_digest
from fedqi.secagg.keys import Context
from fedqi.secagg.masking import MaskContext
from fedqi.secagg.messages import (
    AcceptedTotal,
    MaskedInput,
    Shares,
    StepTranscript,
    Unmasking,
    Verdict,
)
from fedqi.secagg.signing import (
    input_bytes,
    input_digest,
    shares_bytes,
    unmasking_bytes,
    verdict_bytes,
)
from fedqi.secagg.state import state_hash
from fedqi.secagg.view import AttemptView
from fedqi.simulation.attacks.hand import Forged, Move, View, plus_one
from fedqi.simulation.setting import FigurePlan, digest, identity_of

VERDICT_HEARD_AFTER = 3.0
"""Seconds after which the victim's verdict has come in, if it comes at all."""


def _context(view: View) -> Context:
    adverts = view.attempt.adverts
    listed = tuple(adverts[site] for site in sorted(adverts))
    return AttemptView(view.parameters, listed).context


def bad_shares(view: View, message: Shares) -> Forged | None:
    """Deal sealed texts that do not open."""
    sealed = {site: bytes(len(text)) for site, text in message.sealed.items()}
    changed = replace(message, sealed=sealed)
    text = shares_bytes(_context(view), changed)
    return [replace(changed, signature=identity_of(message.site).sign(text))]


def corrupt_share(view: View, message: Unmasking) -> Forged | None:
    """Answer with a share of another polynomial for one dealer."""
    dealer = sorted(message.shares)[0]
    old = message.shares[dealer]
    other = replace(old, share=bytes(1) + digest("corrupt", dealer))
    changed = replace(message, shares={**message.shares, dealer: other})
    text = unmasking_bytes(_context(view), changed)
    return [replace(changed, signature=identity_of(message.site).sign(text))]


def two_inputs(view: View, message: StepTranscript) -> Forged | None:
    """Show the victim another signed input of a colluder in a closed step than the others."""
    colluding = [item for item in message.inputs if item.site in view.colluders]
    state = view.attempt.session.state
    if not colluding or message.self_mask_seeds or state is None:
        return None
    before = PublicState(state.cohort, state.offering, state.totals[: message.step])
    spec = view.spec
    layout = FigurePlan(spec, len(view.parameters.identities)).layout(before)
    if layout is None:
        return None
    masks = MaskContext(
        _context(view),
        message.step,
        set_digest(state.cohort),
        state_hash(view.parameters.session_hash, before, layout),
    )
    shown = _one_more(message, colluding[0], masks)
    view.later(VERDICT_HEARD_AFTER, view.victim, lambda: _claimed(view, shown, masks))
    return [shown]


def _one_more(
    message: StepTranscript, colluding: MaskedInput, masks: MaskContext
) -> StepTranscript:
    changed = replace(colluding, vector=plus_one(colluding.vector))
    text = input_bytes(masks, changed.site, input_digest(changed))
    other = replace(changed, signature=identity_of(changed.site).sign(text))
    inputs = tuple(other if item.site == other.site else item for item in message.inputs)
    return replace(message, inputs=inputs, total=plus_one(message.total))


def _claimed(view: View, shown: StepTranscript, masks: MaskContext) -> AcceptedTotal:
    """Say that the victim's total is accepted: by the victim itself and by every colluder."""
    heard = view.of_kind(Verdict, shown.step)
    own = [heard[view.victim]] if view.victim in heard else []
    total, signed = hashlib.sha256(shown.total).digest(), []
    for site in view.colluders:
        verdict = Verdict(site, shown.step, True, total, "", b"")
        text = verdict_bytes(masks, masks.active_digest, verdict)
        signed.append(replace(verdict, signature=identity_of(site).sign(text)))
    return AcceptedTotal(shown.step, shown.total, (*own, *signed))


MOVES = [
    Move("bad shares dealt", Shares, bad_shares, refused=False, weight=3.0),
    Move("a corrupted share", Unmasking, corrupt_share, refused=False, weight=3.0),
    Move("two inputs of one colluder", StepTranscript, two_inputs, refused=False, weight=8.0),
]
