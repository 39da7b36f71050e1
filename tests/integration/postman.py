"""A relay without Flower: every agent's socket is a node, and a thread carries each turn."""

import asyncio
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from aggregator.lock import only_server
from aggregator.office import open_office
from aggregator.rounds import Delivery, Pace, Until, serve
from fedqi.flower.courier import exchange


class Postman:
    """Carries turns to sockets.

    Parameters
    ----------
    sockets
        Node to the path of its agent's socket.
    """

    def __init__(self, sockets: Mapping[str, Path]) -> None:
        self._sockets = sockets
        self._pool = ThreadPoolExecutor(len(sockets))
        self._under_way: dict[str, Future[bytes]] = {}
        self.turns = 0

    def nodes(self) -> Sequence[str]:
        """Return the nodes whose agents listen."""
        return [node for node, path in self._sockets.items() if path.exists()]

    def send(self, turns: Mapping[str, bytes]) -> Sequence[str]:
        """Carry each turn to its agent."""
        tickets = []
        for node, turn in turns.items():
            self.turns += 1
            tickets.append(str(self.turns))
            path = str(self._sockets[node])
            self._under_way[tickets[-1]] = self._pool.submit(exchange, path, turn)
        return tickets

    def receive(self, tickets: Sequence[str]) -> Sequence[Delivery]:
        """Return what has come back."""
        back = [ticket for ticket in tickets if self._under_way[ticket].done()]
        return [self._delivery(ticket) for ticket in back]

    def _delivery(self, ticket: str) -> Delivery:
        answer = self._under_way.pop(ticket)
        error = answer.exception()
        return Delivery(ticket, None, str(error)) if error else Delivery(ticket, answer.result())


class RelayedAggregator:
    """The aggregator of a state directory, served over a postman in a thread of this process."""

    def __init__(self, config: Path, postman: Postman) -> None:
        self._config = config
        self._postman = postman
        self._stack = ExitStack()

    def __enter__(self) -> "RelayedAggregator":
        office = open_office(self._config)
        self._stack.enter_context(only_server(office.config.state_directory))
        loop = asyncio.new_event_loop()
        task = loop.create_task(serve(office, self._postman, Until.STOPPED, Pace(0.05, 0.05, 0.1)))

        def run() -> None:
            asyncio.set_event_loop(loop)
            loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
            loop.close()

        thread = threading.Thread(target=run)
        thread.start()
        self._stack.callback(thread.join)
        self._stack.callback(lambda: loop.call_soon_threadsafe(task.cancel))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.close()
