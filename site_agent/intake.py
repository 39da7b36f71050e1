"""From an announcement to a signed intent: check, fetch, summarise, freeze, approve, join."""

import asyncio
import hashlib
from dataclasses import replace

from fedqi.charter import JobSpec, PlannedMeasure
from fedqi.errors import DataQualityError, FedQIError, RemoteProtocolError
from fedqi.measures import MeasureSummary
from fedqi.measures.calendar import wait_of
from fedqi.wire.control import Decline, Intent, JobAnnouncement, intent_statement
from site_agent.agent import Agent, public_reason
from site_agent.approval import Decision, Verdict, approve_by_policy, decision_of
from site_agent.company import check_min_others
from site_agent.credentials import utc_now
from site_agent.frozen import FrozenInput
from site_agent.holding import held_back, offered_periods
from site_agent.jobs import JobRecord, Stage, all_records
from site_agent.leaving_out import reflect
from site_agent.preview import in_words
from site_agent.questions import check_asked
from site_agent.sources import summarise_source
from site_agent.transport import Submitted
from site_agent.work import build_work, contribution, store_measure, stored_measure

NAME_TAKEN = "another job was announced here under this name; the operator must choose a new one"


async def take_announcement(agent: Agent, job: str, body: JobAnnouncement) -> None:
    """Prepare a job that was announced; decline it where a rule or the data forbid it."""
    record = agent.record(job)
    if record is not None and record.stage is not Stage.ANNOUNCED:
        if record.spec != body.spec.decode("utf-8", "replace"):
            # An aggregator that came back from a backup has forgotten that it used the name.
            await agent.send(job, 0, Decline(NAME_TAKEN))
        return
    agent.events.emit("job-announced", job=job)
    if record is None or record.spec != body.spec.decode("utf-8", "replace"):
        record = agent.save(JobRecord(job, body.spec.decode("utf-8", "replace")))
    try:
        check_min_others(agent.config, agent.pinned.genesis.charter)
        spec = agent.pinned.admit(body.spec, job, utc_now().date())
        check_asked(agent, spec)
        await _prepare(agent, record, spec)
    except FedQIError as error:
        await _decline(agent, record, error)


async def settle_approvals(agent: Agent) -> None:
    """Join or decline the jobs about which a person has decided."""
    for record in all_records(agent.state):
        if record.stage is not Stage.AWAITING_APPROVAL:
            continue
        record = reflect(agent, record)
        decision = decision_of(agent.state, record.job)
        rejected = decision is not None and decision.verdict is Verdict.REJECTED
        if decision is not None and (rejected or decision.sha256 == record.frozen):
            agent.events.emit(str(decision.verdict), job=record.job, sha256=decision.sha256)
            await _settle(agent, record, decision)


async def _settle(agent: Agent, record: JobRecord, decision: Decision) -> None:
    if decision.verdict is Verdict.APPROVED:
        try:
            await _join(agent, record)
        except RemoteProtocolError as error:
            agent.save(replace(record, stage=Stage.DECLINED, reason=str(error)))
    else:
        await agent.send(record.job, 0, Decline("the hospital did not approve"))
        agent.state.frozen.discard(record.job)
        agent.save(replace(record, stage=Stage.DECLINED, reason=decision.reason))


async def _prepare(agent: Agent, record: JobRecord, spec: JobSpec) -> None:
    frozen = agent.state.frozen.load(spec.job)
    if frozen is None:
        # At once: over a relay every call waits for a turn.
        await asyncio.gather(*(_fetch(agent, planned) for planned in spec.measures))
        record = _hold_back(agent, record, spec)
        frozen = await _freeze(agent, record, spec)
    work = build_work(agent.config, agent.state, agent.pinned, spec)
    agent.works[spec.job] = work
    # Encodes every number of the first step, so that one outside its bounds is found now.
    in_words(contribution(work, agent.pinned, agent.config.min_others, record))
    agent.events.emit("input-frozen", job=spec.job, sha256=frozen.sha256)
    record = agent.save(
        replace(record, stage=Stage.AWAITING_APPROVAL, frozen=frozen.sha256, offered=work.offered)
    )
    decided = decision_of(agent.state, spec.job) is not None
    if agent.config.approval == "automatic" and not decided:
        approve_by_policy(agent.state, spec.job, frozen.sha256)
    if agent.config.approval == "automatic" or decided:
        await settle_approvals(agent)
    else:
        agent.events.emit("approval-awaited", job=spec.job, sha256=frozen.sha256)


def _hold_back(agent: Agent, record: JobRecord, spec: JobSpec) -> JobRecord:
    """Put on record which periods are asked too early, before anything is frozen without them."""
    measures = {
        planned.id: stored_measure(agent.state, planned)
        for planned in spec.measures
        if agent.config.offers(planned.id)
    }
    held = held_back(spec, measures, utc_now().date())
    for name, period in held:
        reason = f"{period} {wait_of(measures[name], period).told}"
        agent.events.emit("period-not-offered", job=spec.job, measure=name, reason=reason)
    return agent.save(replace(record, held=held))


async def _freeze(agent: Agent, record: JobRecord, spec: JobSpec) -> FrozenInput:
    summaries = []
    for planned in spec.measures:
        if agent.config.offers(planned.id):
            summary = await _summarise(agent, planned)
            summaries.append(summary.restricted(offered_periods(record, spec, planned.id)))
    if not any(summary.periods for summary in summaries):
        raise DataQualityError(
            f"job {spec.job}: no row of this hospital's data counts in any of its measures and "
            "periods; look at 'fedqi-site check'"
        )
    return agent.state.frozen.freeze(spec.job, summaries)


async def _fetch(agent: Agent, planned: PlannedMeasure) -> None:
    content = await agent.client.measure(planned.id, planned.version)
    store_measure(agent.state, planned, content)


async def _summarise(agent: Agent, planned: PlannedMeasure) -> MeasureSummary:
    measure = stored_measure(agent.state, planned)
    source = agent.config.source(planned.id)
    summary = await asyncio.to_thread(summarise_source, measure, source)
    agent.events.emit("measure-summarised", measure=planned.id)
    return summary


async def join_again(agent: Agent, record: JobRecord) -> None:
    """Hand in the intent of a job once more: the very same bytes."""
    await _join(agent, record)


async def _join(agent: Agent, record: JobRecord) -> None:
    plan = hashlib.sha256(record.spec.encode()).digest()
    frozen = bytes.fromhex(record.frozen)
    collaborative = agent.pinned.genesis.charter.collaborative
    statement = intent_statement(
        collaborative, record.job, agent.site, record.offered, frozen, plan
    )
    signature = agent.credentials.keys.identity.sign(statement)
    # Stored after the acknowledgement: a crash in between sends the very same bytes again.
    intent = Intent(agent.site, record.offered, frozen, plan, signature)
    outcome = await agent.send(record.job, 0, intent)
    stage = Stage.MISSED if outcome is Submitted.CLOSED else Stage.JOINED
    agent.save(replace(record, stage=stage))


async def _decline(agent: Agent, record: JobRecord, error: FedQIError) -> None:
    reason = public_reason(error)
    agent.events.emit("declined", job=record.job, error=type(error).__name__, reason=reason)
    await agent.send(record.job, 0, Decline(reason))
    agent.save(replace(record, stage=Stage.DECLINED, reason=str(error)))
