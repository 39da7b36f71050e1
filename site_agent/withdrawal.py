"""A hospital takes back one job, before its masked figures have left; others go on without it."""

from fedqi.disclosure import Bound, Open, ReleaseHistory
from fedqi.errors import PolicyError
from fedqi.wire.control import Decline
from site_agent.agent import Agent
from site_agent.approval import Verdict, decision_of
from site_agent.attempts import JOINED, leave_attempt
from site_agent.jobs import FINISHED, JobRecord, Stage, all_records

WITHDRAWN = "the hospital did not approve"


def check_withdrawal(record: JobRecord, history: ReleaseHistory, sent: bool) -> None:
    """Refuse to reject a job that is over, or in which this hospital's figures are summed.

    Parameters
    ----------
    record, history
        Of the job, and of the site.
    sent
        Whether a masked input of the job has left.

    Raises
    ------
    PolicyError
        Saying why, and what can be done instead.
    """
    if record.stage in FINISHED or record.stage in (Stage.DECLINED, Stage.MISSED):
        raise PolicyError(
            f"job {record.job} is {record.stage} at this site; there is nothing to reject"
        )
    if is_summed(record, history, sent):
        raise PolicyError(
            f"job {record.job}: this hospital's masked figures have left, and the others' sums may "
            "stand on them already; without it no step of this job can be completed. Let it end; "
            "the next job can be rejected before it begins"
        )


def is_summed(record: JobRecord, history: ReleaseHistory, sent: bool) -> bool:
    """Whether figures of this job are in a sum, or may be: its atoms are open or bound.

    Those of a closed attempt are bound before it and nothing is recorded of it, hence ``sent``;
    in an open one the record is there before anything is sent.
    """
    took_part = sent or any(job == record.job for job, _ in history.attempts)
    held = [history.state(atom) for atom in record.offered]
    return took_part and any(isinstance(state, Open | Bound) for state in held)


async def settle_withdrawals(agent: Agent) -> None:
    """Leave the jobs that a person rejected after this site had joined them."""
    for record in all_records(agent.state):
        if record.stage in JOINED:
            decision = decision_of(agent.state, record.job)
            if decision is not None and decision.verdict is Verdict.REJECTED:
                await _withdraw(agent, record, decision.reason)


async def _withdraw(agent: Agent, record: JobRecord, reason: str) -> None:
    sent = agent.state.load_sent(record.job) is not None
    if is_summed(record, agent.records.history, sent):
        return  # it became so while the person decided
    agent.events.emit("rejected", job=record.job)
    if record.stage is Stage.IN_ATTEMPT:
        await leave_attempt(agent, record, WITHDRAWN)
    else:
        await agent.send(record.job, 0, Decline(WITHDRAWN))
    if not sent:
        agent.state.frozen.discard(record.job)
    agent.save(record.at(Stage.DECLINED, reason))
