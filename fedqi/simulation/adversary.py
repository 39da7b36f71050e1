"""The aggregator's other hand: it hears everything and may change what a site is shown."""

from collections import defaultdict
from typing import TYPE_CHECKING

from fedqi.secagg.messages import AdvertList, SiteMessage
from fedqi.simulation.attacks import ATTACKS, Forged, Hand, View
from fedqi.simulation.machine import Machine
from fedqi.simulation.operations import Attack, Schedule
from fedqi.wire.control import AggregatorBody, Envelope, SiteBody, SiteEnvelope
from fedqi.wire.convert import encode_envelope

if TYPE_CHECKING:
    from fedqi.simulation.world import World

RELENTS_AFTER = 0.5
"""Seconds between a forged message and the right one."""


SPLIT = "two jobs sharing a session"


class SecondHand:
    """Hears what comes in for the second run of a job, and leaves it as it is."""

    def hear(self, site: str, envelope: SiteEnvelope) -> SiteEnvelope:
        """Return the message."""
        return envelope


class Adversary:
    """Posts what the aggregator posts, or what an attack makes of it.

    Parameters
    ----------
    world
        The federation.
    operations
        Its schedule.
    """

    def __init__(self, world: "World", operations: Schedule) -> None:
        self._world = world
        self._drawn: dict[str, list[str]] = defaultdict(list)
        for operation in operations:
            if isinstance(operation, Attack):
                self._drawn[operation.victim].append(operation.name)
        self._sequence: dict[str, int] = defaultdict(int)
        self.hand = Hand(world)
        self.second_hand = SecondHand()

    def hear(self, site: str, envelope: SiteEnvelope) -> SiteEnvelope:
        """Keep a message for later; change it if its site colludes and an attack says so."""
        self.hand.hear(site, envelope)
        job = self._world.aggregator.job(envelope.job)
        if site not in self._world.colluders or job is None or job.attempt is None:
            return envelope
        view = self.hand.over(envelope.job, envelope.attempt, site)
        attack, forged = self._attack_on(view, envelope.body)
        if attack is None or not isinstance(forged[0], SiteMessage):
            return envelope
        self._world.watch.delivered(attack.name)
        return SiteEnvelope(envelope.job, envelope.attempt, forged[0])

    def post(self, job: str, attempt: int, site: str, body: AggregatorBody) -> None:
        """Send a message to a site, as it is or as an attack changes it."""
        self.hand.shown(job, attempt, site, body)
        view = self.hand.over(job, attempt, site)
        attack, forged = self._attack_on(view, body)
        if attack is None:
            self.send(job, attempt, site, body)
            return
        move = ATTACKS[attack.name]
        if move.repeats:
            self.send(job, attempt, site, body)
        if move.spread is not None:
            move.spread(view, body)
        delay = 0.0
        for other in forged:
            if isinstance(other, SiteMessage):
                continue
            delay += 0.0 if move.repeats else RELENTS_AFTER
            self._later(delay, job, attempt, site, other, attack.name)
        if attack.relents and not move.repeats:
            self._later(delay + RELENTS_AFTER, job, attempt, site, body, "")

    def post_second(self, job: str, attempt: int, site: str, body: AggregatorBody) -> None:
        """Send a message of the second run of a job; a colluder answers with its double."""
        if isinstance(body, AdvertList):
            self._world.watch.delivered(SPLIT)
        machine = self._world.doubles.get(site) or self._world.machine_of(site, job, attempt)
        self._carry(machine, job, attempt, body)

    def _attack_on(
        self, view: View, body: AggregatorBody | SiteBody
    ) -> tuple[Attack | None, Forged]:
        for name in self._drawn.get(view.victim, ()):
            move = ATTACKS[name]
            forged = move.forge(view, body) if isinstance(body, move.on) else None
            if forged:
                # only an opportunity counts: a message from which the attack can be made
                for operation in self._world.moments.reached(view.victim, f"attack {name}"):
                    if isinstance(operation, Attack):
                        return operation, forged
        return None, []

    def _later(
        self,
        delay: float,
        job: str,
        attempt: int,
        site: str,
        body: AggregatorBody | bytes,
        forged: str,
    ) -> None:
        self._world.agenda.after(delay, lambda: self.send(job, attempt, site, body, forged))

    def send(
        self, job: str, attempt: int, site: str, body: AggregatorBody | bytes, forged: str = ""
    ) -> None:
        """Send a message or bytes; ``forged`` names the attack that made them."""
        machine = self._world.machine_of(site, job, attempt)
        if isinstance(body, bytes):
            self._world.network.to_site(machine, body, "bytes", forged)
        else:
            self._carry(machine, job, attempt, body, forged)

    def _carry(
        self, machine: Machine, job: str, attempt: int, body: AggregatorBody, forged: str = ""
    ) -> None:
        self._sequence[machine.site] += 1
        data = encode_envelope(Envelope(self._sequence[machine.site], job, attempt, body))
        self._world.network.to_site(machine, data, type(body).__name__, forged)
