"""FedQI's own sessions, every site and the aggregator in one process."""

import hashlib
import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from numpy.typing import NDArray

from benchmarks.secagg_cost import Cost
from fedqi.secagg import messages
from fedqi.secagg.aggregator_session import AggregatorSession
from fedqi.secagg.encoding import Block, Layout
from fedqi.secagg.outputs import Commit, Output, Send
from fedqi.secagg.parameters import AttemptMode, AttemptParameters, default_collusion_bound
from fedqi.secagg.site_session import HistoryHead, SiteSession
from fedqi.secagg.state import PublicState
from fedqi.wire.control import Envelope, SiteEnvelope
from fedqi.wire.convert import encode_envelope, encode_site_envelope

ATOM = "benchmark|all|*"
LARGEST = 1_000_000
JOB = "benchmark"
Result = TypeVar("Result")


class CountsPlan:
    """The same layout of counts in every step.

    Parameters
    ----------
    sites, length, steps
        Of the run.
    """

    def __init__(self, sites: int, length: int, steps: int) -> None:
        block = Block("counts", (length,), "count", 0, LARGEST, atom=ATOM)
        self._layout = Layout((block,), sites)
        self._steps = steps
        self._values = np.arange(length, dtype=np.int64) % LARGEST

    def layout(self, state: PublicState) -> Layout | None:
        """Return the layout until all steps are done."""
        return self._layout if len(state.totals) < self._steps else None

    def values(self, state: PublicState) -> Mapping[str, NDArray[Any]]:
        """Return the same counts for every site."""
        return {"counts": self._values}


class Stopwatch:
    """Adds up processor time by party, and bytes by direction."""

    def __init__(self) -> None:
        self.seconds = {"client": 0.0, "server": 0.0}
        self.bytes = {"up": 0, "down": 0}

    def time(self, party: str, call: Callable[..., Result], *arguments: Any) -> Result:
        """Call and charge the party for it."""
        start = time.process_time()
        result = call(*arguments)
        self.seconds[party] += time.process_time() - start
        return result


def measure(sites: int, length: int, dropped: int, steps: int) -> Cost:
    """Return the mean cost of a step.

    Parameters
    ----------
    sites
        n.
    length
        Words of the vector.
    dropped
        Sites that deal shares and send no masked input.
    steps
        The first is open, the others are closed over the survivors.
    """
    names = [f"site-{number:04}" for number in range(sites)]
    keys = {name: Ed25519PrivateKey.generate() for name in names}
    parameters, plan = _parameters(keys), CountsPlan(sites, length, steps)
    watch = Stopwatch()
    aggregator = AggregatorSession(parameters, plan, tuple(names))
    members = {name: _site(parameters, plan, name, key) for name, key in keys.items()}
    silent = set(names[sites - dropped :])
    _run(aggregator, members, silent, watch)
    return Cost(
        system="fedqi",
        client_cpu_s=watch.seconds["client"] / steps,
        server_cpu_s=watch.seconds["server"] / steps,
        bytes_up=watch.bytes["up"] / steps,
        bytes_down=watch.bytes["down"] / steps,
    )


def _parameters(keys: Mapping[str, Ed25519PrivateKey]) -> AttemptParameters:
    documents = [hashlib.sha256(word).digest() for word in (b"charter", b"roster", b"plan")]
    return AttemptParameters(
        collaborative="benchmark",
        job=JOB,
        attempt=1,
        mode=AttemptMode.OPEN,
        charter=documents[0],
        roster=documents[1],
        programme=documents[0],
        plan=documents[2],
        identities={name: key.public_key().public_bytes_raw() for name, key in keys.items()},
        collusion_bound=default_collusion_bound(len(keys)),
        min_others=2,
        atoms=(ATOM,),
    )


def _site(
    parameters: AttemptParameters, plan: CountsPlan, name: str, key: Ed25519PrivateKey
) -> SiteSession:
    free = messages.AtomDeclaration(ATOM, messages.Declared.FREE)
    head = HistoryHead(0, bytes(32))
    return SiteSession(parameters, name, key, plan, {ATOM: free}, head, os.urandom, 2)


def _run(
    aggregator: AggregatorSession,
    members: Mapping[str, SiteSession],
    silent: set[str],
    watch: Stopwatch,
) -> None:
    for name, session in members.items():
        _submit(aggregator, name, _messages(session, session.start, watch), silent, watch)
    while aggregator.result is None:
        for name, message in watch.time("server", aggregator.proceed):
            watch.bytes["down"] += len(encode_envelope(Envelope(0, JOB, 1, message)))
            session = members[name]
            sent = _messages(session, session.receive, watch, message)
            _submit(aggregator, name, sent, silent, watch)


def _messages(
    session: SiteSession, call: Callable[..., list[Output]], watch: Stopwatch, *arguments: Any
) -> list[messages.SiteMessage]:
    """Return what the site sends; commits are confirmed at once, as there is no disk."""
    outputs = watch.time("client", call, *arguments)
    sent: list[messages.SiteMessage] = []
    while outputs:
        output = outputs.pop(0)
        if isinstance(output, Send):
            sent.append(output.message)
        elif isinstance(output, Commit):
            outputs = [*watch.time("client", session.confirm, output), *outputs]
    return sent


def _submit(
    aggregator: AggregatorSession,
    name: str,
    sent: Sequence[messages.SiteMessage],
    silent: set[str],
    watch: Stopwatch,
) -> None:
    for message in sent:
        if name in silent and not isinstance(message, messages.Advert | messages.Shares):
            return
        watch.bytes["up"] += len(encode_site_envelope(SiteEnvelope(JOB, 1, message)))
        watch.time("server", aggregator.receive, name, message)
