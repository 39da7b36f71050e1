"""One attempt at the simulated aggregator, and what to do with it now."""

from dataclasses import dataclass
from enum import StrEnum

from fedqi.errors import RemoteProtocolError
from fedqi.secagg import AggregatorSession, AttemptMode, AttemptParameters, Phase
from fedqi.secagg import reconstruction_threshold as threshold_of
from fedqi.secagg.messages import Advert, Certificate, SiteMessage
from fedqi.simulation.setting import FigurePlan, Spec
from fedqi.wire.control import AttemptLost, SiteEnvelope

REFUSED_TOTAL = "a total was refused"


class Archive:
    """Keeps every masked vector: an adversary shows a transcript long after its step."""

    def __init__(self) -> None:
        self._vectors: dict[tuple[int, str], bytes] = {}

    def put(self, step: int, site: str, vector: bytes) -> None:
        """Keep a vector."""
        self._vectors[step, site] = vector

    def get(self, step: int, site: str) -> bytes:
        """Return a vector that was put."""
        return self._vectors[step, site]


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How long the aggregator waits for what, in seconds."""

    join: float = 5.0
    round: float = 6.0
    receipts: float = 25.0
    come_back: float = 40.0


class Step(StrEnum):
    """The next thing to do."""

    WAIT = "wait"
    PROCEED = "proceed"
    ASK_RECEIPTS = "ask for receipts"
    RETRY_OPEN = "retry open"
    RETRY_CLOSED = "retry closed"
    FINISH = "finish"
    END = "end"


@dataclass(frozen=True, slots=True)
class Decision:
    """A step; for an end why, and whom it waits for in vain."""

    step: Step
    kind: str = ""
    waiting: tuple[str, ...] = ()
    detail: str = ""


class Attempt:
    """A running attempt: a fold of stored messages and ``proceed`` calls.

    Parameters
    ----------
    parameters
        Its public facts.
    spec
        What is summed.
    participants
        Who may take part.
    certificate
        That it rests on, if it is closed after an open step.
    since
        When its present round began.
    """

    def __init__(
        self,
        parameters: AttemptParameters,
        spec: Spec,
        participants: tuple[str, ...],
        certificate: Certificate | None,
        since: float,
    ) -> None:
        plan = FigurePlan(spec, len(parameters.identities))
        self.parameters, self.participants, self.since = parameters, participants, since
        self.spec = spec
        self.session = AggregatorSession(parameters, plan, participants, Archive())
        self.lost: set[str] = set()
        self.adverts: dict[str, Advert] = {}
        self.receipts_asked = False
        self.carried = certificate

    @property
    def is_closed(self) -> bool:
        """Whether the first step needs everyone."""
        return self.parameters.mode is AttemptMode.CLOSED

    @property
    def certificate(self) -> Certificate | None:
        """Proof of the set, of this attempt or of the one before."""
        return self.session.certificate or self.carried

    @property
    def threshold(self) -> int:
        """t, from the adverts that came in."""
        return threshold_of(len(self.adverts), self.parameters.collusion_bound)

    @property
    def missing(self) -> tuple[str, ...]:
        """Sites that the round waits for and that may still answer."""
        return tuple(site for site in self.session.waiting_for if site not in self.lost)

    def take(self, site: str, envelope: SiteEnvelope) -> None:
        """Take a message of this attempt.

        Raises
        ------
        RemoteProtocolError
            If it is not expected; nothing has changed.
        """
        body = envelope.body
        if isinstance(body, AttemptLost):
            self.lost.add(site)
        elif isinstance(body, SiteMessage):
            self.session.receive(site, body)
            if isinstance(body, Advert):
                self.adverts[site] = body
        else:
            raise RemoteProtocolError("it answers a job, not an attempt", site=site)

    def decide(self, now: float, deadlines: Deadlines) -> Decision:
        """Return what to do now."""
        waited = now - self.since
        if self.session.complaints:
            refusing = tuple(sorted(item.site for item in self.session.complaints))
            return Decision(Step.END, REFUSED_TOTAL, refusing, self.session.obstacle)
        if self.session.phase is Phase.DONE:
            return Decision(Step.FINISH)
        if self.receipts_asked:
            return self._after_request(waited, deadlines)
        if self.session.ready:
            return Decision(Step.PROCEED)
        if self.missing and waited < deadlines.round:
            return Decision(Step.WAIT)
        if self.session.can_proceed:
            return Decision(Step.PROCEED)
        return self._closed(waited, deadlines) if self.is_closed else self._open()

    def _closed(self, waited: float, deadlines: Deadlines) -> Decision:
        absent = self.session.waiting_for
        if self.session.phase is not Phase.ADVERTISING:
            return Decision(Step.RETRY_CLOSED, waiting=absent)
        if not absent:
            return Decision(Step.END, "its sites cannot stand together", (), self.session.obstacle)
        if not self.missing:
            return Decision(Step.RETRY_CLOSED, waiting=absent)
        if waited < deadlines.come_back:
            return Decision(Step.WAIT)
        return Decision(Step.END, "a member of its set did not come back", absent)

    def _open(self) -> Decision:
        session = self.session
        if session.certificate is not None:
            return Decision(Step.RETRY_CLOSED, waiting=session.waiting_for)
        if session.phase is Phase.ADVERTISING:
            return Decision(
                Step.END, "its sites cannot stand together", session.waiting_for, session.obstacle
            )
        if session.phase is Phase.SHARING:
            return Decision(Step.RETRY_OPEN, waiting=session.waiting_for)
        return Decision(Step.ASK_RECEIPTS)

    def _after_request(self, waited: float, deadlines: Deadlines) -> Decision:
        if self.session.certificate is not None:
            return Decision(Step.RETRY_CLOSED)
        signed = {receipt.site for receipt in self.session.receipts} & set(self.adverts)
        if len(signed) >= self.threshold:
            return Decision(Step.RETRY_OPEN)
        if waited < deadlines.receipts:
            return Decision(Step.WAIT)
        silent = tuple(sorted(set(self.adverts) - signed))
        counted = f"{len(signed)} of {self.threshold}"
        return Decision(Step.END, "waiting for discard receipts", silent, counted)
