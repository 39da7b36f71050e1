"""One attempt at the aggregator. It holds no secret, no clock and no entropy."""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

from fedqi.errors import LocalProtocolError, RemoteProtocolError
from fedqi.secagg.aggregator_checks import (
    check_input,
    check_shares,
    check_statement,
    check_unmasking,
    check_verdict,
)
from fedqi.secagg.aggregator_rounds import AggregatorRounds, Sending
from fedqi.secagg.checks import check_advert
from fedqi.secagg.messages import (
    Advert,
    Certificate,
    DiscardReceipt,
    MaskedInput,
    Shares,
    SiteMessage,
    Statement,
    Unmasking,
    Verdict,
)
from fedqi.secagg.parameters import AttemptMode, AttemptParameters
from fedqi.secagg.receipts import is_valid_receipt
from fedqi.secagg.state import PublicPlan, PublicState
from fedqi.secagg.transitions import ACCEPTED, AGGREGATOR_TRANSITIONS, Phase, targets

__all__ = ["AggregatorSession", "Phase"]

Key = tuple[str, int, str]


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

    Raises
    ------
    LocalProtocolError
        If a participant is not in the roster.
    """

    def __init__(
        self, parameters: AttemptParameters, plan: PublicPlan, participants: tuple[str, ...]
    ) -> None:
        strangers = set(participants) - set(parameters.identities)
        if strangers:
            raise LocalProtocolError(f"{', '.join(sorted(strangers))} not in the roster")
        self._parameters = parameters
        self._participants = tuple(sorted(set(participants)))
        self._rounds = AggregatorRounds(parameters, plan)
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
    def waiting_for(self) -> tuple[str, ...]:
        """Sites that have not answered the round yet, sorted."""
        return tuple(site for site in self._expected() if not self._answered(site))

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
            return self._shortage()
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
        kind, mark = type(message).__name__, _fingerprint(message)
        key = (kind, getattr(message, "step", 0), site)
        if key in self._received:
            if self._received[key] != mark:
                raise RemoteProtocolError(f"a second, different {kind}", site=site)
            return
        if self._phase not in ACCEPTED[kind]:
            raise RemoteProtocolError(
                f"{kind} is not expected while the attempt is {self._phase.value}", site=site
            )
        self._take(message)
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
        closing: dict[Phase, Callable[[], tuple[Phase, Sending]]] = {
            Phase.ADVERTISING: self._rounds.close_adverts,
            Phase.SHARING: self._rounds.close_shares,
            Phase.MASKING: self._rounds.close_inputs,
            Phase.STATING: self._rounds.close_statements,
            Phase.UNMASKING: self._rounds.close_answers,
            Phase.SUMMING: self._rounds.close_sum,
            Phase.VERIFYING: lambda: (Phase.DONE, []),
        }
        phase, sending = closing[self._phase]()
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

    def _take(self, message: SiteMessage) -> None:
        rounds, site = self._rounds, message.site
        if not isinstance(message, Advert | DiscardReceipt) and site not in self._members():
            raise RemoteProtocolError("it did not take part in the round before", site=site)
        match message:
            case Advert():
                check_advert(self._parameters, message)
                rounds.adverts[site] = message
            case Shares():
                check_shares(rounds.view, message)
                rounds.shares[site] = message
            case MaskedInput():
                check_input(rounds.facts(), message)
                rounds.inputs[site] = message
            case Statement():
                check_statement(rounds.view, rounds.stated, rounds.state.cohort, message)
                rounds.statements[site] = message
            case Unmasking():
                self._take_unmasking(message)
            case Verdict():
                check_verdict(rounds.view, rounds.digests, message)
                rounds.verdicts[message.step, site] = message
            case DiscardReceipt():
                self._take_receipt(message)

    def _take_unmasking(self, message: Unmasking) -> None:
        rounds = self._rounds
        if message.site in rounds.receipts or rounds.opening is None:
            raise RemoteProtocolError("an unmasking after a discard receipt", site=message.site)
        check_unmasking(rounds.view, rounds.opening.active, rounds.state.cohort, message)
        rounds.answers[message.site] = message

    def _take_receipt(self, message: DiscardReceipt) -> None:
        if message.site in self._rounds.answers or self._parameters.mode is AttemptMode.CLOSED:
            raise RemoteProtocolError("a discard receipt after an unmasking", site=message.site)
        if not is_valid_receipt(self._parameters, message):
            raise RemoteProtocolError("the receipt's signature is wrong", site=message.site)
        self._rounds.receipts[message.site] = message

    def _members(self) -> tuple[str, ...]:
        if self._phase is Phase.SHARING:
            return self._rounds.view.members
        if self._phase is Phase.MASKING:
            return self._rounds.facts().active
        return self._rounds.state.cohort

    def _expected(self) -> tuple[str, ...]:
        if self._phase in (Phase.DONE, Phase.ABORTED):
            return ()
        return self._participants if self._phase is Phase.ADVERTISING else self._members()

    def _answered(self, site: str) -> bool:
        rounds = self._rounds
        last = len(rounds.state.totals) - 1
        judged = last < 0 or (last, site) in rounds.verdicts
        answered: dict[Phase, bool] = {
            Phase.ADVERTISING: site in rounds.adverts,
            Phase.SHARING: site in rounds.shares,
            Phase.MASKING: site in rounds.inputs,
            Phase.STATING: site in rounds.statements,
            Phase.UNMASKING: site in rounds.answers,
            Phase.SUMMING: site in rounds.inputs and judged,
            Phase.VERIFYING: judged,
        }
        return answered[self._phase]

    def _shortage(self) -> str:
        rounds, waiting = self._rounds, self.waiting_for
        everyone = self._parameters.mode is AttemptMode.CLOSED or self._phase is Phase.SUMMING
        if waiting and everyone and self._phase is not Phase.VERIFYING:
            return f"a closed step needs everyone; waiting for {', '.join(waiting)}"
        have, need = 0, 0
        match self._phase:
            case Phase.ADVERTISING:
                rounds.u1()
            case Phase.SHARING:
                rounds.u2()
            case Phase.MASKING:
                rounds.u3()
            case Phase.STATING:
                have, need = len(rounds.statements), rounds.view.threshold
            case Phase.UNMASKING:
                have, need = len(rounds.answers), rounds.view.threshold
            case Phase.VERIFYING:
                # protocol 7.6
                have = len(self._expected()) - len(waiting)
                need = self._parameters.collusion_bound + 1
        return f"{have} have answered, expected at least {need}" if have < need else ""


def _fingerprint(message: SiteMessage) -> SiteMessage:
    # vectors are large and leave the memory with their step
    if isinstance(message, MaskedInput):
        return replace(message, vector=sha256(message.vector).digest())
    return message
