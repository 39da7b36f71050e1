"""A hospital keeps one measure out of one job, and only where the others can go on without it."""

from pathlib import Path

import pytest

from fedqi.charter import JobSpec, planned_atoms
from fedqi.disclosure import AtomsOpened
from fedqi.errors import ConfigurationError, PolicyError
from fedqi.wire.control import Intent, JobAnnouncement
from site_agent.approval import Verdict, decide
from site_agent.intake import settle_approvals
from site_agent.jobs import JobRecord, require
from site_agent.leaving_out import leave_out, left_out
from tests.unit.site_agent.lone_agent import LoneAgent

KEPT, LEFT = "hf-stays|all|*", "waits|all|*"


@pytest.fixture
def lone(tmp_path: Path) -> LoneAgent:
    return LoneAgent(tmp_path, approval="manual")


def spec_of_both(lone: LoneAgent, job: str = "job-1") -> JobSpec:
    measures = (lone.planned, lone.other)
    periods: dict[str, tuple[str, ...]] = {"hf": ("all",), "waits": ("all",)}
    atoms = planned_atoms(measures, periods)
    return lone.spec(job, measures=measures, periods=periods, atoms=atoms)


def record_of(lone: LoneAgent, job: str = "job-1") -> JobRecord:
    return require(lone.founding.state, job)


def leave(lone: LoneAgent, measure: str = "waits") -> None:
    state = lone.founding.state
    leave_out(state, record_of(lone), lone.agent.records.history, measure)


def approve(lone: LoneAgent) -> None:
    frozen = record_of(lone).frozen
    decide(lone.founding.state, "job-1", frozen, Verdict.APPROVED, frozen)


@pytest.mark.parametrize("approved", [False, True])
@pytest.mark.parametrize("restarted", [False, True])
def test_the_others_are_contributed_after_another_approval(
    lone: LoneAgent, restarted: bool, approved: bool
) -> None:
    lone.announce(spec_of_both(lone))
    before = record_of(lone)
    assert before.offered == (KEPT, LEFT)
    leave(lone)
    if approved:  # before the service has noticed
        approve(lone)
    if restarted:
        lone.restart()
    lone.run(lambda: settle_approvals(lone.agent))
    assert record_of(lone).offered == (KEPT,)
    with pytest.raises(PolicyError, match="is not that of the frozen input"):
        decide(
            lone.founding.state, "job-1", record_of(lone).frozen, Verdict.APPROVED, before.frozen
        )
    approve(lone)
    lone.run(lambda: settle_approvals(lone.agent))
    (intent,) = lone.wire.bodies
    assert isinstance(intent, Intent)
    assert (intent.atoms, intent.frozen_input.hex()) == ((KEPT,), record_of(lone).frozen)
    frozen = lone.founding.state.frozen.load("job-1")
    assert frozen is not None
    assert set(frozen.summaries) == {"hf"}


def test_the_next_job_has_all_again(lone: LoneAgent) -> None:
    lone.announce(spec_of_both(lone))
    leave(lone)
    lone.run(lambda: settle_approvals(lone.agent))
    next_job = JobAnnouncement(spec_of_both(lone, "job-2").canonical())
    lone.receive(next_job, job="job-2")
    assert record_of(lone, "job-2").offered == (KEPT, LEFT)


def test_what_is_refused_says_what_can_be_done(lone: LoneAgent) -> None:
    lone.announce(spec_of_both(lone))
    with pytest.raises(PolicyError, match="has no measure 'falls'; it has hf, waits"):
        leave(lone, "falls")
    lone.agent.records.store(AtomsOpened("job-0", 1, (LEFT,), bytes(32)))
    with pytest.raises(PolicyError, match="is summed already; reject the whole job"):
        leave(lone)
    leave(lone, "hf")
    lone.run(lambda: settle_approvals(lone.agent))
    approve(lone)
    with pytest.raises(PolicyError, match="or decided upon"):
        leave(lone, "hf")


def test_the_last_measure_is_rejected_with_its_job(lone: LoneAgent) -> None:
    lone.announce()
    with pytest.raises(PolicyError, match="nothing else of it would be contributed"):
        leave(lone, "hf")


def test_a_damaged_decision_is_named(lone: LoneAgent) -> None:
    (lone.founding.state.root / "approvals" / "job-1.left-out").write_text("{")
    with pytest.raises(ConfigurationError, match="left-out: damaged"):
        left_out(lone.founding.state, "job-1")
