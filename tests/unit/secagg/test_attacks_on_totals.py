"""An adversarial aggregator against real site sessions, round 5 and the plan."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from fedqi.errors import DefinitionError, RemoteProtocolError
from fedqi.secagg import Layout, SitePhase, StepVerified
from fedqi.secagg.auditors import is_signed_verdict
from fedqi.secagg.messages import Statement, StepTranscript, Verdict
from fedqi.secagg.state import PublicState, state_hash
from tests.unit.secagg.federation import Federation, federation, names, parameters_for


def shown(step: int = 0, steps: int = 2) -> tuple[Federation, StepTranscript]:
    """A federation in which the transcript of ``step`` has been made but not sent."""
    fed = federation(parameters_for(7), steps=steps, drops={"s006": "MaskedInput"})
    fed.run(until="unmasking")
    for _ in range(step):
        fed.proceed()
    return fed, fed.aggregator.proceed()[0][1]


def complaint(fed: Federation, message: StepTranscript, site: str = "s000") -> Verdict:
    """The site complains, is signed, verifies nothing, and takes nothing more."""
    target = fed.sites[site]
    verified = [out for out in target.outputs if isinstance(out, StepVerified)]
    verdict: Verdict
    (verdict,) = target.take(message)
    assert not verdict.accepted
    assert [out for out in target.outputs if isinstance(out, StepVerified)] == verified
    assert target.session.phase is SitePhase.FAILED
    facts, _ = fed.aggregator._rounds.shown[message.step]
    assert is_signed_verdict(facts, verdict)
    with pytest.raises(RemoteProtocolError, match="not expected"):
        target.session.receive(message)
    return verdict


def forge_total(message: StepTranscript) -> StepTranscript:
    total = np.frombuffer(message.total, np.uint64).copy()
    total[0] += 1
    return replace(message, total=total.tobytes())


def flip_input(message: StepTranscript) -> StepTranscript:
    vector = bytes([message.inputs[1].vector[0] ^ 1]) + message.inputs[1].vector[1:]
    changed = replace(message.inputs[1], vector=vector)
    return replace(message, inputs=(message.inputs[0], changed, *message.inputs[2:]))


def wrong_seed(message: StepTranscript) -> StepTranscript:
    return replace(message, self_mask_seeds=dict(message.self_mask_seeds) | {"s001": bytes(32)})


def wrong_key(message: StepTranscript) -> StepTranscript:
    return replace(message, mask_secret_keys={"s006": b"\x05" * 32})


OPEN_FORGERIES: list[tuple[Callable[[StepTranscript], StepTranscript], str]] = [
    (forge_total, "claimed total is not the sum"),
    (flip_input, "s001: a masked input differs from the list"),
    (wrong_seed, "s001: its self-mask seed does not match"),
    (wrong_key, "s006: its mask key does not match"),
    (lambda m: replace(m, inputs=m.inputs[1:]), "exactly the sites of this step"),
    (lambda m: replace(m, mask_secret_keys={}), "exactly the dropped sites"),
    (lambda m: replace(m, self_mask_seeds={}), "exactly the survivors"),
    (lambda m: replace(m, total=b""), "claimed total is not the sum"),
    (
        lambda m: replace(m, inputs=(replace(m.inputs[0], vector=b"x"), *m.inputs[1:])),
        "s000: a masked input is of another step or size",
    ),
    (lambda m: replace(m, mask_secret_keys={"s006": b"short"}), "s006: its mask key"),
]


@pytest.mark.parametrize(("forge", "reason"), OPEN_FORGERIES)
def test_a_forged_open_step_is_refused_by_name(forge: Any, reason: Any) -> None:
    fed, right = shown()
    assert reason in complaint(fed, forge(right)).reason


STATEMENT = Statement("s001", bytes(32), b"", {}, bytes(64))
CLOSED_FORGERIES: list[tuple[Callable[[StepTranscript], StepTranscript], str]] = [
    (forge_total, "claimed total is not the sum"),
    (flip_input, "s001: a masked input is not signed by its site"),
    (lambda m: replace(m, inputs=m.inputs[1:]), "exactly the sites of this step"),
    (lambda m: replace(m, self_mask_seeds={"s001": bytes(32)}), "reveals no secrets"),
    (lambda m: replace(m, mask_secret_keys={"s001": bytes(32)}), "reveals no secrets"),
    (lambda m: replace(m, statements=(STATEMENT,)), "and has no statements"),
]


@pytest.mark.parametrize(("forge", "reason"), CLOSED_FORGERIES)
def test_a_forged_closed_step_is_refused_by_name(forge: Any, reason: Any) -> None:
    fed, right = shown(step=1)
    assert reason in complaint(fed, forge(right)).reason


def test_a_complaint_stops_the_aggregator() -> None:
    fed, right = shown()
    for site in list(fed.sites):
        fed.send(site, fed.sites[site].take(forge_total(right) if site == "s003" else right))
    assert [item.site for item in fed.aggregator.complaints] == ["s003"]
    assert not fed.aggregator.can_proceed
    assert "s003 complains" in fed.aggregator.obstacle


def test_an_acceptance_of_another_total_is_refused() -> None:
    fed, right = shown(steps=1)
    _, verdict = fed.sites["s000"].session.receive(right)
    facts, _ = fed.aggregator._rounds.shown[0]
    fed.aggregator._rounds.shown[0] = facts, bytes(32)
    with pytest.raises(RemoteProtocolError, match="accepts another total"):
        fed.aggregator.receive("s000", verdict.message)


def test_a_transcript_of_another_step_is_refused_and_changes_nothing() -> None:
    fed, right = shown()
    with pytest.raises(RemoteProtocolError, match="step 1, expected step 0"):
        fed.sites["s000"].session.receive(replace(right, step=1))
    assert len(fed.sites["s000"].take(right)) == 2


def test_a_step_beyond_the_plan_is_refused() -> None:
    fed, right = shown(steps=1)
    fed.sites["s000"].take(right)
    assert fed.sites["s000"].session.phase is SitePhase.AGREEING
    with pytest.raises(RemoteProtocolError, match="agreeing"):
        fed.sites["s000"].session.receive(replace(right, step=1))


def test_an_input_of_the_step_before_does_not_stand_for_the_next() -> None:
    fed, first = shown()
    for site in list(fed.sites):
        fed.send(site, fed.sites[site].take(first))
    second = fed.aggregator.proceed()[0][1]
    replayed = replace(first.inputs[1], step=1)
    inputs = (second.inputs[0], replayed, *second.inputs[2:])
    verdict = complaint(fed, replace(second, inputs=inputs))
    assert "s001: a masked input is not signed" in verdict.reason


def test_sites_with_different_states_give_noise() -> None:
    """One site believes in another total before the closed step: nothing can be summed.

    The aggregator takes its input as it comes; whoever verifies the step names it.
    """
    fed, right = shown()
    for site in list(fed.sites):
        sent = fed.sites[site].take(right)
        fed.send(site, sent if site != "s002" else [m for m in sent if isinstance(m, Verdict)])
    layout = fed.sites["s002"].plan.layout(PublicState((), {}, ()))
    assert layout is not None
    honest = fed.aggregator.state
    lied = replace(honest, totals=(honest.totals[0] + np.uint64(1),))
    session_hash = fed.parameters.session_hash
    assert state_hash(session_hash, honest, layout) != state_hash(session_hash, lied, layout)
    rounds = fed.sites["s002"].session._rounds
    _, sent = rounds._next_input(rounds._view, lied, honest.cohort, None)
    fed.aggregator.receive("s002", sent)
    noise = fed.aggregator._rounds.summed.total.copy()
    assert layout.out_of_bounds(noise) is not None
    assert np.all((noise > 10_000 * 7) & (noise < 2**64 - 10_000))
    for site, transcript in fed.aggregator.proceed():
        if site == "s002":
            continue
        [complaint] = fed.sites[site].take(transcript)
        assert not complaint.accepted
        assert "s002" in complaint.reason
        assert "not signed by its site for this step and state" in complaint.reason
        fed.aggregator.receive(site, complaint)
    assert "s002" in fed.aggregator.obstacle
    assert fed.aggregator.result is None


def test_another_layout_gives_another_state_and_is_refused() -> None:
    fed = federation(parameters_for(7))
    fed.sites["s002"].plan.upper = 10_001
    fed.start()
    fed.proceed()
    with pytest.raises(RemoteProtocolError, match="this attempt, step and state") as caught:
        fed.proceed()
    assert caught.value.site == "s002"


def test_a_layout_without_room_or_with_an_unknown_atom_is_refused() -> None:
    fed = federation(parameters_for(7))
    fed.sites["s000"].plan.sites = 6
    fed.run(until="sharing")
    delivery = dict(fed.aggregator.proceed())["s000"]
    with pytest.raises(DefinitionError, match="room for 6 sites, but 7"):
        fed.sites["s000"].session.receive(delivery)
    fed.sites["s000"].plan.sites = 7
    fed.sites["s000"].plan.atoms = ("hf", "stroke")
    with pytest.raises(DefinitionError, match="unknown atom 'stroke'"):
        fed.sites["s000"].session.receive(delivery)


def test_the_verified_total_cannot_be_changed_by_its_reader() -> None:
    fed = federation()
    fed.run()
    (out,) = [o for o in fed.sites["s000"].outputs if isinstance(o, StepVerified)]
    assert isinstance(out.layout, Layout)
    assert len(names(6)) == 6
    with pytest.raises(ValueError, match="read-only"):
        out.total[0] = 0
