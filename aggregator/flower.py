"""The ServerApp: the aggregator over Flower, with SuperNodes in place of ports."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from flwr.app import Context, Message
from flwr.serverapp import Grid, ServerApp

from aggregator.lock import only_server
from aggregator.office import open_office
from aggregator.rounds import LOST, Delivery, Until, serve
from fedqi.errors import ConfigurationError, RemoteProtocolError
from fedqi.flower.records import MESSAGE_TYPE, read_bytes, record

CONFIG, UNTIL = "fedqi-config", "fedqi-until"


@dataclass(frozen=True, slots=True)
class GridCarrier:
    """Flower's grid as a carrier of turns.

    Parameters
    ----------
    grid
        Of the run.
    """

    grid: Grid

    def nodes(self) -> Sequence[str]:
        """Return the SuperNodes that are connected."""
        return [str(node) for node in self.grid.get_node_ids()]

    def send(self, turns: Mapping[str, bytes]) -> Sequence[str]:
        """Query each of these nodes; return Flower's ids of the messages."""
        messages = [
            Message(record(turn), dst_node_id=int(node), message_type=MESSAGE_TYPE, ttl=LOST)
            for node, turn in turns.items()
        ]
        return list(self.grid.push_messages(messages))

    def receive(self, tickets: Sequence[str]) -> Sequence[Delivery]:
        """Return the replies that have come."""
        return [_delivery(reply) for reply in self.grid.pull_messages(tickets)]


def _delivery(reply: Message) -> Delivery:
    ticket = reply.metadata.reply_to_message_id
    if reply.has_error():
        return Delivery(ticket, None, reply.error.reason)
    try:
        return Delivery(ticket, read_bytes(reply.content))
    except RemoteProtocolError as error:
        return Delivery(ticket, None, str(error))


def main(grid: Grid, context: Context) -> None:
    """Run the aggregator that the run's configuration names.

    Raises
    ------
    ConfigurationError
        When it names none.
    """
    config, until = context.run_config.get(CONFIG), context.run_config.get(UNTIL, Until.JOBS_END)
    if not isinstance(config, str):
        raise ConfigurationError(
            f"the run's configuration has no {CONFIG}; start it with --run-config "
            f"'{CONFIG}=\"/path/aggregator.yaml\"'"
        )
    if until not in list(Until):
        raise ConfigurationError(f"{UNTIL}: found {until!r}, expected {' or '.join(Until)}")
    office = open_office(Path(config))
    with only_server(office.config.state_directory):
        asyncio.run(serve(office, GridCarrier(grid), Until(str(until))))


app = ServerApp()
app.main()(main)
