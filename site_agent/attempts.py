"""One attempt after another of a job: sessions live in memory only, what binds is durable."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from fedqi.benchmarking.courses import portions
from fedqi.benchmarking.entries import opened_in
from fedqi.benchmarking.participation import Participant
from fedqi.disclosure import AtomsFreed, AttemptPhase, ReceiptSigned
from fedqi.errors import ConfigurationError, FedQIError, TransportError
from fedqi.secagg.messages import AdvertList, AggregatorMessage, SiteMessage
from fedqi.secagg.parameters import AttemptMode, AttemptParameters
from fedqi.secagg.receipts import sign_discard_receipt, verify_discard_receipts
from fedqi.wire.control import AttemptEnded, AttemptLost, AttemptOpened
from site_agent.agent import Agent, public_reason
from site_agent.counters import check_forks, remember
from site_agent.courses import keep_course
from site_agent.jobs import FINISHED, JobRecord, Stage, all_records
from site_agent.outcome import transcript_of
from site_agent.questions import check_asked
from site_agent.work import build_work, read_spec

JOINED = frozenset({Stage.JOINED, Stage.IN_ATTEMPT, Stage.BETWEEN_ATTEMPTS})
RESTARTED = "the agent was restarted; its secrets are gone"
SETTLED = "this site holds the job's result as settled; another attempt could give another one"
OUR_OWN_TROUBLE = (ConfigurationError, TransportError)
"""Errors that stop the service instead of the attempt: a full disk, a refused certificate."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message belongs: a job and the number of an attempt."""

    record: JobRecord
    attempt: int

    @property
    def job(self) -> str:
        """Name of the job."""
        return self.record.job


async def report_lost_attempts(agent: Agent) -> None:
    """After a start: tell the aggregator of attempts whose secrets died with the last process."""
    for record in all_records(agent.state):
        if record.stage is Stage.IN_ATTEMPT:
            await leave_attempt(agent, record, RESTARTED)


async def leave_attempt(agent: Agent, record: JobRecord, reason: str) -> None:
    """Erase the secrets of the running attempt and say so; the next one may be joined."""
    agent.forget(record.job)
    agent.save(replace(record, stage=Stage.BETWEEN_ATTEMPTS, reason=reason))
    await agent.send(record.job, record.attempt, AttemptLost(reason))


async def open_attempt(agent: Agent, place: Place, body: AttemptOpened) -> None:
    """Join an attempt with new keys, over the frozen input and, if given, the certificate's set."""
    if place.attempt <= place.record.attempt:
        return
    if place.record.stage in FINISHED:
        # An aggregator that was restored from a backup does not know that it ended the job.
        await agent.send(place.job, place.attempt, AttemptLost("the job is over at this site"))
        return
    refusal = _refusal(agent, place, body)
    if refusal:
        await agent.send(place.job, place.attempt, AttemptLost(refusal))
        return
    agent.forget(place.job)
    agent.save(replace(place.record, attempt=place.attempt, stage=Stage.IN_ATTEMPT, reason=""))
    agent.events.emit(
        "attempt-opened",
        job=place.job,
        attempt=place.attempt,
        mode=str(body.mode),
        sites=len(body.participants),
    )
    await _guarded(agent, place, lambda: _start(agent, place, body))


async def take_message(agent: Agent, place: Place, message: AggregatorMessage) -> None:
    """Hand a protocol message to the session; without a session it is of no use."""
    participant = agent.participants.get(place.job)
    if participant is None or place.attempt != place.record.attempt:
        return
    await _guarded(agent, place, lambda: _receive(agent, place, participant, message))


async def sign_receipt(agent: Agent, place: Place) -> None:
    """Sign a discard receipt, unless this site answered the unmasking of the attempt."""
    if not 1 <= place.attempt <= place.record.attempt:
        return
    phase = agent.records.history.attempts.get((place.job, place.attempt))
    if phase is AttemptPhase.ANSWERED:
        agent.events.emit("receipt-refused", job=place.job, attempt=place.attempt)
        return
    if place.attempt == place.record.attempt:
        agent.forget(place.job)
    if phase is not AttemptPhase.DISCARDED:
        # once: who asks for ever must not fill the disk, nor move the counter on
        agent.records.store(ReceiptSigned(place.job, place.attempt))
    parameters = _parameters(agent, place, AttemptMode.OPEN)
    receipt = sign_discard_receipt(parameters, agent.site, agent.credentials.keys.identity)
    await agent.send(place.job, place.attempt, receipt)


async def end_attempt(agent: Agent, place: Place, body: AttemptEnded) -> None:
    """Erase the attempt's secrets; free or bind its atoms if the end proves how it ended."""
    if place.attempt == place.record.attempt:
        agent.forget(place.job)
        if place.record.stage is Stage.IN_ATTEMPT:
            agent.save(replace(place.record, stage=Stage.BETWEEN_ATTEMPTS, reason=body.reason))
    agent.events.emit("attempt-ended", job=place.job, attempt=place.attempt, reason=body.reason)
    await _guarded(agent, place, lambda: _settle(agent, place, body))


def _refusal(agent: Agent, place: Place, body: AttemptOpened) -> str:
    if place.record.stage not in JOINED or agent.site not in body.participants:
        return "this site did not join the job"
    # protocol 7.14
    return SETTLED if place.record.recomputed else ""


def _start(agent: Agent, place: Place, body: AttemptOpened) -> list[SiteMessage]:
    _ensure_work(agent, place)
    check_asked(agent, read_spec(place.record))
    parameters = _parameters(agent, place, body.mode)
    if body.certificate is not None:
        agent.member(place.job).bind(parameters, body.certificate)
    participant = agent.member(place.job).join(parameters)
    agent.participants[place.job] = participant
    return participant.start()


def _receive(
    agent: Agent, place: Place, participant: Participant, message: AggregatorMessage
) -> list[SiteMessage]:
    if isinstance(message, AdvertList):
        check_forks(agent.state, message)
    verified = len(participant.verified)
    answers = participant.receive(message)
    if isinstance(message, AdvertList) or len(participant.verified) > verified:
        remember(agent.state, participant.histories)
    for taken in participant.verified[verified:]:
        plan = agent.works[place.job].plan
        keep_course(agent.state, taken.step, portions(plan, participant.state, taken))
    if participant.state.totals:
        _keep_verified(agent, place.record, participant)
    return answers


def _keep_verified(agent: Agent, record: JobRecord, participant: Participant) -> None:
    # Durable before the verdict leaves: a restart cannot recompute, the secrets are gone.
    before, spec, steps = record, read_spec(record), len(participant.state.totals)
    digest = transcript_of(agent.pinned, spec, participant.state)
    if record.verified[steps - 1 : steps] != (digest,):
        record = replace(record, verified=(*record.verified[: steps - 1], digest))
    if participant.completed is not None and not record.recomputed:
        digest = transcript_of(agent.pinned, spec, participant.completed)
        record = replace(record, recomputed=digest)
    if not all(taken.recomputed for taken in participant.verified):
        record = replace(record, on_word=True)
    if record != before:
        agent.save(record)


def _settle(agent: Agent, place: Place, body: AttemptEnded) -> list[SiteMessage]:
    opened = opened_in(agent.records.history, place.job, place.attempt)
    if opened is None:
        return []
    _ensure_work(agent, place)
    parameters = _parameters(agent, place, AttemptMode.OPEN)
    if body.certificate is not None:
        agent.member(place.job).bind(parameters, body.certificate)
    elif body.receipts:
        freed = verify_discard_receipts(parameters, opened, body.adverts, body.receipts)
        agent.records.store(AtomsFreed(freed.job, freed.attempt, freed.atoms))
    return []


async def _guarded(agent: Agent, place: Place, act: Callable[[], list[SiteMessage]]) -> None:
    try:
        for message in act():
            await agent.send(place.job, place.attempt, message)
    except OUR_OWN_TROUBLE:
        raise
    except FedQIError as error:
        await _give_up(agent, place, error)


async def _give_up(agent: Agent, place: Place, error: FedQIError) -> None:
    # The session refused; nothing was revealed. Only availability rests on saying so.
    agent.forget(place.job)
    reason = public_reason(error)
    accused = getattr(error, "site", None)
    agent.events.emit(
        "message-refused",
        job=place.job,
        attempt=place.attempt,
        error=type(error).__name__,
        reason=reason,
        accused=accused,
        round=getattr(error, "round_name", None),
    )
    record = agent.record(place.job)
    if record is not None and record.stage is Stage.IN_ATTEMPT:
        agent.save(replace(record, stage=Stage.BETWEEN_ATTEMPTS, reason=str(error)))
        await agent.send(place.job, place.attempt, AttemptLost(reason))


def _parameters(agent: Agent, place: Place, mode: AttemptMode) -> AttemptParameters:
    return agent.pinned.parameters(read_spec(place.record), place.attempt, mode)


def _ensure_work(agent: Agent, place: Place) -> None:
    if place.job not in agent.works:
        spec = read_spec(place.record)
        agent.works[place.job] = build_work(agent.config, agent.state, agent.pinned, spec)
