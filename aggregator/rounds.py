"""Serving over a relay: turns go out when they bring or may bring something, replies come back.

Coordinator, database and services are those of ``fedqi-aggregator serve``: deadlines, quorum, late
answers and crashes are dealt with alike. One of the two serves a state directory at a time.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from time import monotonic
from typing import Protocol

from aggregator import store
from aggregator.office import Office
from aggregator.relay import Exchange
from aggregator.server import Desk, keep_time
from fedqi.errors import RemoteProtocolError

LOST = 120.0  # seconds after which a turn without a reply is given up
_log = logging.getLogger("aggregator")


@dataclass(frozen=True, slots=True)
class Pace:
    """How often what happens, in seconds.

    Parameters
    ----------
    beat
        Between looks at the relay.
    gathering
        How long answers are gathered before a turn takes them along.
    asking
        Between turns of a node whose agent has asked nothing.
    """

    beat: float = 0.5
    gathering: float = 1.0
    asking: float = 10.0


UNHURRIED = Pace()


class Until(StrEnum):
    """When serving ends by itself."""

    JOBS_END = "jobs-end"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came back for a turn.

    Parameters
    ----------
    ticket
        Of the turn.
    reply
        As the agent sealed it; None where the relay failed.
    reason
        Why it failed.
    """

    ticket: str
    reply: bytes | None
    reason: str = ""


class Carrier(Protocol):
    """A network that carries turns to nodes and replies back. Its calls may block."""

    def nodes(self) -> Sequence[str]:
        """Return the nodes that are there."""
        ...

    def send(self, turns: Mapping[str, bytes]) -> Sequence[str]:
        """Send a turn to each of these nodes; return a ticket for each."""
        ...

    def receive(self, tickets: Sequence[str]) -> Sequence[Delivery]:
        """Return what has come back for these tickets."""
        ...


@dataclass(slots=True)
class _Rounds:
    """The turns under way, by ticket: node and when it was sent."""

    exchange: Exchange
    carrier: Carrier
    pace: Pace
    sent: dict[str, tuple[str, float]] = field(default_factory=dict)
    replied: dict[str, float] = field(default_factory=dict)

    async def beat(self) -> None:
        """Send the turns that are due, and take the replies that are there."""
        nodes = await asyncio.to_thread(self.carrier.nodes)
        due = {node: self.exchange.turn(node) for node in nodes if self._is_due(node)}
        if due:
            tickets = await asyncio.to_thread(self.carrier.send, due)
            for ticket, node in zip(tickets, due, strict=True):
                self.sent[ticket] = (node, monotonic())
        if self.sent:
            for delivery in await asyncio.to_thread(self.carrier.receive, list(self.sent)):
                self._take(delivery)
        self._give_up()

    def _is_due(self, node: str) -> bool:
        if any(other == node for other, _ in self.sent.values()):
            return False
        if node not in self.replied:
            return True
        since = monotonic() - self.replied[node]
        if self.exchange.has_answers(node):
            return since >= self.pace.gathering
        return not self.exchange.is_served(node) and since >= self.pace.asking

    def _take(self, delivery: Delivery) -> None:
        node, _ = self.sent.pop(delivery.ticket)
        self.replied[node] = monotonic()
        if delivery.reply is None:
            _log.warning("node %s: %s", node, delivery.reason)
            return
        try:
            self.exchange.take(node, delivery.reply)
        except RemoteProtocolError as error:
            _log.warning("node %s: %s", node, error)

    def _give_up(self) -> None:
        for ticket, (node, since) in list(self.sent.items()):
            if monotonic() - since > LOST:
                del self.sent[ticket]
                self.replied[node] = monotonic()
                _log.warning("node %s has not answered a turn for %.0f s", node, LOST)


async def serve(office: Office, carrier: Carrier, until: Until, pace: Pace = UNHURRIED) -> None:
    """Serve the agents behind a relay's nodes.

    Parameters
    ----------
    office
        The aggregator.
    carrier
        The relay.
    until
        When to end.
    pace
        How often turns go out.
    """
    desk = Desk(office.config, office.database)
    identity = office.authority.issue_server([office.config.advertised], datetime.now(UTC))
    services = desk.federation(), desk.enrolments(office, "")
    exchange = Exchange(*services, office.authority, identity)
    rounds = _Rounds(exchange, carrier, pace)
    ticking = asyncio.create_task(keep_time(desk.coordinator))
    seen = False
    try:
        while not ticking.done():
            await rounds.beat()
            is_open = _any_open(office)
            if until is Until.JOBS_END and seen and not is_open and not rounds.sent:
                return
            seen = seen or is_open
            await asyncio.sleep(pace.beat)
        ticking.result()
    finally:
        exchange.close()
        ticking.cancel()
        with suppress(asyncio.CancelledError):
            await ticking


def _any_open(office: Office) -> bool:
    with office.database.reading() as connection:
        return any(row.state in store.OPEN_STATES for row in store.all_jobs(connection))
