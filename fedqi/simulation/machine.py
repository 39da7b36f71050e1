"""A site's machine: the real sessions and the real release history over a disk that survives."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fedqi.benchmarking.participation import Member, SiteIdentity
from fedqi.disclosure import Entry, GivenUp, GivenUpState
from fedqi.errors import PolicyError
from fedqi.simulation.disk import Disk, Records
from fedqi.simulation.moments import PowerCut
from fedqi.simulation.setting import Entropy, FigurePlan, Spec, identity_of
from fedqi.simulation.surroundings import Habits, Session, Surroundings
from fedqi.wire.control import AttemptLost, SiteBody, SiteEnvelope
from fedqi.wire.convert import encode_site_envelope

RESTARTED = "the agent was restarted; its secrets are gone"


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
                    self.send(job, note.attempt, AttemptLost(RESTARTED))
        except PowerCut as cut:
            self.fall(cut.down)

    def fall(self, down: float) -> None:
        """Lose the memory."""
        for session in self.sessions.values():
            session.erase()
        self.sessions.clear()
        self.up, self.life = False, self.life + 1
        self.around.fell(self, down)

    def give_up(self, atom: str) -> None:
        """Follow the hospital's wish never to offer an atom again, if it still can be."""
        with suppress(PolicyError):
            self.records.store(GivenUp((atom,)))

    def offers(self, atom: str) -> bool:
        """Tell whether this site has an atom's data and has not given it up."""
        given_up = isinstance(self.records.history.state(atom), GivenUpState)
        return atom in self.disk.frozen and not given_up

    def member(self, spec: Spec) -> Member:
        """Return this site's part in a job, over the release history as it is now."""
        identity = SiteIdentity(
            self.site,
            self.key,
            Entropy(self.site, self.twin, self.life, spec.job, len(self.disk.ledger)),
            self.habits.min_others,
            self.habits.uncounted,
        )
        plan = FigurePlan(spec, len(self.around.rules.sites), self.figures(spec))
        return Member(identity, plan, self.records.history, self.store, self.disk.counters)

    def figures(self, spec: Spec) -> dict[str, tuple[int, ...]]:
        """Return the frozen input of a job."""
        frozen = self.disk.frozen
        return {atom: frozen[atom][: spec.width] for atom in spec.atoms if self.offers(atom)}

    @property
    def key(self) -> Ed25519PrivateKey:
        """Signs this site's messages."""
        return identity_of(self.site)

    def store(self, entry: Entry) -> None:
        """Store an entry of the release history; it is durable when this returns."""
        name = type(entry).__name__
        self.around.moments.power(self.site, f"store {name}")
        self.records.store(entry)
        self.around.moments.power(self.site, f"stored {name}")

    def forget(self, job: str) -> None:
        """Erase the secrets of a job's attempt."""
        session = self.sessions.pop(job, None)
        if session is not None:
            session.erase()

    def send_all(self, job: str, attempt: int, bodies: Sequence[SiteBody]) -> None:
        """Send messages in their order."""
        for body in bodies:
            self.send(job, attempt, body)

    def send(self, job: str, attempt: int, body: SiteBody) -> None:
        """Log a message durably, then hand it in."""
        kind = type(body).__name__
        self.around.moments.power(self.site, f"send {kind}")
        envelope = SiteEnvelope(job, attempt, body)
        data = encode_site_envelope(envelope)
        self.records.depart(envelope, data, self.around.clock())
        self.around.watch.left(self, envelope)
        self.around.carry(self, data, kind)
        self.around.moments.power(self.site, f"sent {kind}")
