"""A hospital keeps out of one job, before and after it joined, and not for good."""

from pathlib import Path

import pytest

from fedqi.disclosure import AtomsBound, AtomsOpened, ReceiptSigned
from fedqi.errors import PolicyError
from fedqi.secagg.parameters import AttemptMode
from fedqi.wire.control import (
    AttemptLost,
    AttemptOpened,
    Decline,
    Intent,
    JobAnnouncement,
    JobEnded,
    JobOutcome,
)
from site_agent.approval import Verdict, decide
from site_agent.intake import settle_approvals
from site_agent.jobs import JobRecord, Stage, require
from site_agent.withdrawal import check_withdrawal, settle_withdrawals
from tests.unit.site_agent.lone_agent import LoneAgent

SITES = ("north", "s0", "s1", "s2", "s3", "s4")
OPENED = AttemptOpened(AttemptMode.OPEN, SITES)
ATOM = "hf-stays|all|*"
REASON = "figures under review"


@pytest.fixture
def lone(tmp_path: Path) -> LoneAgent:
    return LoneAgent(tmp_path)


def record_of(lone: LoneAgent) -> JobRecord:
    return require(lone.founding.state, "job-1")


def reject(lone: LoneAgent) -> None:
    """Decide as the command does, and let the service notice."""
    record = record_of(lone)
    sent = lone.founding.state.load_sent("job-1") is not None
    check_withdrawal(record, lone.agent.records.history, sent)
    decide(lone.founding.state, "job-1", record.frozen, Verdict.REJECTED, None, REASON)
    lone.run(lambda: settle_approvals(lone.agent))
    lone.run(lambda: settle_withdrawals(lone.agent))


def open_atoms(lone: LoneAgent) -> None:
    lone.agent.records.store(AtomsOpened("job-1", 1, (ATOM,), bytes(32)))


def test_before_it_joined_no_hash_is_needed(tmp_path: Path) -> None:
    lone = LoneAgent(tmp_path, approval="manual")
    lone.announce()
    reject(lone)
    assert lone.wire.bodies == [Decline("the hospital did not approve")]
    assert (record_of(lone).stage, record_of(lone).reason) == (Stage.DECLINED, REASON)
    assert lone.founding.state.frozen.load("job-1") is None


def test_after_it_joined_and_a_later_job_has_its_figures(lone: LoneAgent) -> None:
    lone.announce()
    reject(lone)
    assert [type(body) for body in lone.wire.bodies] == [Intent, Decline]
    lone.receive(OPENED, attempt=1)
    assert lone.wire.bodies[-1] == AttemptLost("this site did not join the job")
    assert not lone.agent.participants
    lone.receive(JobEnded(JobOutcome.ENDED, "3 sites found, 4 needed"))
    lone.receive(JobAnnouncement(lone.spec("job-2").canonical()), job="job-2")
    (later,) = [body for body in lone.wire.bodies[3:] if isinstance(body, Intent)]
    assert later.atoms == (ATOM,)


def test_in_an_attempt_its_secrets_are_erased(lone: LoneAgent) -> None:
    lone.announce()
    lone.receive(OPENED, attempt=1)
    reject(lone)
    assert lone.wire.bodies[-1] == AttemptLost("the hospital did not approve")
    assert not lone.agent.participants
    assert record_of(lone).stage is Stage.DECLINED


def test_not_once_its_masked_figures_have_left(lone: LoneAgent) -> None:
    lone.announce()
    lone.receive(OPENED, attempt=1)
    open_atoms(lone)
    with pytest.raises(PolicyError, match="masked figures have left"):
        reject(lone)
    decide(lone.founding.state, "job-1", "", Verdict.REJECTED, None)  # between check and sending
    lone.run(lambda: settle_withdrawals(lone.agent))
    assert record_of(lone).stage is Stage.IN_ATTEMPT
    assert lone.agent.participants


def test_not_once_its_masked_figures_have_left_in_a_closed_attempt(lone: LoneAgent) -> None:
    """Its atoms are bound by an earlier job; a closed attempt records nothing of its own."""
    lone.announce()
    open_atoms(lone)
    lone.agent.records.store(AtomsBound("job-1", 1, {ATOM: SITES}))
    spec = lone.spec("job-2")
    lone.receive(JobAnnouncement(spec.canonical()), job="job-2")
    lone.founding.state.save_sent("job-2", bytes(8))
    record = require(lone.founding.state, "job-2")
    with pytest.raises(PolicyError, match="masked figures have left"):
        check_withdrawal(record, lone.agent.records.history, sent=True)
    check_withdrawal(record, lone.agent.records.history, sent=False)
    decide(lone.founding.state, "job-2", "", Verdict.REJECTED, None)
    lone.run(lambda: settle_withdrawals(lone.agent))
    assert require(lone.founding.state, "job-2").stage is Stage.JOINED


def test_a_receipt_alone_does_not_take_the_figures_back(lone: LoneAgent) -> None:
    lone.announce()
    lone.receive(OPENED, attempt=1)
    open_atoms(lone)
    lone.agent.records.store(ReceiptSigned("job-1", 1))
    with pytest.raises(PolicyError, match="masked figures have left"):
        reject(lone)


def test_a_job_that_is_over_or_declined_is_not_rejected(lone: LoneAgent) -> None:
    lone.announce()
    reject(lone)
    with pytest.raises(PolicyError, match="declined at this site; there is nothing to reject"):
        reject(lone)
    lone.receive(JobEnded(JobOutcome.ENDED, "3 sites found, 4 needed"))
    with pytest.raises(PolicyError, match="ended at this site"):
        reject(lone)


def test_a_rejection_before_the_figures_are_frozen_holds_under_automatic_approval(
    lone: LoneAgent,
) -> None:
    decide(lone.founding.state, "job-1", "", Verdict.REJECTED, None, REASON)
    lone.announce()
    assert lone.wire.bodies == [Decline("the hospital did not approve")]
