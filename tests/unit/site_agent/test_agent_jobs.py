"""What an agent does with the messages about a job, restarts and lies included."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from fedqi.benchmarking.courses import portions
from fedqi.benchmarking.participation import Participant
from fedqi.disclosure import AtomsBound, AtomsOpened, AttemptPhase, UnmaskingAnswered
from fedqi.errors import RemoteProtocolError
from fedqi.secagg.messages import (
    AcceptedTotal,
    Advert,
    AdvertList,
    DiscardReceipt,
    SiteMessage,
)
from fedqi.secagg.outputs import StepVerified
from fedqi.secagg.parameters import AttemptMode
from fedqi.secagg.state import PublicState
from fedqi.wire.control import (
    AttemptEnded,
    AttemptLost,
    AttemptOpened,
    Decline,
    Intent,
    JobAnnouncement,
    JobEnded,
    JobOutcome,
    JoiningClosed,
    ReceiptRequest,
)
from site_agent.approval import Verdict, decide
from site_agent.attempts import report_lost_attempts
from site_agent.intake import settle_approvals
from site_agent.jobs import JobRecord, Stage, require
from site_agent.outcome import Standing, standing_of
from site_agent.transport import Submitted
from tests.unit.site_agent.lone_agent import ATTENDANCES, BREACHED, LoneAgent


class Finished:
    """A session that has recomputed every total so far."""

    def __init__(self, state: PublicState, complete: bool) -> None:
        self.state = state
        self.completed = state if complete else None
        self.verified: list[StepVerified] = []
        self.histories: dict[str, tuple[int, bytes]] = {}

    def receive(self, _: object) -> list[SiteMessage]:
        return []


class Taking(Finished):
    """A session that takes a total with the next message."""

    def __init__(self, state: PublicState, taken: StepVerified) -> None:
        super().__init__(state, complete=False)
        self.taken = taken

    def receive(self, _: object) -> list[SiteMessage]:
        self.verified.append(self.taken)
        return []

    def erase(self) -> None:
        pass


SITES = ("north", "s0", "s1", "s2", "s3", "s4")
OPENED = AttemptOpened(AttemptMode.OPEN, SITES)
ATOM = "hf-stays|all|*"


@pytest.fixture
def lone(tmp_path: Path) -> LoneAgent:
    return LoneAgent(tmp_path)


def stage(lone: LoneAgent) -> Stage:
    return require(lone.founding.state, "job-1").stage


def test_an_announced_job_is_frozen_and_joined(lone: LoneAgent) -> None:
    lone.announce()
    (intent,) = lone.wire.bodies
    assert isinstance(intent, Intent)
    assert intent.atoms == ("hf-stays|all|*",)
    assert intent.plan == lone.spec().plan_hash
    assert stage(lone) is Stage.JOINED
    lone.announce()
    assert len(lone.wire.sent) == 1


def test_a_name_that_another_job_had_is_declined(lone: LoneAgent) -> None:
    lone.announce()
    lone.announce(lone.spec(analyses=("hierarchical",)))
    assert isinstance(lone.wire.bodies[-1], Decline)
    assert "the operator must choose a new one" in lone.wire.bodies[-1].reason
    assert stage(lone) is Stage.JOINED


def test_the_frozen_input_survives_a_refresh_of_the_data(lone: LoneAgent) -> None:
    lone.announce()
    lone.write_data("100,1")
    lone.restart()
    lone.receive(OPENED, attempt=1)
    frozen = lone.agent.works["job-1"].frozen
    assert frozen is not None
    series = frozen.summaries["hf"].cells.values()
    assert [cell.denominator for cells in series for cell in cells.values()] == [ATTENDANCES]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("programme", "a rule of the site or of the signed documents forbids it"),
        ("definition", "a rule of the site or of the signed documents forbids it"),
        ("file", "the hospital's data do not satisfy the measure's dataset"),
        ("empty", "the hospital's data do not satisfy the measure's dataset"),
        ("wrong", "the hospital's data do not satisfy the measure's dataset"),
    ],
)
def test_what_forbids_a_job_is_told_without_the_hospitals_data(
    lone: LoneAgent, change: str, reason: str
) -> None:
    spec = lone.spec()
    if change == "programme":
        spec = lone.spec(analyses=("hierarchical",))
    elif change == "definition":
        other = json.loads(lone.wire.definition) | {"title": "Something else"}
        lone.wire.definition = json.dumps(other).encode()
    elif change == "file":
        (lone.folder / "data.csv").unlink()
    elif change == "empty":
        lone.write_data()
    else:
        lone.write_data(f"{BREACHED},{ATTENDANCES}")  # more breached than attended
    lone.announce(spec)
    assert lone.wire.bodies == [Decline(reason)]
    record = require(lone.founding.state, "job-1")
    assert record.stage is Stage.DECLINED
    assert record.reason != reason  # the hospital itself reads more


def test_manual_approval_joins_only_after_a_person(tmp_path: Path) -> None:
    lone = LoneAgent(tmp_path, approval="manual")
    lone.announce()
    lone.run(lambda: settle_approvals(lone.agent))
    assert lone.wire.sent == []
    record = require(lone.founding.state, "job-1")
    decide(lone.founding.state, "job-1", record.frozen, Verdict.APPROVED, record.frozen)
    lone.restart()
    lone.run(lambda: settle_approvals(lone.agent))
    assert [type(body) for body in lone.wire.bodies] == [Intent]


def test_joining_may_close_before_a_person_has_decided(tmp_path: Path) -> None:
    lone = LoneAgent(tmp_path, approval="manual")
    lone.announce()
    lone.receive(JoiningClosed(("s0",), ()))
    assert stage(lone) is Stage.MISSED


def test_an_intent_that_comes_too_late_is_a_missed_job(lone: LoneAgent) -> None:
    lone.wire.outcome = Submitted.CLOSED
    lone.announce()
    assert stage(lone) is Stage.MISSED


def test_an_attempt_begins_with_an_advert(lone: LoneAgent) -> None:
    lone.announce()
    lone.receive(OPENED, attempt=1)
    assert isinstance(lone.wire.bodies[-1], Advert)
    assert stage(lone) is Stage.IN_ATTEMPT
    lone.receive(OPENED, attempt=1)
    assert len(lone.wire.sent) == 2


def test_an_attempt_of_a_job_it_declined_is_lost_at_once(lone: LoneAgent) -> None:
    lone.write_data()
    lone.announce()
    lone.receive(OPENED, attempt=1)
    assert isinstance(lone.wire.bodies[-1], AttemptLost)


def test_a_restart_loses_the_attempt_and_says_so(lone: LoneAgent) -> None:
    lone.announce()
    lone.receive(OPENED, attempt=1)
    lone.restart()
    lone.run(lambda: report_lost_attempts(lone.agent))
    assert isinstance(lone.wire.bodies[-1], AttemptLost)
    sent = len(lone.wire.sent)
    lone.receive(AdvertList(()), attempt=1)
    assert len(lone.wire.sent) == sent
    lone.receive(OPENED, attempt=2)
    first, second = [b for b in lone.wire.bodies if isinstance(b, Advert)]
    assert first.mask_key != second.mask_key


def test_a_message_that_breaks_the_protocol_ends_the_attempt_here(lone: LoneAgent) -> None:
    lone.announce()
    lone.receive(OPENED, attempt=1)
    lone.receive(AdvertList(()), attempt=1)
    assert isinstance(lone.wire.bodies[-1], AttemptLost)
    assert lone.agent.participants == {}
    assert stage(lone) is Stage.BETWEEN_ATTEMPTS


def test_a_receipt_is_recorded_before_it_leaves(lone: LoneAgent) -> None:
    lone.announce()
    lone.receive(OPENED, attempt=1)
    lone.restart()
    lone.receive(ReceiptRequest(), attempt=1)
    assert isinstance(lone.wire.bodies[-1], DiscardReceipt)
    assert lone.agent.records.history.attempts["job-1", 1] is AttemptPhase.DISCARDED
    assert lone.agent.participants == {}


def test_a_receipt_is_signed_again_when_it_is_asked_for_again(lone: LoneAgent) -> None:
    lone.announce()
    lone.receive(OPENED, attempt=1)
    for _ in range(2):
        lone.receive(ReceiptRequest(), attempt=1)
    first, second = [body for body in lone.wire.bodies if isinstance(body, DiscardReceipt)]
    assert first == second
    assert lone.agent.records.history.counter == 1


def test_a_late_request_about_an_earlier_attempt_leaves_the_running_one_alone(
    lone: LoneAgent,
) -> None:
    lone.announce()
    for attempt in (1, 2):
        lone.receive(OPENED, attempt=attempt)
    lone.receive(ReceiptRequest(), attempt=1)
    assert isinstance(lone.wire.bodies[-1], DiscardReceipt)
    assert lone.agent.participants


def test_an_attempt_after_the_end_of_the_job_is_answered(lone: LoneAgent) -> None:
    lone.announce()
    lone.receive(JobEnded(JobOutcome.ENDED, "3 sites found, 4 needed"))
    lone.receive(OPENED, attempt=1)
    assert lone.wire.bodies[-1] == AttemptLost("the job is over at this site")
    assert stage(lone) is Stage.ENDED


def test_no_receipt_after_the_unmasking_was_answered(lone: LoneAgent) -> None:
    lone.announce()
    lone.receive(OPENED, attempt=1)
    lone.agent.records.store(UnmaskingAnswered("job-1", 1))
    lone.receive(ReceiptRequest(), attempt=1)
    assert not any(isinstance(body, DiscardReceipt) for body in lone.wire.bodies)


def test_the_end_of_an_attempt_erases_its_session(lone: LoneAgent) -> None:
    lone.announce()
    lone.receive(OPENED, attempt=1)
    lone.receive(AttemptEnded("too few sites"), attempt=1)
    assert lone.agent.participants == {}
    assert stage(lone) is Stage.BETWEEN_ATTEMPTS


def test_a_published_total_that_is_not_the_verified_one_is_refused(lone: LoneAgent) -> None:
    verified = recompute(lone)
    forged = (verified + 1).astype("<u8").tobytes()
    lone.receive(JobEnded(JobOutcome.PUBLISHED, "", b"{}", SITES, {}, (forged,)))
    record = require(lone.founding.state, "job-1")
    assert record.stage is Stage.ENDED
    assert "total of step 0, or the sets of sites behind it, are not those" in record.reason
    assert lone.founding.state.load_result("job-1") is None


def test_a_cohort_that_leaves_out_a_site_which_recomputed_is_refused(lone: LoneAgent) -> None:
    verified = recompute(lone)
    others = tuple(site for site in SITES if site != lone.agent.site)
    total = verified.astype("<u8").tobytes()
    lone.receive(JobEnded(JobOutcome.PUBLISHED, "", b"{}", others, {}, (total,)))
    assert "leaves out this site" in require(lone.founding.state, "job-1").reason
    assert lone.founding.state.load_result("job-1") is None


def test_a_sum_over_another_set_than_the_one_bound_here_is_refused(lone: LoneAgent) -> None:
    """It answered the unmasking and saw no total: nobody may tell it that it is in none."""
    lone.announce()
    others = tuple(site for site in SITES if site != lone.agent.site)
    for entry in (
        AtomsOpened("job-1", 1, (ATOM,), bytes(32)),
        AtomsBound("job-1", 1, {ATOM: SITES}),
    ):
        lone.agent.records.store(entry)
    layout = lone.agent.works["job-1"].plan.layout(PublicState(others, {ATOM: others}, ()))
    assert layout is not None
    totals = (bytes(8 * layout.length),)
    lone.receive(JobEnded(JobOutcome.PUBLISHED, "", b"{}", others, {ATOM: others}, totals))
    assert (
        "over other sites than those it is bound to" in require(lone.founding.state, "job-1").reason
    )
    assert lone.founding.state.load_result("job-1") is None


def test_what_was_recomputed_is_known_after_a_restart(lone: LoneAgent) -> None:
    total = recompute(lone)
    lone.restart()
    record = require(lone.founding.state, "job-1")
    one = PublicState(SITES, {}, (total,))
    assert standing(lone, one, record) is Standing.VERIFIED
    assert standing(lone, one, record, complete=True) is Standing.UNVERIFIED  # not settled
    assert standing(lone, one, replace(record, verified=())) is Standing.UNVERIFIED
    assert standing(lone, one.after(total + np.uint64(1)), record) is Standing.UNVERIFIED
    with pytest.raises(RemoteProtocolError, match="not those that this site recomputed"):
        standing(lone, one, replace(record, verified=("ab" * 32,)))
    with pytest.raises(RemoteProtocolError, match="leaves out this site"):
        standing(lone, replace(one, cohort=SITES[1:]), record)


def test_a_total_on_the_word_of_auditors_is_not_called_recomputed_here(lone: LoneAgent) -> None:
    lone.announce()
    layout = lone.agent.works["job-1"].plan.layout(PublicState(SITES, {}, ()))
    assert layout is not None
    total = np.zeros(layout.length, np.uint64)
    finished = Finished(PublicState(SITES, {}, (total,)), complete=True)
    finished.verified.append(StepVerified(0, layout, total, recomputed=False))
    lone.receive(OPENED, attempt=1)
    lone.agent.participants["job-1"] = cast(Participant, finished)
    lone.receive(AcceptedTotal(0, b"", ()), attempt=1)
    found = standing(lone, finished.state, require(lone.founding.state, "job-1"))
    assert (found, found.is_verified) == (Standing.SIGNED, True)


def test_a_completed_job_is_published_as_it_was_recomputed(lone: LoneAgent) -> None:
    total = recompute(lone, complete=True)
    record = require(lone.founding.state, "job-1")
    one = PublicState(SITES, {}, (total,))
    assert standing(lone, one, replace(record, verified=())) is Standing.VERIFIED
    with pytest.raises(RemoteProtocolError, match="not all that this site recomputed"):
        standing(lone, one.after(total + np.uint64(1)), record)


def test_a_later_attempt_that_stops_early_does_not_undo_what_was_recomputed(
    lone: LoneAgent,
) -> None:
    total = recompute(lone, steps=3)
    before = require(lone.founding.state, "job-1")
    recompute(lone, steps=1, attempt=2)
    assert require(lone.founding.state, "job-1").verified == before.verified
    one = PublicState(SITES, {}, (total,))
    assert standing(lone, one, before) is Standing.VERIFIED  # fewer were published


def recompute(
    lone: LoneAgent, steps: int = 1, attempt: int = 1, complete: bool = False
) -> np.ndarray:
    """Let the agent recompute the total of every step so far; return each."""
    lone.announce()
    lone.receive(OPENED, attempt=attempt)
    total = np.arange(3, dtype=np.uint64)
    for step in range(1, steps + 1):
        state = PublicState(SITES, {}, (total,) * step)
        lone.agent.participants["job-1"] = cast(Participant, Finished(state, complete))
        lone.receive(AcceptedTotal(step - 1, b"", ()), attempt=attempt)
    lone.agent.participants.pop("job-1")
    return total


def standing(
    lone: LoneAgent, state: PublicState, record: JobRecord, complete: bool = False
) -> Standing:
    return standing_of("north", lone.pinned, lone.spec(), state, record, complete)


def take(lone: LoneAgent, job: str, attempt: int, total: np.ndarray) -> None:
    """Let a session of a job's attempt take the total of its first step."""
    lone.receive(OPENED, job=job, attempt=attempt)
    layout = lone.agent.works[job].plan.layout(PublicState(SITES, {ATOM: SITES}, ()))
    assert layout is not None
    words = np.resize(total, layout.length)
    state = PublicState(SITES, {ATOM: SITES}, (words,))
    session = Taking(state, StepVerified(0, layout, words, recomputed=True))
    lone.agent.participants[job] = cast(Participant, session)
    lone.receive(AcceptedTotal(0, b"", ()), job=job, attempt=attempt)


@pytest.mark.parametrize("job", ["job-1", "job-2"])
def test_a_question_asked_again_takes_no_other_course(lone: LoneAgent, job: str) -> None:
    """A colluder's other figures would move the honest ones to another point of the model."""
    first = np.arange(3, dtype=np.uint64)
    lone.announce()
    take(lone, "job-1", 1, first)
    lone.restart()
    if job != "job-1":
        lone.receive(JobAnnouncement(lone.spec(job).canonical()), job=job)
    take(lone, job, 2, first)
    assert not any(isinstance(body, AttemptLost) for body in lone.wire.bodies)
    take(lone, job, 3, first + np.uint64(1))
    lost = lone.wire.bodies[-1]
    assert isinstance(lost, AttemptLost)
    assert "another than this site took when the same question was summed" in lost.reason
    assert lone.agent.participants == {}


def test_another_set_is_another_course(lone: LoneAgent) -> None:
    lone.announce()
    plan, states = lone.agent.works["job-1"].plan, []
    for sites in (SITES, SITES[1:]):
        states.append(PublicState(SITES, {ATOM: sites}, ()))
    layout = plan.layout(states[0])
    assert layout is not None
    taken = StepVerified(0, layout, np.zeros(layout.length, np.uint64), True)
    one, other = (portions(plan, state, taken) for state in states)
    assert set(one).isdisjoint(other)
    assert list(one.values()) == list(other.values())


def test_a_site_that_holds_the_result_as_settled_joins_no_further_attempt(lone: LoneAgent) -> None:
    recompute(lone, complete=True)
    lone.restart()
    lone.receive(OPENED, attempt=2)
    answer = lone.wire.bodies[-1]
    assert isinstance(answer, AttemptLost)
    assert "as settled" in answer.reason
    assert lone.agent.participants == {}


def test_a_site_that_declined_still_sees_why_when_the_job_is_over(lone: LoneAgent) -> None:
    (lone.folder / "data.csv").unlink()
    lone.announce()
    lone.receive(JobEnded(JobOutcome.ENDED, "3 sites found, 4 needed"))
    reason = require(lone.founding.state, "job-1").reason
    assert reason.startswith("3 sites found, 4 needed; declined here: ")
    assert "data.csv: no such file" in reason


def test_a_fork_that_another_job_brought_to_light_is_refused(lone: LoneAgent) -> None:
    lone.announce()
    lone.receive(OPENED, attempt=1)
    counters = lone.founding.state.root / "counters.json"
    counters.write_text(json.dumps({"s1": [7, "aa" * 32]}))
    advert = Advert("s1", b"", b"", b"", 2, (), (), 7, bytes(32), b"")
    lone.receive(AdvertList((advert,)), attempt=1)
    lost = lone.wire.bodies[-1]
    assert isinstance(lost, AttemptLost)
    assert "another head" in lost.reason
    assert json.loads(counters.read_text())["s1"] == [7, "aa" * 32]


def test_a_job_that_released_nothing_has_a_reason(lone: LoneAgent) -> None:
    lone.announce()
    lone.receive(JobEnded(JobOutcome.ENDED, "3 sites found, 4 needed"))
    assert require(lone.founding.state, "job-1").reason == "3 sites found, 4 needed"


@pytest.mark.parametrize("job", ["never-announced", "../../etc/passwd", ""])
def test_messages_of_unknown_jobs_and_unsafe_names(lone: LoneAgent, job: str) -> None:
    lone.receive(OPENED, job=job, attempt=1)
    lone.receive(JobAnnouncement(b"{}"), job=job)
    assert not any(isinstance(body, Intent) for body in lone.wire.bodies)


@pytest.mark.parametrize("attempt", [0, 2, 4_000_000_000])
def test_no_receipt_for_an_attempt_it_was_not_in(lone: LoneAgent, attempt: int) -> None:
    lone.announce()
    lone.receive(OPENED, attempt=1)
    lone.receive(ReceiptRequest(), attempt=attempt)
    assert not any(isinstance(body, DiscardReceipt) for body in lone.wire.bodies)
    assert lone.agent.participants


@pytest.mark.parametrize("totals", [(b"short",), (bytes(8),), (bytes(8 * 7),), (b"\xff" * 800,)])
def test_published_totals_that_fit_no_plan_are_refused(
    lone: LoneAgent, totals: tuple[bytes, ...]
) -> None:
    lone.announce()
    lone.receive(JobEnded(JobOutcome.PUBLISHED, "", b"{}", SITES, {}, totals))
    assert stage(lone) is Stage.ENDED
    assert lone.founding.state.load_result("job-1") is None


def test_no_figure_reaches_events_or_records_of_jobs(lone: LoneAgent) -> None:
    lone.announce()
    lone.receive(OPENED, attempt=1)
    state = lone.founding.state
    for name in ("events.jsonl", "ledger.jsonl", "jobs/job-1.json"):
        # a digest, of 64 hex characters, and the time have digits by chance
        text = re.sub("[0-9a-f]{64}|[0-9]+[.][0-9]+", "", (state.root / name).read_text())
        assert str(BREACHED) not in text
        assert str(ATTENDANCES) not in text
