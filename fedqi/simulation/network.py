"""Messages on their way: latency, loss, delay, duplicates, and mailboxes of machines that sleep."""

from collections import Counter
from dataclasses import dataclass, field
from functools import partial

from fedqi.simulation.aggregator import Aggregator
from fedqi.simulation.clock import Agenda
from fedqi.simulation.conduct import take
from fedqi.simulation.machine import Machine
from fedqi.simulation.moments import Moments
from fedqi.simulation.operations import Late, Lose, Twice
from fedqi.simulation.setting import digest

LATENCY = 0.05
AGAIN = 1.0
"""Seconds after which a message that was not acknowledged is sent again."""


@dataclass
class Network:
    """Carries bytes between the aggregator and the machines.

    Parameters
    ----------
    agenda
        Virtual time.
    moments
        Which messages are lost, late or doubled.
    salt
        Varies the latencies.
    slow
        Site -> factor.
    aggregators
        The aggregator, and its second run of a job.
    doubles
        Colluders.
    """

    agenda: Agenda
    moments: Moments
    salt: int
    slow: dict[str, float]
    aggregators: tuple[Aggregator, ...] = ()
    doubles: frozenset[str] = frozenset()
    _carried: Counter[tuple[str, str]] = field(default_factory=Counter)
    _latest: dict[tuple[str, str], float] = field(default_factory=dict)

    def to_site(self, machine: Machine, data: bytes, kind: str, forged: str = "") -> None:
        """Carry a message to a machine; it waits in the mailbox while the machine is down."""
        for delay in self._delays(machine.site, kind, "down"):
            self.agenda.after(delay, partial(self._arrive, machine, data, forged))

    def to_aggregator(self, machine: Machine, data: bytes, kind: str) -> None:
        """Carry a message to the aggregator; sent again until acknowledged, or memory is lost."""
        life = machine.life
        for delay in self._delays(machine.site, kind, "up"):
            self.agenda.after(delay, partial(self._hand_in, machine, life, data, kind))

    def fetch(self, machine: Machine) -> None:
        """Deliver what waited for a machine that came back."""
        waiting, machine.mailbox = machine.mailbox, []
        for data, forged in waiting:
            self.agenda.after(LATENCY, partial(self._arrive, machine, data, forged))

    def _arrive(self, machine: Machine, data: bytes, forged: str) -> None:
        if machine.up:
            take(machine, data, forged)
        else:
            machine.mailbox.append((data, forged))

    def _hand_in(self, machine: Machine, life: int, data: bytes, kind: str) -> None:
        chosen = self.aggregators
        if machine.site in self.doubles:
            # a colluder serves each run of a split job with a machine of its own
            chosen = chosen[1:] if machine.twin else chosen[:1]
        acknowledged = [each.take(machine.site, data, kind) for each in chosen]
        if machine.life == life and not all(acknowledged):
            self.agenda.after(AGAIN, partial(self._hand_in, machine, life, data, kind))

    def _delays(self, site: str, kind: str, way: str) -> list[float]:
        delays = [self._in_order(site, kind, way)]
        for operation in self.moments.reached(site, f"carry {kind}"):
            match operation:
                case Lose(times=times):
                    delays[0] += AGAIN * times
                case Late(by=by):
                    delays[0] += by
                case Twice(after=after):
                    delays.append(delays[0] + after)
        return delays

    def _in_order(self, site: str, kind: str, way: str) -> float:
        # Mailboxes are read in order: only what is lost or late on its way is overtaken.
        self._carried[site, kind] += 1
        jitter = digest(self.salt, site, kind, self._carried[site, kind])[0] / 256
        soonest = self.agenda.now + LATENCY * (1 + jitter) * self.slow.get(site, 1.0)
        arrival = max(soonest, self._latest.get((site, way), 0.0))
        self._latest[site, way] = arrival
        return arrival - self.agenda.now
