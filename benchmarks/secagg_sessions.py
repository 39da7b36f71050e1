"""FedQI's own sessions, every site and the aggregator in one process."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from unittest.mock import patch

from benchmarks.secagg_cost import Cost
from benchmarks.secagg_plan import JOB, Federation
from benchmarks.stopwatch import Stopwatch, undisturbed
from fedqi.secagg import messages as m
from fedqi.secagg import site_rounds
from fedqi.secagg.aggregator_session import AggregatorSession, Phase
from fedqi.secagg.auditors import check_acceptances, check_agreement
from fedqi.secagg.outputs import Commit, Output, Send
from fedqi.secagg.transcript import checked_total
from fedqi.wire.control import Envelope, SiteEnvelope
from fedqi.wire.convert import encode_envelope, encode_site_envelope

SERVER = "server"
OPEN, CLOSED, VERIFYING = "open", "closed", "verifying"
UP, DOWN = "up", "down"


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
    federation = Federation(sites, length, steps)
    aggregator = AggregatorSession(federation.parameters, federation.plan, federation.names)
    run = Run(federation, aggregator, dropped)
    with undisturbed():
        run.complete()
    return run.cost(steps)


class Run:
    """One job over all sites, timed message by message.

    Parameters
    ----------
    federation
        The sites.
    aggregator
        Not started.
    dropped
        Sites that deal shares and send no masked input.
    """

    def __init__(self, federation: Federation, aggregator: AggregatorSession, dropped: int) -> None:
        self._federation, self._aggregator = federation, aggregator
        self._members = federation.sessions()
        self._survivors = federation.names[: len(federation.names) - dropped]
        self._silent = frozenset(federation.names) - frozenset(self._survivors)
        self._watch = Stopwatch()
        self._receiver = ""
        self._sized: tuple[m.AggregatorMessage | None, int] = (None, 0)

    def complete(self) -> None:
        """Run the job to its end.

        Raises
        ------
        ArithmeticError
            If a total is not the sum of what the survivors sent.
        """
        checks = (checked_total, check_acceptances, check_agreement)
        apart: dict[str, Any] = {check.__name__: partial(self._verify, check) for check in checks}
        with patch.multiple(site_rounds, **apart):
            for name, session in self._members.items():
                self._submit(name, self._answers(name, OPEN, session.start))
            while self._aggregator.result is None:
                for name, message in self._proceed():
                    self._deliver(name, message)
        expected = len(self._survivors) * self._federation.plan.counts
        if any((total != expected).any() for total in self._aggregator.result.totals):
            raise ArithmeticError("a total is not the sum of what the survivors sent")

    def _verify(self, check: Callable[..., Any], *arguments: Any) -> Any:
        return self._watch.time(self._receiver, VERIFYING, check, *arguments)

    def _proceed(self) -> Sequence[tuple[str, m.AggregatorMessage]]:
        state = self._aggregator.state
        phase = CLOSED if state is not None and state.totals else OPEN
        if self._aggregator.phase is Phase.VERIFYING:
            phase = VERIFYING
        return self._watch.time(SERVER, phase, self._aggregator.proceed)

    def _deliver(self, name: str, message: m.AggregatorMessage) -> None:
        verifying = isinstance(message, m.StepTranscript | m.AcceptedTotal)
        self._watch.count(DOWN, VERIFYING if verifying else OPEN, self._size(message))
        if name in self._silent and not isinstance(message, m.AdvertList):
            return
        # what follows upon a total, once it is verified, is the input of a closed step
        phase, self._receiver = CLOSED if verifying else OPEN, name
        self._submit(name, self._answers(name, phase, self._members[name].receive, message))

    def _size(self, message: m.AggregatorMessage) -> int:
        # a transcript is large, and the same object for all
        if self._sized[0] is not message:
            self._sized = message, len(encode_envelope(Envelope(0, JOB, 1, message)))
        return self._sized[1]

    def _answers(
        self, name: str, phase: str, call: Callable[..., list[Output]], *arguments: Any
    ) -> list[m.SiteMessage]:
        """Return what the site sends; commits are confirmed at once, as there is no disk."""
        outputs = self._watch.time(name, phase, call, *arguments)
        sent: list[m.SiteMessage] = []
        while outputs:
            output = outputs.pop(0)
            if isinstance(output, Send):
                sent.append(output.message)
            elif isinstance(output, Commit):
                confirm = self._members[name].confirm
                outputs = [*self._watch.time(name, phase, confirm, output), *outputs]
        return sent

    def _submit(self, name: str, sent: Sequence[m.SiteMessage]) -> None:
        for message in sent:
            phase = CLOSED if isinstance(message, m.MaskedInput) and message.step else OPEN
            phase = VERIFYING if isinstance(message, m.Verdict) else phase
            size = len(encode_site_envelope(SiteEnvelope(JOB, 1, message)))
            self._watch.count(UP, phase, size)
            self._watch.time(SERVER, phase, self._aggregator.receive, name, message)

    def cost(self, steps: int) -> Cost:
        """Return the mean cost of a step, without verification; that and the open step are parts.

        Parameters
        ----------
        steps
            Of the job.
        """
        seconds, sizes = self._watch.seconds, self._watch.sizes

        def client(*phases: str) -> float:
            each = [seconds[name, phase] for name in self._survivors for phase in phases]
            return sum(each) / len(self._survivors)

        everybody = sum(taken for (_, phase), taken in seconds.items() if phase != VERIFYING)
        return Cost(
            system="fedqi",
            client_cpu_s=client(OPEN, CLOSED) / steps,
            server_cpu_s=(seconds[SERVER, OPEN] + seconds[SERVER, CLOSED]) / steps,
            total_cpu_s=everybody / steps,
            bytes_up=(sizes[UP, OPEN] + sizes[UP, CLOSED]) / steps,
            bytes_down=sizes[DOWN, OPEN] / steps,
            parts={
                "open_client_cpu_s": client(OPEN),
                "open_server_cpu_s": seconds[SERVER, OPEN],
                "open_bytes_up": sizes[UP, OPEN],
                "open_bytes_down": sizes[DOWN, OPEN],
                "verify_cpu_s": client(VERIFYING) / steps,
                "verify_server_cpu_s": seconds[SERVER, VERIFYING] / steps,
                "verify_bytes_up": sizes[UP, VERIFYING] / steps,
                "verify_bytes_down": sizes[DOWN, VERIFYING] / steps,
            },
        )
