"""Attacks on how jobs and attempts begin and end, and on the bytes themselves."""

from dataclasses import replace

from fedqi.secagg.messages import AdvertList, DiscardReceipt, StepTranscript, Survivors
from fedqi.simulation.attacks.hand import Forged, Move, View
from fedqi.simulation.setting import ATOMS, Spec
from fedqi.wire.control import AttemptEnded, AttemptOpened, Envelope, JobAnnouncement
from fedqi.wire.convert import encode_envelope


def another_announcement(view: View, message: JobAnnouncement) -> Forged | None:
    """Announce a job with one step more than to the others."""
    spec = Spec.from_bytes(message.spec)
    return [JobAnnouncement(replace(spec, steps=spec.steps + 1).to_bytes())]


def shared_session(view: View, message: AttemptOpened) -> Forged | None:
    """Announce a second job under the same name, and its attempt under the same number."""
    spec = Spec(view.place[0], ATOMS[::-1], 1, 1)
    others = tuple(site for site in message.participants if site != view.others(
        message.participants)[0])  # fmt: skip
    return [JobAnnouncement(spec.to_bytes()), AttemptOpened(message.mode, others)]


def forged_certificate(view: View, message: AttemptOpened) -> Forged | None:
    """Leave one member of the set out of its certificate."""
    proof = message.certificate
    if proof is None:
        return None
    left_out = view.others(tuple(entry.site for entry in proof.survivors.entries))[0]
    kept = tuple(entry for entry in proof.survivors.entries if entry.site != left_out)
    return [replace(message, certificate=replace(proof, survivors=Survivors(kept)))]


def too_few_receipts(view: View, message: AttemptEnded) -> Forged | None:
    """Show one receipt fewer than free an atom."""
    attempt = view.attempt
    heard = view.of_kind(DiscardReceipt)
    receipts = [heard[site] for site in sorted(heard) if site in attempt.adverts]
    adverts = tuple(attempt.adverts[site] for site in sorted(attempt.adverts))
    if not receipts or not adverts:
        return None
    few = tuple(receipts[: attempt.threshold - 1])
    return [AttemptEnded(message.reason, few * 2, None, adverts)]


def malformed(view: View, message: object) -> Forged | None:
    """Cut a message short, and turn the bytes of another over."""
    job, attempt = view.place
    assert isinstance(message, AdvertList | StepTranscript | Survivors)
    data = encode_envelope(Envelope(1, job, attempt, message))
    return [data[: len(data) * 2 // 3], bytes(255 - byte for byte in data)]


MOVES = [
    Move("another job announced", JobAnnouncement, another_announcement, refused=False),
    Move("an attempt opened twice", AttemptOpened, shared_session, repeats=True),
    Move("a forged certificate", AttemptOpened, forged_certificate, weight=12.0),
    Move("too few receipts", AttemptEnded, too_few_receipts, weight=12.0),
    Move("a malformed message", AdvertList, malformed),
    Move("a malformed transcript", StepTranscript, malformed),
]
