"""Going on after the aggregator was started again, perhaps from an older backup."""

from fedqi.disclosure import AttemptPhase
from site_agent.agent import Agent
from site_agent.attempts import leave_attempt
from site_agent.cursor import Cursor, save_cursor
from site_agent.intake import join_again
from site_agent.jobs import Stage, all_records

RESTORED = "the aggregator's database was restored from an older backup"


async def resume(agent: Agent, cursor: Cursor) -> Cursor:
    """Ask the aggregator where to go on; give up what it does not remember any more."""
    attempts = {r.job: r.attempt for r in all_records(agent.state) if r.attempt}
    phases = agent.records.history.attempts
    answered = [job for job, n in attempts.items() if phases.get((job, n)) is AttemptPhase.ANSWERED]
    answer = await agent.client.resume(cursor, attempts, answered)
    if answer.lost:
        agent.events.emit("aggregator-restored", reason=RESTORED)
        await _begin_anew(agent)
    return save_cursor(agent.state, answer.cursor)


async def _begin_anew(agent: Agent) -> None:
    for record in all_records(agent.state):
        if record.stage is Stage.IN_ATTEMPT:
            await leave_attempt(agent, record, RESTORED)
        elif record.stage is Stage.JOINED:
            await join_again(agent, record)
