"""The aggregator's other hand: it hears everything and may change what a site is shown."""

from collections import defaultdict
from typing import TYPE_CHECKING

from fedqi.simulation.attacks import ATTACKS, Hand
from fedqi.simulation.operations import Attack
from fedqi.wire.control import AggregatorBody, Envelope, SiteEnvelope
from fedqi.wire.convert import encode_envelope

if TYPE_CHECKING:
    from fedqi.simulation.world import World

RELENTS_AFTER = 0.5
"""Seconds between a forged message and the right one."""


class Adversary:
    """Posts what the aggregator posts, or what an attack makes of it.

    Parameters
    ----------
    world
        The federation.
    """

    def __init__(self, world: "World") -> None:
        self._world = world
        self._sequence: dict[str, int] = defaultdict(int)
        self.hand = Hand(world)

    def hear(self, site: str, envelope: SiteEnvelope) -> None:
        """Keep a message for later."""
        self.hand.hear(site, envelope)

    def post(self, job: str, attempt: int, site: str, body: AggregatorBody) -> None:
        """Send a message to a site, as it is or as an attack changes it."""
        self.hand.shown(job, attempt, site, body)
        attack = self._attack_on(site, body)
        forged = None if attack is None else self._forge(attack, job, attempt, site, body)
        if attack is None or forged is None:
            self._send(job, attempt, site, body)
            return
        first = ATTACKS[attack.name].repeats
        if first:
            self._send(job, attempt, site, body)
        delay = 0.0
        for other in forged:
            delay += RELENTS_AFTER
            self._later(delay, job, attempt, site, other, attack.name)
        if attack.relents and not first:
            self._later(delay + RELENTS_AFTER, job, attempt, site, body, "")

    def _attack_on(self, site: str, body: AggregatorBody) -> Attack | None:
        for name, move in ATTACKS.items():
            if isinstance(body, move.on):
                for operation in self._world.moments.reached(site, f"attack {name}"):
                    if isinstance(operation, Attack):
                        return operation
        return None

    def _forge(
        self, attack: Attack, job: str, attempt: int, site: str, body: AggregatorBody
    ) -> list[AggregatorBody | bytes] | None:
        return ATTACKS[attack.name].forge(self.hand.over(job, attempt, site), body)

    def _later(
        self,
        delay: float,
        job: str,
        attempt: int,
        site: str,
        body: AggregatorBody | bytes,
        forged: str,
    ) -> None:
        self._world.agenda.after(delay, lambda: self._send(job, attempt, site, body, forged))

    def _send(
        self, job: str, attempt: int, site: str, body: AggregatorBody | bytes, forged: str = ""
    ) -> None:
        self._sequence[site] += 1
        if isinstance(body, bytes):
            data, kind = body, "bytes"
        else:
            kind = type(body).__name__
            data = encode_envelope(Envelope(self._sequence[site], job, attempt, body))
        machine = self._world.machine_of(site, job, attempt)
        self._world.network.to_site(machine, data, kind, forged)
