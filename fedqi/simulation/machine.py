"""A site's machine: the real sessions and the real release history over a disk that survives."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fedqi.benchmarking.participation import Member, Participant, SiteIdentity
from fedqi.disclosure import (
    AtomsFreed,
    AttemptPhase,
    Entry,
    GivenUp,
    GivenUpState,
    Open,
    ReceiptSigned,
)
from fedqi.errors import FedQIError, PolicyError, RemoteProtocolError
from fedqi.secagg import (
    AtomsOpened,
    AttemptMode,
    AttemptParameters,
    SitePhase,
    sign_discard_receipt,
    verify_discard_receipts,
)
from fedqi.secagg.messages import AdvertList, AggregatorMessage, Certificate
from fedqi.simulation.disk import Disk, JobNote, Records
from fedqi.simulation.moments import Moments, PowerCut
from fedqi.simulation.setting import (
    COLLABORATIVE,
    Entropy,
    FigurePlan,
    Rules,
    Spec,
    digest,
    extract,
    identity_of,
)
from fedqi.simulation.watch import Receipt, Watch
from fedqi.wire.control import (
    AttemptEnded,
    AttemptLost,
    AttemptOpened,
    Envelope,
    Intent,
    JobAnnouncement,
    ReceiptRequest,
    SiteBody,
    SiteEnvelope,
    intent_statement,
)
from fedqi.wire.convert import decode_envelope, encode_site_envelope

RESTARTED = "the agent was restarted; its secrets are gone"
EXTRACT_WIDTH = 4


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a machine stands in.

    Parameters
    ----------
    rules
        What all members signed.
    moments
        Where it fails.
    watch
        Sees everything that it does.
    carry
        Takes a message to the aggregator: machine, bytes, kind.
    clock
        Seconds as this site's clock tells them.
    fell
        Told when the machine went down, and for how long.
    patient
        Whether it keeps a session that refused a message.
    """

    rules: Rules
    moments: Moments
    watch: Watch
    carry: Callable[["Machine", bytes, str], None]
    clock: Callable[[], float]
    fell: Callable[["Machine", float], None]
    patient: bool


@dataclass(frozen=True, slots=True)
class Habits:
    """What a site was set up with.

    Parameters
    ----------
    withheld
        Atoms it has no data for.
    min_others
        Honest others it asks for.
    uncounted
        Members it does not count.
    """

    withheld: frozenset[str] = frozenset()
    min_others: int = 1
    uncounted: tuple[str, ...] = ()


class Session(Participant):
    """One attempt; says where it stands."""

    @property
    def phase(self) -> SitePhase:
        """Where the session stands."""
        return self._session.phase

    @classmethod
    def of(cls, member: Member, parameters: AttemptParameters) -> "Session":
        """Begin an attempt with new keys."""
        return cls(member, member.join(parameters)._session)


@dataclass
class Machine:
    """One machine of a site; a clone of it is another machine of the same site.

    Parameters
    ----------
    site
        Its name in the roster.
    disk
        What survives.
    habits
        What it was set up with.
    around
        What it stands in.
    twin
        Whether it is a clone.
    """

    site: str
    disk: Disk
    habits: Habits
    around: Surroundings
    twin: bool = False
    up: bool = True
    life: int = 0
    edition: int = 0
    mailbox: list[tuple[bytes, str]] = field(default_factory=list)
    sessions: dict[str, Session] = field(default_factory=dict)
    records: Records = field(init=False)

    def __post_init__(self) -> None:
        self.records = Records(self.disk)

    def restart(self) -> None:
        """Start again from the disk; tell of attempts whose secrets are gone."""
        self.up, self.records = True, Records(self.disk)
        try:
            for job, note in list(self.disk.jobs.items()):
                if note.inside:
                    self.disk.note(job, note.attempt, inside=False)
                    self._send(job, note.attempt, AttemptLost(RESTARTED))
        except PowerCut as cut:
            self.fall(cut.down)

    def fall(self, down: float) -> None:
        """Lose the memory."""
        for session in self.sessions.values():
            session.erase()
        self.sessions.clear()
        self.up, self.life = False, self.life + 1
        self.around.fell(self, down)

    def take(self, data: bytes, forged: str = "") -> None:
        """Take the bytes of one message; ``forged`` names the attack that made them."""
        try:
            envelope = decode_envelope(data)
        except RemoteProtocolError:
            self.around.watch.undecoded(forged)
            return
        try:
            self.around.moments.power(self.site, f"receive {type(envelope.body).__name__}")
            self._dispatch(envelope, forged)
        except PowerCut as cut:
            self.fall(cut.down)

    def give_up(self, atom: str) -> None:
        """Follow the hospital's wish never to offer an atom again, if it still can be."""
        with suppress(PolicyError):
            self.records.store(GivenUp((atom,)))

    def _dispatch(self, envelope: Envelope, forged: str) -> None:
        job, attempt, body = envelope.job, envelope.attempt, envelope.body
        note = self.disk.jobs.get(job)
        if isinstance(body, JobAnnouncement):
            self._join(job, body, forged)
        elif note is None:
            return
        elif isinstance(body, AttemptOpened):
            self._open(job, attempt, body, forged)
        elif isinstance(body, ReceiptRequest):
            self._sign_receipt(note, attempt, forged)
        elif isinstance(body, AttemptEnded):
            self._end(note, attempt, body, forged)
        elif isinstance(body, AggregatorMessage):
            self._receive(note, attempt, body, forged)

    def _join(self, job: str, body: JobAnnouncement, forged: str) -> None:
        if job in self.disk.jobs:
            return
        spec = Spec.from_bytes(body.spec)
        self.around.watch.delivered(forged)
        for atom in spec.atoms:
            if atom not in self.habits.withheld:
                frozen = extract(self.site, atom, EXTRACT_WIDTH, self.edition)
                self.disk.frozen.setdefault(atom, frozen)
        self.disk.jobs[job] = JobNote(spec)
        offered = tuple(atom for atom in spec.atoms if self._offers(atom))
        frozen_input = digest([self.disk.frozen.get(atom) for atom in offered])
        facts = (COLLABORATIVE, job, self.site, offered, frozen_input, spec.plan)
        signature = identity_of(self.site).sign(intent_statement(*facts))
        self._send(job, 0, Intent(self.site, offered, frozen_input, spec.plan, signature))

    def _offers(self, atom: str) -> bool:
        given_up = isinstance(self.records.history.state(atom), GivenUpState)
        return atom in self.disk.frozen and not given_up

    def _open(self, job: str, attempt: int, body: AttemptOpened, forged: str) -> None:
        note = self.disk.jobs[job]
        if attempt <= note.attempt:
            self.around.watch.ignored(forged)
            return
        if self.site not in body.participants:
            self._send(job, attempt, AttemptLost("this site did not join the job"))
            return
        self._forget(job)
        self.disk.note(job, attempt, inside=True)
        parameters = self.around.rules.parameters(note.spec, attempt, body.mode)
        member = self._member(note.spec)
        try:
            if body.certificate is not None:
                self._bind(member, parameters, body.certificate, forged)
            session = Session.of(member, parameters)
            self.sessions[job] = session
            self.around.watch.joined(self, parameters, self._figures(note.spec))
            answers = session.start()
        except FedQIError as error:
            self._refused(job, attempt, error, forged)
            return
        self._send_all(job, attempt, answers)

    def _receive(
        self, note: JobNote, attempt: int, message: AggregatorMessage, forged: str
    ) -> None:
        job, session = note.spec.job, self.sessions.get(note.spec.job)
        if session is None or attempt != note.attempt:
            return
        before = session.phase
        seen = Receipt(self, job, attempt, message, before, forged)
        try:
            answers = session.receive(message)
        except FedQIError as error:
            self.around.watch.refused(seen, session.phase, error)
            self._refused(job, attempt, error, "")
            return
        if isinstance(message, AdvertList):
            self.around.watch.accepts_adverts(seen, message)
            self.disk.remember(message)
        self.around.watch.accepted(seen, session, answers)
        self._send_all(job, attempt, answers)

    def _refused(self, job: str, attempt: int, error: FedQIError, forged: str) -> None:
        self.around.watch.refused_control(forged)
        if self.around.patient and isinstance(error, RemoteProtocolError) and job in self.sessions:
            return
        self._forget(job)
        note = self.disk.jobs[job]
        if note.inside:
            self.disk.note(job, note.attempt, inside=False)
            self._send(job, attempt, AttemptLost(str(error)))

    def _sign_receipt(self, note: JobNote, attempt: int, forged: str) -> None:
        job = note.spec.job
        if not 1 <= attempt <= note.attempt:
            return
        self.around.watch.delivered(forged)
        answered = self.records.history.attempts.get((job, attempt))
        if answered is AttemptPhase.ANSWERED:
            return
        self._forget(job)
        self._store(ReceiptSigned(job, attempt))
        parameters = self.around.rules.parameters(note.spec, attempt, AttemptMode.OPEN)
        self._send(job, attempt, sign_discard_receipt(parameters, self.site, self._key))

    def _end(self, note: JobNote, attempt: int, body: AttemptEnded, forged: str) -> None:
        job = note.spec.job
        if attempt == note.attempt:
            self._forget(job)
            if note.inside:
                self.disk.note(job, attempt, inside=False)
        opened = self._opened(job, attempt)
        if opened is None:
            return
        parameters = self.around.rules.parameters(note.spec, attempt, AttemptMode.OPEN)
        try:
            if body.certificate is not None:
                self._bind(self._member(note.spec), parameters, body.certificate, forged)
            elif body.receipts:
                freed = verify_discard_receipts(parameters, opened, body.adverts, body.receipts)
                self.around.watch.accepted_control(forged)
                self._store(AtomsFreed(freed.job, freed.attempt, freed.atoms))
        except FedQIError:
            self.around.watch.refused_control(forged)

    def _bind(
        self,
        member: Member,
        parameters: AttemptParameters,
        certificate: Certificate,
        forged: str,
    ) -> None:
        before = self.records.history.counter
        member.bind(parameters, certificate)
        # a site at which nothing is open has no use for the proof and does not look at it
        if self.records.history.counter == before:
            self.around.watch.ignored(forged)
        else:
            self.around.watch.accepted_control(forged)

    def _opened(self, job: str, attempt: int) -> AtomsOpened | None:
        atoms, found = [], b""
        for atom, state in self.records.history.atoms.items():
            if isinstance(state, Open) and (state.job, state.attempt) == (job, attempt):
                atoms.append(str(atom))
                found = state.u1_digest
        return AtomsOpened(job, attempt, tuple(atoms), found) if atoms else None

    def _member(self, spec: Spec) -> Member:
        identity = SiteIdentity(
            self.site,
            self._key,
            Entropy(self.site, self.twin, self.life, spec.job, len(self.disk.ledger)),
            self.habits.min_others,
            self.habits.uncounted,
        )
        plan = FigurePlan(spec, len(self.around.rules.sites), self._figures(spec))
        return Member(identity, plan, self.records.history, self._store, self.disk.counters)

    def _figures(self, spec: Spec) -> dict[str, tuple[int, ...]]:
        frozen = self.disk.frozen
        return {atom: frozen[atom][: spec.width] for atom in spec.atoms if self._offers(atom)}

    @property
    def _key(self) -> Ed25519PrivateKey:
        return identity_of(self.site)

    def _store(self, entry: Entry) -> None:
        name = type(entry).__name__
        self.around.moments.power(self.site, f"store {name}")
        self.records.store(entry)
        self.around.moments.power(self.site, f"stored {name}")

    def _forget(self, job: str) -> None:
        session = self.sessions.pop(job, None)
        if session is not None:
            session.erase()

    def _send_all(self, job: str, attempt: int, bodies: Sequence[SiteBody]) -> None:
        for body in bodies:
            self._send(job, attempt, body)

    def _send(self, job: str, attempt: int, body: SiteBody) -> None:
        kind = type(body).__name__
        self.around.moments.power(self.site, f"send {kind}")
        envelope = SiteEnvelope(job, attempt, body)
        data = encode_site_envelope(envelope)
        self.records.depart(envelope, data, self.around.clock())
        self.around.watch.left(self, envelope)
        self.around.carry(self, data, kind)
        self.around.moments.power(self.site, f"sent {kind}")
