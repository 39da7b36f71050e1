"""The simulated aggregator: all its jobs, its stored messages as its disk, its deadlines."""

from typing import Protocol

from fedqi.errors import RemoteProtocolError
from fedqi.simulation.attempt import Deadlines
from fedqi.simulation.clock import Agenda
from fedqi.simulation.job import Job, Post
from fedqi.simulation.moments import AGGREGATOR, Moments, PowerCut
from fedqi.simulation.setting import Rules, Spec
from fedqi.simulation.store import Ending, Store
from fedqi.simulation.violation import Violation
from fedqi.wire.control import SiteEnvelope
from fedqi.wire.convert import decode_site_envelope, encode_site_envelope


class Listener(Protocol):
    """Whoever reads what comes in at the aggregator, kept or refused: the adversary."""

    def hear(self, site: str, envelope: SiteEnvelope) -> SiteEnvelope:
        """Note a message; return it, or what a colluding site sends in its place."""


class Aggregator:
    """Drives every job; memory can be lost at any moment.

    Parameters
    ----------
    rules
        What all members signed.
    moments
        Where it fails.
    agenda
        Virtual time.
    post
        Sends to a site.
    listener
        Hears everything that comes in.
    skew
        Its deadlines are multiplied by this.
    """

    def __init__(
        self,
        rules: Rules,
        moments: Moments,
        agenda: Agenda,
        post: Post,
        listener: Listener,
        skew: float,
    ) -> None:
        self._rules, self._moments, self._agenda = rules, moments, agenda
        self._post, self._listener = post, listener
        usual = Deadlines()
        self._deadlines = Deadlines(
            *(skew * each for each in (usual.join, usual.round, usual.receipts, usual.come_back))
        )
        self._stores: dict[str, Store] = {}
        self._bound: dict[str, tuple[str, ...]] = {}
        self._jobs: dict[str, Job] = {}
        self.up = True

    @property
    def endings(self) -> dict[str, Ending | None]:
        """Job -> how it ended, or None."""
        return {name: store.ending for name, store in self._stores.items()}

    def job(self, name: str) -> Job | None:
        """Return a job in memory."""
        return self._jobs.get(name)

    def announce(self, spec: Spec, invited: tuple[str, ...]) -> None:
        """Announce a job; one with a known name replaces nothing and is announced beside it."""
        if not self.up:
            self._agenda.after(1.0, lambda: self.announce(spec, invited))
            return
        if spec.job in self._stores:
            return
        self._stores[spec.job] = Store(spec, invited, self._agenda.now)
        self._load(spec.job).announce()
        self._wake(self._deadlines.join)

    def take(self, site: str, data: bytes, kind: str) -> bool:
        """Take a message's bytes; return whether it was acknowledged."""
        if not self.up:
            return False
        try:
            self._moments.power(AGGREGATOR, f"receive {kind}")
            self._take(site, data)
            self._moments.power(AGGREGATOR, f"stored {kind}")
            self._advance()
        except PowerCut as cut:
            self._fall(cut.down)
            return False
        return True

    def _take(self, site: str, data: bytes) -> None:
        envelope = decode_site_envelope(data)
        heard = self._listener.hear(site, envelope)
        if heard is not envelope:
            envelope, data = heard, encode_site_envelope(heard)
        job = self._jobs.get(envelope.job)
        if job is None:
            return
        try:
            job.take(site, envelope, data)
        except RemoteProtocolError:
            return  # it stays as it was; the site learns nothing from the answer either

    def _advance(self) -> None:
        for job in list(self._jobs.values()):
            moved = False
            while job.advance(self._agenda.now, self._deadlines):
                moved = True
            if moved:
                self._wake(self._deadlines.round)
                self._wake(self._deadlines.receipts)
                self._wake(self._deadlines.come_back)

    def _wake(self, seconds: float) -> None:
        self._agenda.after(seconds + 0.001, self.tick)

    def tick(self) -> None:
        """Look whether a deadline has passed."""
        if self.up:
            try:
                self._advance()
            except PowerCut as cut:
                self._fall(cut.down)

    def _fall(self, down: float) -> None:
        before = {name: self._place(job) for name, job in self._jobs.items()}
        self._jobs.clear()
        self.up = False
        self._agenda.after(down, lambda: self._restart(before))

    def _restart(self, before: dict[str, tuple[str, ...]]) -> None:
        self.up = True
        for name in self._stores:
            place = self._place(self._load(name))
            if place != before[name]:
                raise Violation(
                    "a restarted aggregator stands where it stood",
                    f"job {name}: {before[name]} before, {place} after",
                )
        for deadline in (0.0, self._deadlines.round, self._deadlines.receipts):
            self._wake(deadline)
        self._wake(self._deadlines.come_back)

    def _load(self, name: str) -> Job:
        store = self._stores[name]
        job = Job(store, self._rules, self._bound, self._moments, self._post)
        job.resume(self._agenda.now)
        self._jobs[name] = job
        return job

    @staticmethod
    def _place(job: Job) -> tuple[str, ...]:
        if job.attempt is None or job.store.ending is not None:
            return ()
        session = job.attempt.session
        return (job.attempt.parameters.name, session.phase.value, *session.waiting_for)
