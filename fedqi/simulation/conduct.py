"""How a site's machine answers each message, by the rules of the site agent."""

from fedqi.benchmarking.participation import Member
from fedqi.disclosure import AtomsFreed, AttemptPhase, Open, ReceiptSigned
from fedqi.errors import FedQIError, RemoteProtocolError
from fedqi.secagg import (
    AtomsOpened,
    AttemptMode,
    AttemptParameters,
    sign_discard_receipt,
    verify_discard_receipts,
)
from fedqi.secagg.messages import AdvertList, AggregatorMessage, Certificate
from fedqi.simulation.disk import JobNote
from fedqi.simulation.machine import Machine
from fedqi.simulation.moments import PowerCut
from fedqi.simulation.setting import COLLABORATIVE, Spec, digest, extract, identity_of
from fedqi.simulation.surroundings import Session
from fedqi.simulation.watch import Receipt
from fedqi.wire.control import (
    AttemptEnded,
    AttemptLost,
    AttemptOpened,
    Envelope,
    Intent,
    JobAnnouncement,
    ReceiptRequest,
    intent_statement,
)
from fedqi.wire.convert import decode_envelope

EXTRACT_WIDTH = 4
"""Numbers frozen per atom; a job sums the first of them."""


def take(machine: Machine, data: bytes, forged: str = "") -> None:
    """Take the bytes of one message; ``forged`` names the attack that made them."""
    try:
        envelope = decode_envelope(data)
    except RemoteProtocolError:
        machine.around.watch.undecoded(forged)
        return
    try:
        machine.around.moments.power(machine.site, f"receive {type(envelope.body).__name__}")
        _dispatch(machine, envelope, forged)
    except PowerCut as cut:
        machine.fall(cut.down)


def _dispatch(machine: Machine, envelope: Envelope, forged: str) -> None:
    job, attempt, body = envelope.job, envelope.attempt, envelope.body
    note = machine.disk.jobs.get(job)
    if isinstance(body, JobAnnouncement):
        join(machine, job, body, forged)
    elif note is None:
        return
    elif isinstance(body, AttemptOpened):
        open_attempt(machine, job, attempt, body, forged)
    elif isinstance(body, ReceiptRequest):
        sign_receipt(machine, note, attempt, forged)
    elif isinstance(body, AttemptEnded):
        end_attempt(machine, note, attempt, body, forged)
    elif isinstance(body, AggregatorMessage):
        receive(machine, note, attempt, body, forged)


def join(machine: Machine, job: str, body: JobAnnouncement, forged: str) -> None:
    """Freeze the input and say that this site takes part; a known job is left as it is."""
    if job in machine.disk.jobs:
        return
    spec = Spec.from_bytes(body.spec)
    machine.around.watch.delivered(forged)
    for atom in spec.atoms:
        if atom not in machine.habits.withheld:
            frozen = extract(machine.site, atom, EXTRACT_WIDTH, machine.edition)
            machine.disk.frozen.setdefault(atom, frozen)
    machine.disk.jobs[job] = JobNote(spec)
    offered = tuple(atom for atom in spec.atoms if machine.offers(atom))
    frozen_input = digest([machine.disk.frozen.get(atom) for atom in offered])
    facts = (COLLABORATIVE, job, machine.site, offered, frozen_input, spec.plan)
    signature = identity_of(machine.site).sign(intent_statement(*facts))
    machine.send(job, 0, Intent(machine.site, offered, frozen_input, spec.plan, signature))


def open_attempt(
    machine: Machine, job: str, attempt: int, body: AttemptOpened, forged: str
) -> None:
    """Join an attempt with new keys, over the frozen input and, if given, a certificate's set."""
    note = machine.disk.jobs[job]
    if attempt <= note.attempt:
        machine.around.watch.ignored(forged)
        return
    if machine.site not in body.participants or note.settled:
        machine.send(job, attempt, AttemptLost("this site did not join, or holds its result"))
        return
    machine.forget(job)
    machine.disk.note(job, attempt, inside=True)
    parameters = machine.around.rules.parameters(note.spec, attempt, body.mode)
    member = machine.member(note.spec)
    try:
        if body.certificate is not None:
            _bind(machine, member, parameters, body.certificate, forged)
        session = Session.of(member, parameters)
        machine.sessions[job] = session
        machine.around.watch.joined(machine, parameters, machine.figures(note.spec))
        answers = session.start()
    except FedQIError as error:
        _refused(machine, job, attempt, error, forged)
        return
    machine.send_all(job, attempt, answers)


def receive(
    machine: Machine, note: JobNote, attempt: int, message: AggregatorMessage, forged: str
) -> None:
    """Hand a message to the session; without a session it is of no use."""
    job, session = note.spec.job, machine.sessions.get(note.spec.job)
    if session is None or attempt != note.attempt:
        return
    before = session.phase
    seen = Receipt(machine, job, attempt, message, before, forged)
    try:
        answers = session.receive(message)
    except FedQIError as error:
        machine.around.watch.refused(seen, session.phase, error)
        _refused(machine, job, attempt, error, "")
        return
    if isinstance(message, AdvertList):
        machine.around.watch.accepts_adverts(seen, message)
    machine.disk.remember(session.histories)
    if session.completed is not None:
        machine.disk.settle(job)
    machine.around.watch.accepted(seen, session, answers)
    machine.send_all(job, attempt, answers)


def _refused(machine: Machine, job: str, attempt: int, error: FedQIError, forged: str) -> None:
    machine.around.watch.refused_control(forged)
    if (
        machine.around.patient
        and isinstance(error, RemoteProtocolError)
        and job in machine.sessions
    ):
        return
    machine.forget(job)
    note = machine.disk.jobs[job]
    if note.inside:
        machine.disk.note(job, note.attempt, inside=False)
        machine.send(job, attempt, AttemptLost(str(error)))


def sign_receipt(machine: Machine, note: JobNote, attempt: int, forged: str) -> None:
    """Sign a discard receipt, unless this site answered the unmasking of the attempt."""
    job = note.spec.job
    if not 1 <= attempt <= note.attempt:
        return
    machine.around.watch.delivered(forged)
    answered = machine.records.history.attempts.get((job, attempt))
    if answered is AttemptPhase.ANSWERED:
        return
    machine.forget(job)
    machine.store(ReceiptSigned(job, attempt))
    parameters = machine.around.rules.parameters(note.spec, attempt, AttemptMode.OPEN)
    machine.send(job, attempt, sign_discard_receipt(parameters, machine.site, machine.key))


def end_attempt(
    machine: Machine, note: JobNote, attempt: int, body: AttemptEnded, forged: str
) -> None:
    """Erase the attempt's secrets; free or bind its atoms if the end proves how it ended."""
    job = note.spec.job
    if attempt == note.attempt:
        machine.forget(job)
        if note.inside:
            machine.disk.note(job, attempt, inside=False)
    opened = _opened(machine, job, attempt)
    if opened is None:
        return
    parameters = machine.around.rules.parameters(note.spec, attempt, AttemptMode.OPEN)
    try:
        if body.certificate is not None:
            _bind(machine, machine.member(note.spec), parameters, body.certificate, forged)
        elif body.receipts:
            freed = verify_discard_receipts(parameters, opened, body.adverts, body.receipts)
            machine.around.watch.accepted_control(forged)
            machine.store(AtomsFreed(freed.job, freed.attempt, freed.atoms))
    except FedQIError:
        machine.around.watch.refused_control(forged)


def _bind(
    machine: Machine,
    member: Member,
    parameters: AttemptParameters,
    certificate: Certificate,
    forged: str,
) -> None:
    before = machine.records.history.counter
    member.bind(parameters, certificate)
    # a site at which nothing is open has no use for the proof and does not look at it
    if machine.records.history.counter == before:
        machine.around.watch.ignored(forged)
    else:
        machine.around.watch.accepted_control(forged)


def _opened(machine: Machine, job: str, attempt: int) -> AtomsOpened | None:
    atoms, found = [], b""
    for atom, state in machine.records.history.atoms.items():
        if isinstance(state, Open) and (state.job, state.attempt) == (job, attempt):
            atoms.append(str(atom))
            found = state.u1_digest
    return AtomsOpened(job, attempt, tuple(atoms), found) if atoms else None
