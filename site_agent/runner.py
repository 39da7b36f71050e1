"""The service: poll, deal with each envelope, remember the cursor, go on."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from enum import StrEnum

from fedqi.errors import PolicyError
from fedqi.wire.control import (
    AttemptEnded,
    AttemptOpened,
    Envelope,
    JobAnnouncement,
    JobEnded,
    JoiningClosed,
    ReceiptRequest,
)
from site_agent.agent import Agent
from site_agent.attempts import (
    Place,
    end_attempt,
    open_attempt,
    report_lost_attempts,
    sign_receipt,
    take_message,
)
from site_agent.company import is_too_much
from site_agent.config import AgentConfig
from site_agent.credentials import load_credentials
from site_agent.cursor import Cursor, load_cursor, save_cursor
from site_agent.events import Events
from site_agent.faults import FaultPlan
from site_agent.genesis import Pinned, is_accepted, load_pinned, pin, read_answer
from site_agent.intake import settle_approvals, take_announcement
from site_agent.jobs import JOINING, Stage
from site_agent.ledger import Records
from site_agent.outcome import end_job
from site_agent.resuming import resume
from site_agent.retry import Retry
from site_agent.state import StateDirectory, is_job_name, open_state
from site_agent.transport import WAIT_SECONDS, EpochChangedError, FederationClient
from site_agent.withdrawal import settle_withdrawals

APPROVAL_SECONDS = 1.0
GENESIS_SECONDS = 2.0
ONCE_TRIES = 8  # about half a minute, when the service is to end by itself
JOINS_NOTHING = "this site joins no job; see 'fedqi-site check'"
TOO_LATE = "joining closed before this site had joined"


class Until(StrEnum):
    """When the service ends by itself."""

    STOPPED = "stopped"
    JOB_ENDS = "job ends"
    NOTHING_WAITS = "nothing waits"


async def serve(config: AgentConfig, until: Until, faults: FaultPlan) -> None:
    """Run the agent.

    Parameters
    ----------
    config
        The configuration.
    until
        When to end.
    faults
        Where to die in a drill.

    Raises
    ------
    FedQIError
        When somebody must act before the agent can go on.
    """
    state = open_state(config.state_dir)
    with state.lock():
        async with _agent(config, state, until, faults) as agent:
            agent.events.emit("started")
            if is_too_much(config, agent.pinned.genesis.charter):
                agent.events.emit("min-others-above-charter", reason=JOINS_NOTHING)
            await report_lost_attempts(agent)
            await settle_approvals(agent)
            await settle_withdrawals(agent)
            await _loop(agent, until)


@contextlib.asynccontextmanager
async def _agent(
    config: AgentConfig, state: StateDirectory, until: Until, faults: FaultPlan
) -> AsyncIterator[Agent]:
    credentials = load_credentials(state, config.site)
    events = state.events(config.site)

    def notify(reason: str, seconds: float) -> None:
        events.emit("aggregator-unavailable", reason=reason, seconds=seconds)

    retry = Retry(ONCE_TRIES if until is Until.NOTHING_WAITS else None, notify)
    async with FederationClient(credentials, retry, *config.route) as client:
        pinned = await _pinned(state, client, events)
        records = Records(state)
        yield Agent(config, state, credentials, pinned, records, events, client, faults)


async def _pinned(state: StateDirectory, client: FederationClient, events: Events) -> Pinned:
    pinned = load_pinned(state)
    if pinned is not None:
        return pinned
    if not is_accepted(state):
        raise PolicyError(
            "this site has not accepted the founding documents; read them with "
            "'fedqi-site accept-genesis' and accept them with --fingerprint"
        )
    answer = await client.genesis()
    if not answer.complete:
        waiting = ", ".join(read_answer(answer).unsigned)
        events.emit("waiting-for-signatures", reason=f"not signed yet by {waiting}")
    while not answer.complete:
        await asyncio.sleep(GENESIS_SECONDS)
        answer = await client.genesis()
    pinned = pin(state, read_answer(answer))
    events.emit("documents-pinned", sites=pinned.members)
    return pinned


async def _loop(agent: Agent, until: Until) -> None:
    cursor = await resume(agent, load_cursor(agent.state))
    wait = 0 if until is Until.NOTHING_WAITS else WAIT_SECONDS
    while True:
        try:
            envelopes = await _poll(agent, cursor, wait)
        except EpochChangedError:
            cursor = await resume(agent, cursor)
            continue
        for envelope in envelopes:
            await handle(agent, envelope)
            cursor = save_cursor(agent.state, replace(cursor, sequence=envelope.sequence))
            if until is Until.JOB_ENDS and isinstance(envelope.body, JobEnded):
                return
        if until is Until.NOTHING_WAITS and not envelopes:
            return


async def _poll(agent: Agent, cursor: Cursor, wait: int) -> list[Envelope]:
    polling = asyncio.create_task(agent.client.poll(cursor, wait))
    try:
        while not polling.done():
            await asyncio.wait({polling}, timeout=APPROVAL_SECONDS)
            await settle_approvals(agent)
            await settle_withdrawals(agent)
        return await polling
    finally:
        polling.cancel()


async def handle(agent: Agent, envelope: Envelope) -> None:
    """Deal with one envelope; after it the cursor may move on."""
    body, job = envelope.body, envelope.job
    if not is_job_name(job):
        agent.events.emit("job-name-refused")
        return
    if isinstance(body, JobAnnouncement):
        await take_announcement(agent, job, body)
        return
    record = agent.record(job)
    if record is None:
        agent.events.emit("unknown-job")
        return
    place = Place(record, envelope.attempt)
    match body:
        case JoiningClosed():
            agent.events.emit("joining-closed", job=job, sites=len(body.joined))
            if record.stage in JOINING:
                agent.save(replace(record, stage=Stage.MISSED, reason=TOO_LATE))
        case AttemptOpened():
            await open_attempt(agent, place, body)
        case ReceiptRequest():
            await sign_receipt(agent, place)
        case AttemptEnded():
            await end_attempt(agent, place, body)
        case JobEnded():
            await end_job(agent, record, body)
        case _:
            await take_message(agent, place, body)
