"""Round 5 and closed steps: what is summed, over whom, and from which state."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from fedqi.secagg import AttemptParameters, SitePhase
from fedqi.secagg.messages import StepTranscript
from tests.attacks.kit import Adversary, adversary, sparse
from tests.unit.secagg.federation import parameters_for

GRAPHS = [parameters_for(7), sparse()]
BOTH = pytest.mark.parametrize("parameters", GRAPHS, ids=["complete", "sparse"])
Forgery = Callable[[StepTranscript], StepTranscript]


def opened(parameters: AttemptParameters) -> Adversary:
    """An attempt whose open step was unmasked, and whose total has not been shown."""
    adv = adversary(parameters, steps=2).share().mask().state()
    return adv.unmask()


def audited(adv: Adversary, step: int) -> None:
    """Everybody is shown the right transcript."""
    message = adv.transcript(step)
    for site in adv.sites:
        adv.show(site, message)


def another_total(message: StepTranscript) -> StepTranscript:
    total = np.frombuffer(message.total, np.uint64) + np.uint64(1)
    return replace(message, total=total.tobytes())


def another_input(message: StepTranscript) -> StepTranscript:
    vector = np.frombuffer(message.inputs[1].vector, np.uint64) + np.uint64(1)
    changed = replace(message.inputs[1], vector=vector.tobytes())
    return replace(another_total(message), inputs=(message.inputs[0], changed, *message.inputs[2:]))


def a_site_less(message: StepTranscript) -> StepTranscript:
    return replace(message, inputs=message.inputs[:-1])


FORGERIES: list[tuple[Forgery, str]] = [
    (another_total, "the claimed total is not the sum of the inputs"),
    (another_input, "s001: a masked input"),
    (a_site_less, "not those of exactly the sites of this step"),
]


@pytest.mark.parametrize(("forge", "reason"), FORGERIES, ids=["total", "input", "site"])
@pytest.mark.parametrize("step", [0, 1])
@BOTH
def test_a_forged_step_ends_in_a_signed_complaint(
    parameters: AttemptParameters, step: int, forge: Forgery, reason: str
) -> None:
    adv = opened(parameters)
    for number in range(step):
        audited(adv, number)
    adv.complains("s000", forge(adv.transcript(step)), reason)
    adv.learns_nothing()


@BOTH
def test_the_seed_or_key_of_a_colluder_does_not_stand_for_anothers(
    parameters: AttemptParameters,
) -> None:
    adv = opened(parameters)
    right = adv.transcript(0)
    seeds = dict(right.self_mask_seeds) | {"s001": adv.keys[adv.colluders[0]][1]}
    reason = "s001: its self-mask seed does not match its commitment"
    adv.complains("s000", replace(right, self_mask_seeds=seeds), reason)
    also = dict(right.mask_secret_keys) | {"s001": b"\x05" * 32}
    adv.complains("s002", replace(right, mask_secret_keys=also), "not those of exactly the dropped")


def test_an_edge_with_one_end_is_complained_about_with_both_names() -> None:
    """Sparse graph: a holder from whom the dealer's shares were kept did not mask against it."""
    adv = adversary(sparse()).share()
    drawn = adv.dealt["s000"].sealed
    kept = next(s for s in adv.honest if s in drawn and "s000" not in adv.dealt[s].sealed)
    for site in adv.sites:
        message = adv.delivery(site)
        texts = {d: t for d, t in message.sealed.items() if (site, d) != (kept, "s000")}
        adv.show(site, replace(message, sealed=texts))
    adv.state().unmask()
    inputs = tuple(adv.inputs[site, 0] for site in adv.sites)
    reason = f"s000: it masked against {kept}, which did not mask against it"
    adv.complains("s001", StepTranscript(0, inputs, {}, {}, (), b""), reason)
    adv.learns_nothing()


@BOTH
def test_a_site_left_out_of_a_closed_step_is_missed(parameters: AttemptParameters) -> None:
    """The masks towards it stay, and every site sees that it is not there."""
    adv = opened(parameters)
    audited(adv, 0)
    left = tuple(site for site in adv.sites if site != "s003")
    shorter = adv.transcript(1, left)
    adv.complains("s000", shorter, "not those of exactly the sites of this step")
    # and had it sent nothing, what the others sent would give nothing
    adv.knowledge.equations = {
        e for e in adv.knowledge.equations if (e.site, e.step) != ("s003", 1)
    }
    adv.learns_nothing()


@BOTH
def test_a_total_of_another_state_is_not_believed(parameters: AttemptParameters) -> None:
    """Half of the sites are to believe in another first total; none of them does."""
    adv = opened(parameters)
    right = adv.transcript(0)
    for site in adv.honest[::2]:
        adv.complains(site, another_total(right), "claimed total")
    for site in adv.honest[1::2]:
        adv.show(site, right)
    assert all((site, 1) not in adv.inputs for site in adv.honest[::2])
    adv.learns_nothing()


@BOTH
def test_steps_cannot_be_repeated_skipped_or_asked_beyond_the_plan(
    parameters: AttemptParameters,
) -> None:
    adv = opened(parameters)
    first = adv.transcript(0)
    adv.refused("s000", replace(first, step=1), "total of step 1, expected step 0")
    audited(adv, 0)
    second = adv.transcript(1)
    adv.refused("s000", another_total(first), "total of step 0, expected step 1")
    adv.refused("s000", replace(second, step=2), "total of step 2, expected step 1")
    audited(adv, 1)
    assert adv.sites["s000"].session.phase is SitePhase.AGREEING
    adv.refused("s000", replace(second, step=2), "while this site's session is agreeing")
    adv.learns_nothing()


@BOTH
def test_an_input_of_the_step_before_is_complained_about(parameters: AttemptParameters) -> None:
    adv = opened(parameters)
    old = adv.inputs["s001", 0]
    audited(adv, 0)
    right = adv.transcript(1)
    replayed = (right.inputs[0], replace(old, step=1), *right.inputs[2:])
    reason = "s001: a masked input is not signed by its site for this step and state"
    adv.complains("s000", replace(right, inputs=replayed), reason)


@BOTH
def test_a_layout_that_is_not_the_plans_masks_differently(parameters: AttemptParameters) -> None:
    """A site whose plan differs has another state: nobody unmasks it and nobody is fooled."""
    adv = adversary(parameters)
    adv.sites["s000"].plan.upper += 1
    adv.share().mask().state()
    adv.press()
    adv.unanswered(["s000"])
    adv.learns_nothing()


def test_a_layout_of_another_length_is_complained_about() -> None:
    adv = opened(GRAPHS[0])
    right = adv.transcript(0)
    longer = replace(right.inputs[1], vector=right.inputs[1].vector + bytes(8))
    inputs = (right.inputs[0], longer, *right.inputs[2:])
    adv.complains("s000", replace(right, inputs=inputs), "s001: a masked input is of another step")
