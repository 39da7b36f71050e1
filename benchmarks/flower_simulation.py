"""``python -m benchmarks.flower_simulation``: one job in one process, and on Flower's simulation.

The sessions are the same. On Flower every message is a record that an actor of Ray takes to the
process that holds the sites' sessions, over a Unix socket as from a SuperNode to an agent: actors
share nothing, and no secret of a session may pass through them.
"""

import asyncio
import json
import logging
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import click
from flwr.app import Context, Message
from flwr.clientapp import ClientApp
from flwr.serverapp import Grid, ServerApp
from flwr.simulation import run_simulation

from benchmarks.secagg_plan import JOB, Federation
from benchmarks.secagg_sessions import Run
from fedqi.flower.courier import exchange
from fedqi.flower.records import ACTION, MESSAGE_TYPE, read_bytes, record
from fedqi.secagg.aggregator_session import AggregatorSession
from fedqi.secagg.messages import AggregatorMessage, SiteMessage
from fedqi.secagg.outputs import Commit, Output, Send
from fedqi.secagg.site_session import SiteSession
from fedqi.wire.control import Envelope, SiteEnvelope
from fedqi.wire.convert import (
    decode_envelope,
    decode_site_envelope,
    encode_envelope,
    encode_site_envelope,
)
from fedqi.wire.v1 import relay_pb2 as wire

Push = Callable[[dict[str, bytes]], dict[str, bytes]]


class Sites:
    """The sessions of all sites, behind one socket.

    Parameters
    ----------
    sessions
        Site to its session.
    """

    def __init__(self, sessions: dict[str, SiteSession]) -> None:
        self._sessions = sessions

    def answer(self, data: bytes) -> bytes:
        """Give a site one message, or the word to start; return what it sends."""
        call = wire.Call.FromString(data)
        session = self._sessions[call.method]
        if not call.requests:
            return framed(call.method, self._sent(session, session.start()))
        message = cast(AggregatorMessage, decode_envelope(call.requests[0]).body)
        return framed(call.method, self._sent(session, session.receive(message)))

    def _sent(self, session: SiteSession, outputs: list[Output]) -> list[SiteMessage]:
        sent: list[SiteMessage] = []
        while outputs:
            output = outputs.pop(0)
            if isinstance(output, Send):
                sent.append(output.message)
            elif isinstance(output, Commit):
                outputs = [*session.confirm(output), *outputs]
        return sent


def framed(site: str, messages: Sequence[SiteMessage]) -> bytes:
    """Return what a site sends, as bytes."""
    bodies = [encode_site_envelope(SiteEnvelope(JOB, 1, message)) for message in messages]
    return wire.Call(method=site, requests=bodies).SerializeToString()


@contextmanager
def listening(sites: Sites, path: Path) -> Iterator[None]:
    """Answer on a Unix socket, in a thread of this process."""
    loop = asyncio.new_event_loop()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(sites.answer(await reader.read(-1)))
        await writer.drain()
        writer.close()

    server = loop.run_until_complete(asyncio.start_unix_server(serve, path))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


def drive(aggregator: AggregatorSession, names: Sequence[str], push: Push) -> int:
    """Run a job to its end; return how often all sites were asked."""
    turns, asked = 0, {name: wire.Call(method=name).SerializeToString() for name in names}
    while True:
        turns += 1
        for reply in push(asked).values():
            call = wire.Call.FromString(reply)
            for body in call.requests:
                message = cast(SiteMessage, decode_site_envelope(body).body)
                aggregator.receive(call.method, message)
        if aggregator.result is not None:
            return turns
        asked = {
            name: wire.Call(
                method=name, requests=[encode_envelope(Envelope(turns, JOB, 1, message))]
            ).SerializeToString()
            for name, message in aggregator.proceed()
        }


def on_flower(federation: Federation, folder: Path) -> tuple[float, int, AggregatorSession]:
    """Return the seconds that a job took on Flower's simulation, its turns, and the aggregator."""
    path, names = folder / "s", federation.names
    aggregator = AggregatorSession(federation.parameters, federation.plan, names)
    client, server, took = ClientApp(), ServerApp(), [0.0, 0]

    def relay(message: Message, context: Context) -> Message:
        return Message(record(exchange(str(path), read_bytes(message.content))), reply_to=message)

    def main(grid: Grid, context: Context) -> None:
        while len(nodes := sorted(grid.get_node_ids())) < len(names):
            time.sleep(0.1)
        node_of = dict(zip(names, nodes, strict=True))

        def push(asked: dict[str, bytes]) -> dict[str, bytes]:
            messages = [
                Message(record(data), dst_node_id=node_of[name], message_type=MESSAGE_TYPE)
                for name, data in asked.items()
            ]
            replies = grid.send_and_receive(messages)
            return {str(r.metadata.src_node_id): read_bytes(r.content) for r in replies}

        began = time.monotonic()
        turns = drive(aggregator, names, push)
        took[:] = [time.monotonic() - began, turns]

    client.query(ACTION)(relay)
    server.main()(main)
    with listening(Sites(federation.sessions()), path):
        run_simulation(server, client, num_supernodes=len(names))
    return took[0], int(took[1]), aggregator


def natively(federation: Federation) -> tuple[float, AggregatorSession]:
    """Return the seconds that the same job takes without Flower, and the aggregator."""
    aggregator = AggregatorSession(federation.parameters, federation.plan, federation.names)
    began = time.monotonic()
    Run(federation, aggregator, 0).complete()
    return time.monotonic() - began, aggregator


@click.command()
@click.option("--n", default=200, show_default=True, help="Sites.")
@click.option("--d", default=1000, show_default=True, help="Numbers per step.")
@click.option("--steps", default=2, show_default=True, help="The first is open, the others closed.")
def main(n: int, d: int, steps: int) -> None:
    """Run one job by both engines, compare their totals, and print what they took."""
    logging.getLogger("flwr").setLevel(logging.WARNING)
    native_s, native = natively(Federation(n, d, steps))
    with tempfile.TemporaryDirectory() as folder:
        flower_s, turns, flower = on_flower(Federation(n, d, steps), Path(folder))
    totals = [state.result.totals for state in (native, flower) if state.result is not None]
    equal = all((a == b).all() for a, b in zip(*totals, strict=True))
    click.echo(
        json.dumps(
            {
                "sites": n,
                "numbers": d,
                "steps": steps,
                "turns": turns,
                "native_s": round(native_s, 2),
                "flower_s": round(flower_s, 2),
                "ratio": round(flower_s / native_s, 1),
                "totals_equal": bool(equal),
            }
        )
    )


if __name__ == "__main__":
    main()
