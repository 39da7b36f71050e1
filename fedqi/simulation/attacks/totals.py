"""Attacks on the transcripts from which sites recompute the totals."""

from dataclasses import replace

from fedqi.secagg.messages import MaskedInput, StepTranscript
from fedqi.simulation.attacks.hand import Forged, Move, View, plus_one


def _peer(view: View, message: StepTranscript) -> MaskedInput:
    site = view.others(tuple(item.site for item in message.inputs))[0]
    return next(item for item in message.inputs if item.site == site)


def _with(message: StepTranscript, changed: MaskedInput) -> StepTranscript:
    inputs = tuple(changed if item.site == changed.site else item for item in message.inputs)
    return replace(message, inputs=inputs)


def forged_total(view: View, message: StepTranscript) -> Forged | None:
    """Claim a total that is one too large."""
    return [replace(message, total=plus_one(message.total))]


def false_state(view: View, message: StepTranscript) -> Forged | None:
    """Claim a total one too large, with a peer's input changed so that the sum is right."""
    peer = _peer(view, message)
    changed = _with(message, replace(peer, vector=plus_one(peer.vector)))
    return [replace(changed, total=plus_one(message.total))]


def forged_seed(view: View, message: StepTranscript) -> Forged | None:
    """Show another seed for a peer."""
    if not message.self_mask_seeds:
        return None
    seeds = {**message.self_mask_seeds, _peer(view, message).site: bytes(32)}
    return [replace(message, self_mask_seeds=seeds)]


def site_left_out(view: View, message: StepTranscript) -> Forged | None:
    """Show one site fewer than the step was over."""
    peer = _peer(view, message)
    inputs = tuple(item for item in message.inputs if item != peer)
    seeds = {s: seed for s, seed in message.self_mask_seeds.items() if s != peer.site}
    return [replace(message, inputs=inputs, self_mask_seeds=seeds)]


def another_layout(view: View, message: StepTranscript) -> Forged | None:
    """Show a peer's input with one number more."""
    peer = _peer(view, message)
    return [_with(message, replace(peer, vector=peer.vector + bytes(8)))]


def another_step(view: View, message: StepTranscript) -> Forged | None:
    """Show the transcript under the number of the next step."""
    inputs = tuple(replace(item, step=message.step + 1) for item in message.inputs)
    return [replace(message, step=message.step + 1, inputs=inputs)]


def beyond_the_plan(view: View, message: StepTranscript) -> Forged | None:
    """Show a step more than the plan has, after the last one."""
    steps = view.hand.world.steps_of(view.place[0])
    return another_step(view, message) if message.step == steps - 1 else None


def replayed_input(view: View, message: StepTranscript) -> Forged | None:
    """Show a peer's input of the step before."""
    earlier = view.of_kind(MaskedInput, message.step - 1).get(_peer(view, message).site)
    if earlier is None:
        return None
    return [_with(message, replace(earlier, step=message.step))]


def replayed_transcript(view: View, message: StepTranscript) -> Forged | None:
    """Show the transcript of the same step of another attempt."""
    earlier = [
        item
        for item in view.of_another(StepTranscript)
        if item.step == message.step and item.total != message.total
    ]
    return earlier[:1] or None


MOVES = [
    Move("a forged total", StepTranscript, forged_total),
    Move("a state that does not follow from the totals", StepTranscript, false_state),
    Move("a forged seed", StepTranscript, forged_seed, weight=2.5),
    Move("a site dropped between steps", StepTranscript, site_left_out),
    Move("a layout not of the analysis", StepTranscript, another_layout),
    Move("a transcript of another step", StepTranscript, another_step),
    Move("a step beyond the plan", StepTranscript, beyond_the_plan, repeats=True, weight=4.0),
    Move("an input of another step", StepTranscript, replayed_input, weight=4.0),
    Move("a transcript of another attempt", StepTranscript, replayed_transcript, weight=4.0),
]
