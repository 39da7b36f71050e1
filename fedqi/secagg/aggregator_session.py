"""One attempt at the aggregator. It holds no secret, no clock and no entropy."""

from collections.abc import Callable, Mapping

from fedqi.errors import LocalProtocolError, RemoteProtocolError
from fedqi.secagg import aggregator_closing as closing
from fedqi.secagg.aggregator_closing import Closed, Sending
from fedqi.secagg.aggregator_intake import fingerprint, take
from fedqi.secagg.aggregator_progress import answered, expected, settled, shortage
from fedqi.secagg.aggregator_rounds import AggregatorRounds
from fedqi.secagg.messages import (
    Certificate,
    DiscardReceipt,
    MaskedInput,
    SiteMessage,
    Verdict,
)
from fedqi.secagg.parameters import AttemptParameters
from fedqi.secagg.state import PublicPlan, PublicState
from fedqi.secagg.transitions import ACCEPTED, AGGREGATOR_TRANSITIONS, Phase, targets
from fedqi.secagg.vectors import MemoryStore, VectorStore

__all__ = ["AggregatorSession", "Phase"]

Key = tuple[str, int, str]

CLOSING: Mapping[Phase, Callable[[AggregatorRounds], Closed]] = {
    Phase.ADVERTISING: closing.close_adverts,
    Phase.SHARING: closing.close_shares,
    Phase.MASKING: closing.close_inputs,
    Phase.STATING: closing.close_statements,
    Phase.UNMASKING: closing.close_answers,
    Phase.AUDITING: closing.close_audit,
    Phase.SUMMING: closing.close_sum,
    Phase.VERIFYING: closing.close_verdicts,
}


class AggregatorSession:
    """One attempt of a job at the aggregator: a fold of messages and ``proceed`` calls.

    Fed the same messages and calls in the same order, it comes to the same state.

    Parameters
    ----------
    parameters
        Of the attempt.
    plan
        What is summed.
    participants
        Sites that may take part: those that signed an intent, or K in closed mode.
    vectors
        Keeps masked vectors for the transcripts; in memory unless given.

    Raises
    ------
    LocalProtocolError
        If a participant is not in the roster.
    """

    def __init__(
        self,
        parameters: AttemptParameters,
        plan: PublicPlan,
        participants: tuple[str, ...],
        vectors: VectorStore | None = None,
    ) -> None:
        strangers = set(participants) - set(parameters.identities)
        if strangers:
            raise LocalProtocolError(f"{', '.join(sorted(strangers))} not in the roster")
        self._parameters = parameters
        self._participants = tuple(sorted(set(participants)))
        self._rounds = AggregatorRounds(parameters, plan, vectors or MemoryStore())
        self._phase = Phase.ADVERTISING
        self._received: dict[Key, SiteMessage] = {}
        self._aborted = ""

    @property
    def phase(self) -> Phase:
        """What the session waits for."""
        return self._phase

    @property
    def aborted(self) -> str:
        """Why the attempt was aborted; empty otherwise."""
        return self._aborted

    @property
    def state(self) -> PublicState | None:
        """The state after the totals so far; None until the cohort is fixed."""
        return self._rounds.state if self._rounds.state.cohort else None

    @property
    def result(self) -> PublicState | None:
        """The final state once the attempt is done."""
        return self._rounds.state if self._phase is Phase.DONE else None

    @property
    def settled(self) -> PublicState | None:
        """The state after the totals that c + 1 members accepted; None if there is none.

        What it holds may be released even if the attempt comes to nothing more.
        """
        count, state = settled(self._rounds), self._rounds.state
        if not count or self.complaints:
            return None
        return PublicState(state.cohort, state.offering, state.totals[:count])

    @property
    def certificate(self) -> Certificate | None:
        """Proof of the cohort, once t statements have come."""
        return self._rounds.certificate()

    @property
    def complaints(self) -> tuple[Verdict, ...]:
        """Signed complaints about totals; any of them stops the attempt."""
        verdicts = self._rounds.verdicts
        return tuple(verdicts[key] for key in sorted(verdicts) if not verdicts[key].accepted)

    @property
    def receipts(self) -> tuple[DiscardReceipt, ...]:
        """Discard receipts, sorted by site."""
        return tuple(self._rounds.receipts[site] for site in sorted(self._rounds.receipts))

    @property
    def undiscarded(self) -> str:
        """Why receipts do not free every site's atoms yet, in words; empty when they do."""
        return self._rounds.undiscarded()

    @property
    def waiting_for(self) -> tuple[str, ...]:
        """Sites that have not answered the round yet, sorted."""
        sites = expected(self._rounds, self._phase, self._participants)
        have = answered(self._rounds, self._phase)
        return tuple(site for site in sites if site not in have)

    @property
    def ready(self) -> bool:
        """Whether everyone expected has answered, and nothing stands in the way."""
        return not self.waiting_for and self.can_proceed

    @property
    def can_proceed(self) -> bool:
        """Whether enough have answered to go on without the rest."""
        return not self.obstacle

    @property
    def obstacle(self) -> str:
        """Why ``can_proceed`` is false, in words; empty when it is true."""
        if self._phase in (Phase.DONE, Phase.ABORTED):
            return f"the attempt is {self._phase.value}"
        complaints = self.complaints
        if complaints:
            return f"{complaints[0].site} complains: {complaints[0].reason}"
        try:
            return shortage(self._rounds, self._phase, self.waiting_for)
        except RemoteProtocolError as error:
            return str(error)

    def receive(self, site: str, message: SiteMessage) -> None:
        """Take a message; an identical repetition changes nothing.

        Parameters
        ----------
        site
            Whom the transport authenticated.
        message
            As decoded; nothing about it is trusted.

        Raises
        ------
        RemoteProtocolError
            If the message is not allowed, wrong or conflicts with an earlier one; it names
            the site, and the session is unchanged.
        """
        if message.site != site or site not in self._participants:
            raise RemoteProtocolError("a message of or for another site", site=site)
        kind, mark = type(message).__name__, fingerprint(message)
        key = (kind, getattr(message, "step", 0), site)
        if key in self._received:
            same = not isinstance(message, MaskedInput) or self._rounds.repeats(message)
            if self._received[key] != mark or not same:
                raise RemoteProtocolError(f"a second, different {kind}", site=site)
            return
        if self._phase not in ACCEPTED[kind]:
            raise RemoteProtocolError(
                f"{kind} is not expected while the attempt is {self._phase.value}", site=site
            )
        take(self._rounds, self._phase, message)
        self._received[key] = mark

    def proceed(self) -> Sending:
        """Close the round and return what to send to whom, sorted by site.

        Raises
        ------
        LocalProtocolError
            If ``can_proceed`` is false.
        RemoteProtocolError
            If the shares rebuild no secret, naming the dealer; the session is unchanged.
        """
        obstacle = self.obstacle
        if obstacle:
            raise LocalProtocolError(f"cannot proceed: {obstacle}")
        phase, sending = CLOSING[self._phase](self._rounds)
        if phase not in targets(AGGREGATOR_TRANSITIONS, self._phase, "proceed"):
            raise LocalProtocolError(f"no transition {self._phase.value} -> {phase.value}")
        self._phase = phase
        return sending

    def abort(self, reason: str) -> None:
        """End the attempt; nothing more is released from it.

        Parameters
        ----------
        reason
            For the record.
        """
        if self._phase is Phase.DONE:
            raise LocalProtocolError("a finished attempt cannot be aborted")
        self._phase, self._aborted = Phase.ABORTED, reason
