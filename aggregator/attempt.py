"""One attempt: the session of the secure aggregation, folded from what the store holds."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from aggregator.store import Kind, Line
from fedqi.errors import ProtocolError, RemoteProtocolError
from fedqi.secagg.aggregator_session import AggregatorSession
from fedqi.secagg.messages import (
    Advert,
    AggregatorMessage,
    MaskedInput,
    SiteMessage,
)
from fedqi.secagg.parameters import AttemptMode, AttemptParameters
from fedqi.secagg.state import PublicPlan
from fedqi.secagg.transitions import ACCEPTED
from fedqi.secagg.vectors import VectorStore
from fedqi.wire.control import AttemptLost, Decline, Intent, SiteEnvelope
from fedqi.wire.convert import decode_site_envelope

Outgoing = list[tuple[str, AggregatorMessage]]


class LateMessageError(ProtocolError):
    """A message that nobody waits for (any more); the site drops it and goes on."""


@dataclass(slots=True)
class Attempt:
    """A running attempt.

    Parameters
    ----------
    parameters
        Its public facts.
    plan
        What is summed.
    participants
        Sites that may take part.
    since
        When the present round began, on the monotonic clock.
    vectors
        Gives back the masked vectors that came in.
    """

    parameters: AttemptParameters
    plan: PublicPlan
    participants: tuple[str, ...]
    since: float
    vectors: VectorStore
    session: AggregatorSession = field(init=False)
    lost: dict[str, str] = field(default_factory=dict)
    adverts: dict[str, Advert] = field(default_factory=dict)
    requests: int = 0  # for discard receipts
    obstacle: str = ""  # why they were asked for
    resumed: bool = False  # folded from what an earlier process stored

    def __post_init__(self) -> None:
        self.session = AggregatorSession(
            self.parameters, self.plan, self.participants, self.vectors
        )

    @property
    def number(self) -> int:
        """From 1."""
        return self.parameters.attempt

    @property
    def is_closed(self) -> bool:
        """Whether the first step needs everyone."""
        return self.parameters.mode is AttemptMode.CLOSED

    @property
    def awaited(self) -> tuple[str, ...]:
        """Sites whose answers the attempt lacks, sorted: receipts once these are asked for."""
        if not self.requests:
            return self.session.waiting_for
        signed = {receipt.site for receipt in self.session.receipts}
        return tuple(site for site in sorted(self.adverts) if site not in signed)

    @property
    def missing(self) -> tuple[str, ...]:
        """Sites that the round waits for and that may still answer."""
        return tuple(site for site in self.session.waiting_for if site not in self.lost)

    def replay(self, lines: Iterable[Line]) -> None:
        """Fold stored lines; the state is then what it was when the last one was stored."""
        self.resumed = True
        for line in lines:
            if line.kind is Kind.IN:
                self.accept(line.site, decode_site_envelope(line.body))
            elif line.kind is Kind.PROCEED:
                self.session.proceed()
            else:
                self.ask_receipts(line.body.decode())

    def ask_receipts(self, reason: str) -> None:
        """Take note that receipts are asked for; of why, the first time."""
        self.obstacle = self.obstacle or reason
        self.requests += 1

    def accept(self, site: str, envelope: SiteEnvelope) -> None:
        """Take a site's message.

        Raises
        ------
        LateMessageError
            When the round is over.
        RemoteProtocolError
            When the message is illegal. In both cases nothing has changed.
        """
        body = envelope.body
        if isinstance(body, AttemptLost):
            self._accept_loss(site, body)
            return
        if isinstance(body, Intent | Decline):
            raise RemoteProtocolError("it answers a job, not an attempt", site=site)
        if body.site != site:
            raise RemoteProtocolError(f"the message is in the name of {body.site!r}", site=site)
        self._check_expected(site, body)
        self.session.receive(site, body)
        if isinstance(body, Advert):
            self.adverts[site] = body

    def _accept_loss(self, site: str, body: AttemptLost) -> None:
        if site not in self.participants:
            raise RemoteProtocolError("it does not take part in this attempt", site=site)
        if site in self.lost:  # said once is enough: a member cannot fill the disk with reasons
            raise LateMessageError(f"attempt {self.parameters.name} counts {site} as lost already")
        self.lost[site] = body.reason

    def _check_expected(self, site: str, body: SiteMessage) -> None:
        phase = self.session.phase
        name = type(body).__name__
        if phase not in ACCEPTED[name] or self._is_past(site, body):
            raise LateMessageError(
                f"attempt {self.parameters.name} takes no {name} of {site} any more; it is in "
                f"its phase {phase.value}"
            )

    def _is_past(self, site: str, body: SiteMessage) -> bool:
        # A vector of the open step that comes when the cohort stands already.
        state = self.session.state
        if not isinstance(body, MaskedInput) or state is None or not state.cohort:
            return False
        return site not in state.cohort or body.step < len(state.totals)
