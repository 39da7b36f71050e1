"""The end of a job: the published figures, checked, and this hospital's own position in them."""

from dataclasses import replace
from enum import StrEnum
from typing import Any, NoReturn

import numpy as np

from fedqi.benchmarking.result import collect_positions, collect_results
from fedqi.benchmarking.transcript import transcript_digest
from fedqi.charter import JobSpec
from fedqi.disclosure import Bound, ReleaseHistory
from fedqi.errors import ConfigurationError, FedQIError, RemoteProtocolError
from fedqi.secagg.parameters import AttemptMode
from fedqi.secagg.state import PublicState
from fedqi.wire.control import JobEnded, JobOutcome
from site_agent.agent import Agent, public_reason
from site_agent.genesis import Pinned
from site_agent.jobs import FINISHED, JobRecord, Stage
from site_agent.work import Work, build_work, read_spec

STAGES = {
    JobOutcome.PUBLISHED: Stage.PUBLISHED,
    JobOutcome.PARTIAL: Stage.PARTIAL,
    JobOutcome.ENDED: Stage.ENDED,
}
WORD_BYTES = 8
UNFIT = (ValueError, LookupError, ArithmeticError)
DOES_NOT_FIT = "the published totals do not fit the plan of the job"


class Standing(StrEnum):
    """How this hospital stands to the published totals."""

    VERIFIED = "in the cohort; every total recomputed here"
    SIGNED = (
        "in the cohort; every total recomputed here, or by auditors whose signatures it checked"
    )
    UNVERIFIED = "in the cohort; totals taken from the aggregator, not recomputed here"
    LOCAL = (
        "not in the cohort: compared locally, after the event, with the frozen benchmark of the "
        "others; the totals, and that its figures are in none, are taken from the aggregator, so "
        "compare the transcript with a member of the cohort"
    )

    @property
    def is_verified(self) -> bool:
        """Whether no total was taken from the aggregator alone."""
        return self in (Standing.VERIFIED, Standing.SIGNED)


async def end_job(agent: Agent, record: JobRecord, body: JobEnded) -> None:
    """Store the result and this hospital's positions, or say why there are none."""
    if record.stage in FINISHED:
        return
    agent.forget(record.job)
    stage, reason = STAGES[body.outcome], _reason(record, body)
    try:
        if body.totals:
            _store(agent, record, body)
    except FedQIError as error:
        stage, reason = Stage.ENDED, str(error)
        agent.events.emit(
            "result-refused",
            job=record.job,
            error=type(error).__name__,
            reason=public_reason(error),
        )
    agent.save(replace(record, stage=stage, reason=reason))
    agent.works.pop(record.job, None)
    agent.events.emit(
        "job-ended", job=record.job, phase=str(stage), reason=body.reason, sites=len(body.cohort)
    )


def _reason(record: JobRecord, body: JobEnded) -> str:
    if record.stage not in (Stage.DECLINED, Stage.MISSED):
        return body.reason
    # What kept this hospital out is what its people can act upon.
    return "; ".join(filter(None, (body.reason, f"{record.stage} here: {record.reason}")))


def _store(agent: Agent, record: JobRecord, body: JobEnded) -> None:
    work = agent.works.get(record.job) or build_work(
        agent.config, agent.state, agent.pinned, read_spec(record)
    )
    state = _published(body)
    _check_sets(agent.records.history, state)
    complete = not _missing(work, state)
    standing = standing_of(agent.site, agent.pinned, work.spec, state, record, complete)
    document = result_document(agent.pinned, work, state, agent.site, standing, body)
    agent.state.save_result(record.job, document)
    agent.events.emit(
        "position-computed",
        job=record.job,
        phase=standing.name.lower(),
        sites=len(state.cohort),
    )


def result_document(
    pinned: Pinned,
    work: Work,
    state: PublicState,
    site: str,
    standing: Standing,
    body: JobEnded,
) -> dict[str, Any]:
    """Compute result and positions from the totals.

    Nothing is taken from the announced result, so that a false announcement changes no
    figure here.

    Parameters
    ----------
    pinned
        The signed documents.
    work
        The job at this site.
    state
        The published totals.
    site
        This site.
    standing
        Whether the site is in them, and on whose word it takes them.
    body
        The announcement.

    Raises
    ------
    RemoteProtocolError
        If the totals cannot be those of the job.
    """
    summaries = {} if work.frozen is None else work.frozen.offered
    missing = _missing(work, state)
    try:
        segment = pinned.genesis.charter.segment_of(site)
        positions = collect_positions(work.plan, state, summaries, site, segment)
        result = collect_results(work.plan, state, transcript_of(pinned, work.spec, state))
    except UNFIT as error:
        raise RemoteProtocolError(DOES_NOT_FIT, round_name="job ended") from error
    if missing and body.outcome is JobOutcome.PUBLISHED:
        _refuse("the published totals end before the last step of the plan")
    return {
        **result.to_dict(),
        "job": work.spec.job,
        "outcome": str(body.outcome),
        "reason": body.reason,
        "missing": missing,
        "waiting_for": list(body.waiting_for),
        "standing": str(standing),
        "in_cohort": standing is not Standing.LOCAL,
        "verified": standing.is_verified,
        "released": {
            "cohort": list(state.cohort),
            "offering": {atom: list(sites) for atom, sites in state.offering.items()},
            "totals": [total.astype("<u8").tobytes().hex() for total in state.totals],
        },
        "positions": {site: [position.to_dict() for position in positions]},
    }


def _check_sets(history: ReleaseHistory, state: PublicState) -> None:
    # protocol 4.6: also where this site saw no total, a lie about who is in it does not pass
    for atom, sites in state.offering.items():
        held = history.state(atom)
        if sites and isinstance(held, Bound) and held.sites != tuple(sorted(set(sites))):
            _refuse(f"atom {atom} is published over other sites than those it is bound to here")


def _missing(work: Work, state: PublicState) -> list[dict[str, str]]:
    try:
        return work.plan.missing(state)
    except UNFIT as error:
        raise RemoteProtocolError(DOES_NOT_FIT, round_name="job ended") from error


def transcript_of(pinned: Pinned, spec: JobSpec, state: PublicState) -> str:
    """Return the digest of what a job released, as this site computes it."""
    return transcript_digest(pinned.parameters(spec, 1, AttemptMode.OPEN), state)


def _published(body: JobEnded) -> PublicState:
    if any(len(total) % WORD_BYTES for total in body.totals):
        raise RemoteProtocolError("a published total is cut off", round_name="job ended")
    totals = tuple(np.frombuffer(total, dtype="<u8").astype(np.uint64) for total in body.totals)
    return PublicState(body.cohort, body.offering, totals)


def stored_state(document: dict[str, Any]) -> PublicState:
    """Return the released totals that :func:`result_document` kept.

    Raises
    ------
    ConfigurationError
        If the document is not whole.
    """
    try:
        return _released(document["released"])
    except (KeyError, TypeError, ValueError, AttributeError):
        raise ConfigurationError(
            "the stored result is damaged; restore the state directory from its backup"
        ) from None


def _released(released: dict[str, Any]) -> PublicState:
    totals = tuple(np.frombuffer(bytes.fromhex(t), dtype="<u8") for t in released["totals"])
    offering = {atom: tuple(sites) for atom, sites in released["offering"].items()}
    return PublicState(tuple(released["cohort"]), offering, totals)


def standing_of(
    site: str,
    pinned: Pinned,
    spec: JobSpec,
    state: PublicState,
    record: JobRecord,
    complete: bool,
) -> Standing:
    """Hold what was published against what this site recomputed.

    Parameters
    ----------
    site
        This site.
    pinned, spec
        The signed documents, and the job.
    state
        As published; of a partial job it may have fewer totals than this site recomputed.
    record
        Has the transcript digests of what was recomputed, kept over restarts.
    complete
        Whether the plan ends with these totals: the last must then be settled (protocol 7.13).

    Raises
    ------
    RemoteProtocolError
        If they contradict each other.
    """
    if (record.verified or record.recomputed) and site not in state.cohort:
        _refuse("the published cohort leaves out this site, which recomputed its totals")
    if site not in state.cohort:
        return Standing.LOCAL
    for steps, digest in enumerate(record.verified[: len(state.totals)], start=1):
        sofar = PublicState(state.cohort, state.offering, state.totals[:steps])
        if transcript_of(pinned, spec, sofar) != digest:
            _refuse(
                f"the published total of step {steps - 1}, or the sets of sites behind it, are "
                "not those that this site recomputed"
            )
    verified = Standing.SIGNED if record.on_word else Standing.VERIFIED
    if len(record.verified) > len(state.totals):
        return verified  # the job is partial, and this site knows more of it
    if record.recomputed and record.recomputed != transcript_of(pinned, spec, state):
        _refuse("the published totals are not all that this site recomputed")
    all_verified = record.recomputed or (not complete and len(record.verified) == len(state.totals))
    return verified if all_verified else Standing.UNVERIFIED


def _refuse(reason: str) -> NoReturn:
    raise RemoteProtocolError(
        f"{reason}; its result was not stored; tell the other members", round_name="job ended"
    )
