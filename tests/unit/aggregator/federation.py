"""A coordinator on a real database, and sites that answer it without a network."""

import hashlib
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from aggregator.attempt import LateMessageError
from aggregator.config import Deadlines, Limits
from aggregator.coordinator import Coordinator
from aggregator.database import Database
from aggregator.genesis import MeasureDocument, add_signature, draft, load_genesis, store_draft
from aggregator.mailbox import Mailbox
from aggregator.members import MemberRow
from aggregator.opening import open_job
from aggregator.rules import Tamper, Work, parameters_of, untouched
from fedqi.benchmarking.plan import CollectionPlan
from fedqi.charter import Collection, Genesis, JobSpec, PlannedMeasure, sign_genesis
from fedqi.errors import RemoteProtocolError
from fedqi.measures import parse_measure
from fedqi.secagg import canonical
from fedqi.secagg.certificate import verify_certificate
from fedqi.secagg.commits import AtomsBound, AtomsFreed, AtomsOpened, Entry, UnmaskingAnswered
from fedqi.secagg.encoding import Block, Layout
from fedqi.secagg.messages import AtomDeclaration, Certificate, Declared, SiteMessage
from fedqi.secagg.outputs import Commit, Completed, Output, Send
from fedqi.secagg.parameters import AttemptMode
from fedqi.secagg.receipts import sign_discard_receipt
from fedqi.secagg.site_session import HistoryHead, SiteSession
from fedqi.secagg.state import PublicState
from fedqi.wire.control import (
    AttemptEnded,
    AttemptLost,
    AttemptOpened,
    Envelope,
    Intent,
    JobAnnouncement,
    JobEnded,
    ReceiptRequest,
    SiteBody,
    SiteEnvelope,
    intent_statement,
)
from fedqi.wire.convert import decode_envelope, encode_site_envelope

ATOM = "hf|all|*"
FREE = AtomDeclaration(ATOM, Declared.FREE)
STEPS = 2
MEASURE = {
    "fedqi": 1,
    "id": "hf",
    "version": "1.0.0",
    "title": "A measure",
    "direction": "lower",
    "scoring": "proportion",
    "dataset": {"columns": {"died": {"type": "boolean"}}},
    "numerator": "died",
}
DEADLINES = Deadlines.model_validate({"phase": 10, "receipts": 100, "return": 100, "job": 1000})


def figure(site: str) -> int:
    """The count that a site contributes."""
    return 1 + int.from_bytes(hashlib.sha256(site.encode()).digest()[:1], "big")


class SumPlan(CollectionPlan):
    """Sums one figure per site, twice; releases nothing but the totals."""

    def __init__(self, site: str = "") -> None:
        super().__init__((), 100)
        self.site = site

    def layout(self, state: PublicState) -> Layout | None:
        block = Block("n", (1,), "count", 0, 1000, atom=ATOM)
        return Layout((block,), 100) if len(state.totals) < STEPS else None

    def states(self, state: PublicState) -> list[object]:
        return []

    def values(self, state: PublicState) -> dict[str, np.ndarray]:
        return {"n": np.array([figure(self.site)])}


@dataclass
class FakeSite:
    """An agent in memory; ``silent`` names a message that it does not send any more.

    With ``silent_from``, from that step on.
    """

    name: str
    identity: Ed25519PrivateKey
    genesis: Genesis
    plan: Callable[[str], SumPlan]
    cursor: int = 0
    silent: type | None = None
    silent_from: int = 0
    attempt: int = 0
    over: bool = False
    kept_back: list[SiteEnvelope] = field(default_factory=list)
    atom: AtomDeclaration = FREE
    history: int = 0
    session: SiteSession | None = None
    spec: JobSpec | None = None
    completed: PublicState | None = None
    ended: JobEnded | None = None
    entries: list[Entry] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def restart(self) -> None:
        """Lose what is in memory."""
        self.session, self.silent = None, None

    def answer(self, envelope: Envelope) -> list[SiteEnvelope]:
        bodies = self._bodies(envelope)
        messages = [SiteEnvelope(envelope.job, self._attempt(envelope, b), b) for b in bodies]
        sent = [message for message in messages if not self._is_silent(message.body)]
        self.kept_back += [message for message in messages if message not in sent]
        return sent

    @property
    def answered(self) -> tuple[str, ...]:
        """Jobs of whose last attempt it answered the unmasking."""
        return tuple({e.job for e in self.entries if isinstance(e, UnmaskingAnswered)})

    def _attempt(self, envelope: Envelope, body: SiteBody) -> int:
        return 0 if isinstance(body, Intent) else envelope.attempt

    def _is_silent(self, body: SiteBody) -> bool:
        due = getattr(body, "step", 0) >= self.silent_from
        if self.silent is not None and due and isinstance(body, self.silent):
            self.silent = object  # everything from here on
        return self.silent is object

    def _bodies(self, envelope: Envelope) -> list[SiteBody]:
        body = envelope.body
        if isinstance(body, JobAnnouncement):
            self.attempt = 0
            return [self._intent(body)]
        if isinstance(body, AttemptOpened):
            if envelope.attempt <= self.attempt:
                return []
            if self.over:
                return [AttemptLost("the job is over at this site")]
            self.attempt = envelope.attempt
            return self._join(envelope, body)
        if isinstance(body, ReceiptRequest):
            return self._discard(envelope)
        if isinstance(body, AttemptEnded):
            self._learn(envelope, body)
            return []
        if isinstance(body, JobEnded):
            self.ended = body
        elif self.session is not None:
            return self._take(envelope)
        return []

    def _take(self, envelope: Envelope) -> list[SiteBody]:
        assert self.session is not None
        try:
            outputs = self.session.receive(envelope.body)  # type: ignore[arg-type] # JoiningClosed
        except RemoteProtocolError as error:
            self.refused.append(str(error))
            return []
        return list(self._obey(outputs))

    def _intent(self, body: JobAnnouncement) -> Intent:
        self.spec = JobSpec.model_validate_json(body.spec)
        charter = self.genesis.charter.collaborative
        atoms, frozen, plan = self.spec.atoms, bytes(32), self.spec.plan_hash
        text = intent_statement(charter, self.spec.job, self.name, atoms, frozen, plan)
        return Intent(self.name, atoms, frozen, plan, self.identity.sign(text))

    def _join(self, envelope: Envelope, body: AttemptOpened) -> list[SiteBody]:
        assert self.spec is not None
        parameters = parameters_of(self.genesis, self.spec, envelope.attempt, body.mode)
        if body.certificate is not None:
            self._certify(envelope, body.certificate)
        self.session = SiteSession(
            parameters,
            self.name,
            self.identity,
            self.plan(self.name),
            {ATOM: self.atom},
            HistoryHead(self.history, hashlib.sha256(bytes([self.history])).digest()),
            np.random.default_rng().bytes,
            2,
        )
        return list(self._obey(self.session.start()))

    def _discard(self, envelope: Envelope) -> list[SiteBody]:
        if self.session is not None:
            outputs = self._obey(self.session.discard())
            self.session = None
            return list(outputs)
        assert self.spec is not None
        parameters = parameters_of(self.genesis, self.spec, envelope.attempt, AttemptMode.OPEN)
        return [sign_discard_receipt(parameters, self.name, self.identity)]

    def _learn(self, envelope: Envelope, body: AttemptEnded) -> None:
        self.session = None
        if body.certificate is not None:
            self._certify(envelope, body.certificate)
        elif body.receipts and self.atom.state is Declared.OPEN:
            self.atom = AtomDeclaration(ATOM, Declared.FREE)

    def _certify(self, envelope: Envelope, certificate: Certificate) -> None:
        assert self.spec is not None
        if self.atom.state is Declared.BOUND:
            return
        parameters = parameters_of(self.genesis, self.spec, envelope.attempt, AttemptMode.OPEN)
        self._record(verify_certificate(parameters, certificate, self.name))

    def _obey(self, outputs: list[Output]) -> list[SiteMessage]:
        sent: list[SiteMessage] = []
        for output in outputs:
            if isinstance(output, Send):
                sent.append(output.message)
            elif isinstance(output, Completed):
                self.completed = output.state
            elif isinstance(output, Commit):
                self._record(output.entry)
                assert self.session is not None
                sent += self._obey(self.session.confirm(output))
        return sent

    def _record(self, entry: Entry) -> None:
        self.entries.append(entry)
        self.history += 1
        if isinstance(entry, AtomsOpened) and entry.atoms:
            name = f"{entry.job}/{entry.attempt}".encode()
            self.atom = AtomDeclaration(ATOM, Declared.OPEN, name)
        elif isinstance(entry, AtomsBound) and ATOM in entry.offering:
            digest = canonical.set_digest(entry.offering[ATOM])
            self.atom = AtomDeclaration(ATOM, Declared.BOUND, digest)
        elif isinstance(entry, AtomsFreed):
            self.atom = AtomDeclaration(ATOM, Declared.FREE)


class Federation:
    """Coordinator, database and sites; ``now`` is the only clock."""

    def __init__(
        self,
        directory: Path,
        count: int = 6,
        tamper: Tamper = untouched,
        plan: Callable[[str], SumPlan] = SumPlan,
    ) -> None:
        self.database = Database(f"sqlite:///{directory / 'aggregator.db'}")
        self.now, self.founded = 0.0, time.time()
        self.tamper = tamper
        self.plan = plan
        names = [f"s{index}" for index in range(count)]
        identities = {name: Ed25519PrivateKey.generate() for name in names}
        genesis = self._found(identities)
        self.sites = {name: FakeSite(name, identities[name], genesis, plan) for name in names}
        self.restart()

    def _found(self, identities: dict[str, Ed25519PrivateKey]) -> Genesis:
        rows = [
            MemberRow(name, name, key.public_key().public_bytes_raw(), "1", 0, False, None)
            for name, key in identities.items()
        ]
        measure = parse_measure(MEASURE)
        planned = PlannedMeasure(
            id="hf", version="1.0.0", digest=measure.digest, lineage=measure.lineage
        )
        rules = {"collaborative": "qi", "title": "QI", "collusion_bound": 1}
        rules |= {"retention": "for ever", "arbiter": "all"}
        chosen = Collection(id="all", title="All", measures=("hf",), analyses=("crude",))
        documents = [MeasureDocument(planned, measure.canonical_json)]
        with self.database.transaction() as connection:
            made = draft(rules, rows, documents, [chosen])
            store_draft(connection, made, documents)
            for name, key in identities.items():
                text = sign_genesis(made.charter, made.roster, made.programme, name, key)
                add_signature(connection, name, bytes.fromhex(text))
            genesis = load_genesis(connection)
        assert genesis is not None
        return genesis

    def restart(self) -> None:
        """Throw everything in memory away, as kill -9 does."""
        self.mailbox = Mailbox(self.database)
        self.coordinator = Coordinator(
            self.database,
            self.mailbox,
            Limits(),
            DEADLINES,
            self.tamper,
            clock=lambda: self.now,
            wall=lambda: self.founded + self.now,
            work=lambda connection, genesis, spec: Work(spec, self.plan("")),
        )
        self.coordinator.tick()

    def open(self, job: str) -> None:
        with self.database.transaction() as connection:
            open_job(connection, "all", job, (), None, 16)
        self.coordinator.tick()

    def run(self, between: Callable[[], None] = lambda: None) -> None:
        """Deliver until nothing moves; ``between`` is called after every submission."""
        while any([self._serve(site, between) for site in self.sites.values()]):
            self.coordinator.tick()

    def send_kept_back(self) -> None:
        """Let every site send what it kept back, and go on."""
        for site in self.sites.values():
            late, site.kept_back = site.kept_back, []
            for message in late:
                self.coordinator.submit(site.name, encode_site_envelope(message))
        self.run()

    def run_until_attempt(self) -> None:
        """Let every site join, and no more."""
        for site in self.sites.values():
            self._serve(site, lambda: None)

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds
        self.coordinator.tick()

    def total(self, *sites: str) -> int:
        return sum(figure(site) for site in sites or self.sites)

    def _serve(self, site: FakeSite, between: Callable[[], None]) -> bool:
        found = self.mailbox.after(site.name, site.cursor)
        for sequence in found:
            envelope = decode_envelope(b"".join(self.mailbox.message(sequence)))
            site.cursor = envelope.sequence
            for answer in site.answer(envelope):
                with suppress(LateMessageError):  # as the agents do
                    self.coordinator.submit(site.name, encode_site_envelope(answer))
                between()
        return bool(found)
