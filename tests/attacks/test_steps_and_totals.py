"""Steps and totals: reordered, replayed, beyond the plan, over another layout or state, forged."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from fedqi.secagg import SitePhase
from fedqi.secagg import messages as m
from fedqi.secagg.signing import input_bytes
from tests.attacks.kit import Adversary, adversary
from tests.unit.secagg.federation import bound, closed, identity_of, names, parameters_for

VICTIM = "s000"
ALL = names(7)
BOUND = {site: {"hf": bound("hf", ALL)} for site in ALL}


def closed_run(steps: int = 3, **options: Any) -> Adversary:
    enemy = adversary(closed(parameters_for(7)), declared=BOUND, steps=steps, **options)
    return shown_adverts(enemy.start())


def shown_adverts(enemy: Adversary) -> Adversary:
    enemy.show_all(dict.fromkeys(ALL, enemy.adverts()))
    return enemy


def complains(enemy: Adversary, message: m.StepTranscript, reason: str, site: str = VICTIM) -> None:
    """The site signs a complaint that names the check, shows no total and ends its session."""
    (complaint,) = enemy.show(site, message)
    assert isinstance(complaint, m.Verdict)
    assert (complaint.accepted, complaint.reason) == (False, reason)
    assert enemy.sites[site].session.phase is SitePhase.FAILED
    enemy.learns_nothing()
    enemy.refused(site, message, "not expected while this site's session is failed")


@pytest.mark.parametrize(
    ("until", "later"),
    [
        ("advertised", "delivery"),
        ("dealt", "survivors"),
        ("masked", "statements"),
        ("stated", "transcript"),
    ],
)
def test_a_round_that_is_left_out_is_refused(until: str, later: str) -> None:
    enemy, ahead = adversary(), adversary(start="ahead").run("answered")
    enemy.start().run(until)
    makers: dict[str, Callable[[Adversary], Any]] = {
        "delivery": lambda a: a.delivery(VICTIM),
        "survivors": lambda a: a.survivors(),
        "statements": lambda a: a.statements(),
        "transcript": lambda a: a.transcript(VICTIM),
    }
    enemy.refused(VICTIM, makers[later](ahead), "is not expected while this site's session is")
    enemy.run("verified")


def test_rounds_that_come_in_another_order_are_refused() -> None:
    enemy = adversary().run("stated")
    for message in (enemy.adverts(), enemy.delivery(VICTIM)):
        enemy.refused(VICTIM, message, "is not expected while this site's session is stated")
    enemy.run("verified")


def test_a_transcript_of_another_step_is_refused() -> None:
    enemy = closed_run()
    first = enemy.transcript(VICTIM)
    enemy.finish_step()
    for step in (0, 2, 2**31):
        wrong = replace(first, step=step, total=bytes(len(first.total)))
        enemy.refused(VICTIM, wrong, f"a transcript of step {step}, expected step 1")
    enemy.finish_step()


def test_an_input_of_the_step_before_does_not_stand_for_the_next() -> None:
    enemy = closed_run()
    old = enemy.sent[m.MaskedInput]["s001"]
    enemy.finish_step()
    right = enemy.transcript(VICTIM)
    inputs = tuple(replace(old, step=1) if i.site == "s001" else i for i in right.inputs)
    reason = "s001: a masked input is not signed by its site for this step and state"
    complains(enemy, replace(right, inputs=inputs), reason)


def test_an_input_of_another_attempt_or_job_does_not_count() -> None:
    for other in (closed(parameters_for(7), attempt=9), closed(parameters_for(7, job="other"))):
        earlier = shown_adverts(adversary(other, declared=BOUND).start())
        enemy = closed_run()
        right = enemy.transcript(VICTIM)
        old = earlier.sent[m.MaskedInput]["s001"]
        inputs = tuple(old if i.site == "s001" else i for i in right.inputs)
        reason = "s001: a masked input is not signed by its site for this step and state"
        complains(enemy, replace(right, inputs=inputs), reason)


def test_a_step_beyond_the_plan_is_refused() -> None:
    enemy = closed_run(steps=2)
    enemy.finish_step()
    last = enemy.transcript(VICTIM)
    enemy.finish_step()
    assert enemy.sites[VICTIM].session.phase is SitePhase.COMPLETED
    enemy.refused(VICTIM, replace(last, step=2), "not expected while this site's session is compl")


def test_a_layout_that_is_not_the_analysis_gives_no_sum() -> None:
    """The victim was led to a wider layout than the others: its masks match none of theirs."""
    enemy = adversary(closed(parameters_for(7)), declared=BOUND, steps=2)
    misled = adversary(enemy.parameters, declared=BOUND, sites=[VICTIM], width=1)
    enemy.sites[VICTIM], enemy.drawn[VICTIM] = misled.sites[VICTIM], misled.drawn[VICTIM]
    shown_adverts(enemy.start())
    assert enemy.knowledge.isolates(len(ALL)) == ""
    padded = replace(enemy.sent[m.MaskedInput][VICTIM], vector=bytes(24))
    inputs = (padded, *enemy.of(m.MaskedInput, ALL[1:]))
    shown = m.StepTranscript(0, inputs, {}, {}, (), b"")
    reason = "s000: a masked input is not signed by its site for this step and state"
    complains(enemy, replace(shown, total=claimed(shown)), reason, site="s001")


def test_two_halves_that_were_led_to_different_states_have_no_mask_in_common() -> None:
    """A colluder signs two inputs for one step, and each half is shown the total of one."""
    enemy = closed_run()
    other = with_another_input(enemy, "s006", 1)
    shown = {site: enemy.transcript(site) for site in ALL}
    told = replace(shown[VICTIM], inputs=(*shown[VICTIM].inputs[:6], other))
    told = replace(told, total=claimed(told))
    enemy.show_all({site: told if site in ALL[:3] else shown[site] for site in ALL})
    assert enemy.sites[VICTIM].session.phase is SitePhase.SUMMING
    enemy.learns_nothing()
    second = [item for item in enemy.knowledge.inputs if item.when[1] == 1]
    states = {mask.context.state_hash for item in second for mask in item.masks}
    assert len(states) == 2
    reason = "s003: a masked input is not signed by its site for this step and state"
    complains(enemy, replace(told, step=1, inputs=tuple(enemy.of(m.MaskedInput))), reason)


def with_another_input(enemy: Adversary, site: str, added: int) -> m.MaskedInput:
    facts = enemy.sites[site].session._rounds._facts
    sent: m.MaskedInput = enemy.sent[m.MaskedInput][site]
    vector = (np.frombuffer(sent.vector, "<u8") + np.uint64(added)).astype("<u8").tobytes()
    digest = hashlib.sha256(vector).digest()
    signature = identity_of(site).sign(input_bytes(facts.masks, site, digest))
    return replace(sent, vector=vector, signature=signature)


def claimed(transcript: m.StepTranscript) -> bytes:
    vectors = [np.frombuffer(item.vector, "<u8") for item in transcript.inputs]
    total: bytes = np.sum(vectors, axis=0, dtype=np.uint64).astype("<u8").tobytes()
    return total


def test_a_public_state_that_does_not_follow_from_the_totals_is_refused() -> None:
    """The next step is planned from the total that the site computed, never from a claim."""
    enemy = closed_run()
    right = enemy.transcript(VICTIM)
    wrong = replace(right, total=bytes(len(right.total)))
    complains(enemy, wrong, "the claimed total is not the sum of the inputs")


def dropped_one(enemy: Adversary) -> m.StepTranscript:
    enemy.run("masked")
    kept = ALL[:-1]
    for message in (enemy.survivors(kept), None):
        enemy.show_all({site: message or enemy.statements() for site in kept})
    return enemy.transcript(VICTIM, kept)


FORGERIES: list[tuple[str, Callable[[m.StepTranscript], m.StepTranscript], str]] = [
    ("total", lambda t: replace(t, total=bytes(24)), "the claimed total is not the sum"),
    ("short", lambda t: replace(t, total=t.total[:-8]), "the claimed total is not the sum"),
    ("fewer", lambda t: replace(t, inputs=t.inputs[1:]), "the inputs are not those of exactly"),
    ("twice", lambda t: replace(t, inputs=(*t.inputs, t.inputs[0])), "the inputs are not those"),
    (
        "vector",
        lambda t: replace(t, inputs=(*t.inputs[:-1], replace(t.inputs[-1], vector=bytes(24)))),
        "s005: a masked input differs from the list",
    ),
    (
        "size",
        lambda t: replace(t, inputs=(*t.inputs[:-1], replace(t.inputs[-1], vector=bytes(8)))),
        "s005: a masked input is of another step or size",
    ),
    ("seeds", lambda t: replace(t, self_mask_seeds={}), "the seeds are not those of exactly"),
    ("keys", lambda t: replace(t, mask_secret_keys={}), "the mask keys are not those of exactly"),
    (
        "key",
        lambda t: replace(t, mask_secret_keys={"s006": bytes(32)}),
        "s006: its mask key does not match its advert",
    ),
]


@pytest.mark.parametrize(
    ("change", "reason"), [item[1:] for item in FORGERIES], ids=[item[0] for item in FORGERIES]
)
def test_a_forged_open_step_is_a_complaint_that_names_the_check(
    change: Callable[[m.StepTranscript], m.StepTranscript], reason: str
) -> None:
    enemy = adversary()
    right = dropped_one(enemy)
    (complaint,) = enemy.show(VICTIM, change(right))
    assert not complaint.accepted
    assert complaint.reason.startswith(reason)
    assert enemy.sites[VICTIM].session.phase is SitePhase.FAILED
    enemy.learns_nothing()
    for site in ALL[1:5]:
        assert enemy.show(site, right)[0].accepted


def test_seeds_in_a_closed_step_are_a_complaint() -> None:
    enemy = closed_run()
    wrong = replace(enemy.transcript(VICTIM), self_mask_seeds={VICTIM: bytes(32)})
    complains(enemy, wrong, "a closed step reveals no secrets")


def test_a_total_outside_what_the_bounds_allow_is_a_complaint() -> None:
    enemy = closed_run()
    right = enemy.transcript(VICTIM)
    wrong = replace(right, inputs=(*right.inputs[:6], with_another_input(enemy, "s006", 2**62)))
    reason = "the total of block hf cannot come from values within its bounds"
    complains(enemy, replace(wrong, total=claimed(wrong)), reason)
