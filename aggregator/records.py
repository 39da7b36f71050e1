"""What is written down when an attempt moves on or a job ends."""

from dataclasses import replace

from sqlalchemy import Connection

from aggregator import store
from aggregator.attempt import Attempt
from aggregator.mailbox import post
from aggregator.release import reached, withheld
from aggregator.rules import Work, bound_by
from aggregator.store import AttemptState
from fedqi.charter import Genesis
from fedqi.wire.control import AttemptEnded, Envelope, JobEnded
from fedqi.wire.convert import decode_envelope, encode_envelope


def close_attempt(
    connection: Connection, genesis: Genesis, work: Work, attempt: Attempt, reason: str
) -> None:
    """End an attempt: tell its participants what frees or binds their atoms."""
    spec = work.spec
    _keep_reached(connection, work, attempt)
    certificate = attempt.session.certificate
    if certificate is not None:
        store.bind(connection, bound_by(genesis, spec, certificate))
    ended = _ended(attempt, reason)
    post(connection, attempt.participants, Envelope(0, spec.job, attempt.number, ended))
    values = {"state": AttemptState.ENDED, "reason": reason}
    store.set_attempt(connection, spec.job, attempt.number, **values)


def _keep_reached(connection: Connection, work: Work, attempt: Attempt) -> None:
    state = attempt.session.settled
    ending = None if state is None else reached(work.plan, attempt.parameters, state)
    if ending is not None:
        data = encode_envelope(Envelope(0, work.spec.job, 0, ending))
        store.keep_reached(connection, work.spec.job, len(ending.totals), data)


def broken_off(
    connection: Connection, job: str, reason: str, waiting_for: tuple[str, ...]
) -> JobEnded:
    """Return the end of a job that cannot go on: partial where some analysis was complete."""
    data = store.find_reached(connection, job)
    ending = None if data is None else decode_envelope(data).body
    if not isinstance(ending, JobEnded):
        return withheld(reason, waiting_for)
    return replace(ending, reason=reason, waiting_for=waiting_for)


def store_ending(connection: Connection, job: str, ending: JobEnded) -> None:
    """Keep how a job ended."""
    store.add_result(connection, job, encode_envelope(Envelope(0, job, 0, ending)))


def note_progress(connection: Connection, attempt: Attempt, until: float) -> None:
    """Write down where an attempt stands, for people; ``until`` is the job's deadline."""
    session = attempt.session
    text = store.progress_text(
        mode=attempt.parameters.mode.value,
        phase="receipts" if attempt.requests else session.phase.value,
        step=len(session.state.totals) if session.state is not None else 0,
        participants=len(attempt.participants),
        waiting_for=attempt.awaited,
        lost=sorted(attempt.lost),
        receipts=len(session.receipts),
        requests=attempt.requests,
        until=until,
    )
    store.set_attempt(connection, attempt.parameters.job, attempt.number, progress=text)


def _ended(attempt: Attempt, reason: str) -> AttemptEnded:
    receipts = attempt.session.receipts
    if not receipts or attempt.session.undiscarded:
        return AttemptEnded(reason, certificate=attempt.session.certificate)
    adverts = tuple(attempt.adverts[site] for site in sorted(attempt.adverts))
    return AttemptEnded(reason, receipts, attempt.session.certificate, adverts)
