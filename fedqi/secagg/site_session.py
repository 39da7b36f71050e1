"""One attempt at one site: which call and which message is allowed when."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fedqi.errors import LocalProtocolError, RemoteProtocolError
from fedqi.secagg.commits import ReceiptSigned
from fedqi.secagg.messages import (
    AcceptedTotal,
    Advert,
    AdvertList,
    AggregatorMessage,
    AtomDeclaration,
    SharesDelivery,
    StatementSet,
    StepTranscript,
    Survivors,
)
from fedqi.secagg.outputs import Commit, Output, Send
from fedqi.secagg.parameters import AttemptMode, AttemptParameters
from fedqi.secagg.receipts import sign_discard_receipt
from fedqi.secagg.site_checks import HistoryHead, ordered_declarations
from fedqi.secagg.site_rounds import Outcome, SiteRounds
from fedqi.secagg.site_secrets import SiteSecrets
from fedqi.secagg.state import PublicState, SitePlan
from fedqi.secagg.transitions import SITE_TRANSITIONS, SitePhase, targets

__all__ = ["HistoryHead", "SiteSession"]

NO_COUNTERS: Mapping[str, tuple[int, bytes]] = MappingProxyType({})
FINAL = (SitePhase.COMPLETED, SitePhase.FAILED, SitePhase.DISCARDED, SitePhase.ERASED)
SPENT = (SitePhase.AGREEING, *FINAL)
"""Nothing is masked any more: the secrets are erased."""


class SiteSession:
    """One attempt of a job at one site; a new attempt needs a new session.

    ``start`` and ``receive`` return outputs in the order in which the driver must obey them.
    After a ``Commit`` the driver stores the entry and calls ``confirm``, which returns what
    comes next. A message that breaks the protocol raises ``RemoteProtocolError`` and changes
    nothing; an identical repetition of the last message returns nothing.

    Parameters
    ----------
    parameters
        Of the attempt.
    site
        This site's name in the roster.
    identity
        Signs this site's messages.
    plan
        What is summed, and this site's values.
    declarations
        State of every atom of the attempt at this site.
    history
        Counter and head of this site's release history.
    entropy
        Returns that many bytes from a cryptographic source.
    min_others
        What this site asks for; the charter's counts if it is larger.
    uncounted
        Members that this site does not count yet.
    known_counters
        Site -> the newest counter and head seen of it, as :attr:`histories` gave them.

    Raises
    ------
    LocalProtocolError
        If the arguments contradict the parameters.
    """

    def __init__(
        self,
        parameters: AttemptParameters,
        site: str,
        identity: Ed25519PrivateKey,
        plan: SitePlan,
        declarations: Mapping[str, AtomDeclaration],
        history: HistoryHead,
        entropy: Callable[[int], bytes],
        min_others: int,
        uncounted: tuple[str, ...] = (),
        known_counters: Mapping[str, tuple[int, bytes]] = NO_COUNTERS,
    ) -> None:
        if parameters.identities.get(site) != identity.public_key().public_bytes_raw():
            raise LocalProtocolError(f"the identity key of {site} is not that of the roster")
        self._parameters, self._site, self._identity = parameters, site, identity
        self._secrets = SiteSecrets(site, entropy)
        self._rounds = SiteRounds(parameters, site, identity, plan, known_counters, self._secrets)
        self._unsigned = Advert(
            site=site,
            sealing_key=b"",
            mask_key=b"",
            seed_commitment=b"",
            min_others=max(min_others, parameters.min_others),
            uncounted=tuple(sorted(set(uncounted) & set(parameters.identities))),
            atoms=ordered_declarations(parameters, declarations),
            history_counter=history.counter,
            history_head=history.head,
            signature=b"",
        )
        self._phase = SitePhase.NEW
        self._pending: Commit | None = None
        self._last: AggregatorMessage | None = None

    @property
    def phase(self) -> SitePhase:
        """Where the session stands."""
        return self._phase

    @property
    def histories(self) -> Mapping[str, tuple[int, bytes]]:
        """Site -> the newest counter and head that this attempt has shown of its history.

        The driver keeps them, and no counter ever goes back. The head is empty where a site
        is known to stand at the counter or above.
        """
        return self._rounds.histories

    @property
    def state(self) -> PublicState:
        """Cohort, offering and the totals that this site has taken so far."""
        return self._rounds.state

    def start(self) -> list[Output]:
        """Return the signed advert.

        Raises
        ------
        LocalProtocolError
            If the session was started before.
        """
        self._require("start")
        advert = self._rounds.advertise(self._unsigned)
        return self._enter("start", (SitePhase.ADVERTISED, [Send(advert)]))

    def receive(self, message: AggregatorMessage) -> list[Output]:
        """Take one message of the aggregator.

        Parameters
        ----------
        message
            As decoded; nothing about it is trusted.

        Raises
        ------
        RemoteProtocolError
            If it breaks the protocol; the session is unchanged.
        EncodingRangeError
            If this site's own values are outside the layout's bounds; nothing was sent.
        """
        # protocol 1.6
        event = type(message).__name__
        if self._repeats(message):
            return []
        if not targets(SITE_TRANSITIONS, self._phase, event):
            raise RemoteProtocolError(
                f"{event} is not expected while this site's session is {self._phase.value}"
            )
        outputs = self._enter(event, self._take(message))
        # a transcript is large, and that it repeats is told from its total
        self._last = None if isinstance(message, StepTranscript) else message
        return outputs

    def confirm(self, commit: Commit) -> list[Output]:
        """Go on after an entry was stored durably.

        Parameters
        ----------
        commit
            The output that was obeyed.

        Raises
        ------
        LocalProtocolError
            If it is not the one that the session waits for.
        """
        if self._pending is None or commit != self._pending:
            raise LocalProtocolError(f"not waiting for {commit.entry} to be confirmed")
        self._require("confirm")
        if self._phase is SitePhase.OPENING:
            return self._enter("confirm", self._rounds.opened())
        if self._phase is SitePhase.BINDING:
            return self._enter("confirm", self._rounds.bound())
        if self._phase is SitePhase.ANSWERING:
            return self._enter("confirm", self._rounds.answer())
        receipt = sign_discard_receipt(self._parameters, self._site, self._identity)
        return self._enter("confirm", (SitePhase.DISCARDED, [Send(receipt)]))

    def discard(self) -> list[Output]:
        """Erase the secrets and return ``Commit(ReceiptSigned)``; confirming it, the receipt.

        Raises
        ------
        LocalProtocolError
            After the unmasking was answered, while an entry waits to be confirmed, or in a
            closed attempt, where nothing could be unmasked.
        """
        # protocol 8.1
        self._require("discard")
        if self._parameters.mode is AttemptMode.CLOSED:
            raise LocalProtocolError("a closed attempt has no discard receipt: it shares no secret")
        self._secrets.erase()
        entry = ReceiptSigned(self._parameters.job, self._parameters.attempt)
        return self._enter("discard", (SitePhase.RETRACTING, [Commit(entry)]))

    def erase(self) -> None:
        """Erase the secrets without a receipt, when the driver gives the attempt up."""
        self._secrets.erase()
        if self._phase not in FINAL:
            self._phase = SitePhase.ERASED
        self._pending = None

    def _take(self, message: AggregatorMessage) -> Outcome:
        match message:
            case AdvertList():
                return self._rounds.take_adverts(message)
            case SharesDelivery():
                return self._rounds.take_shares(message)
            case Survivors():
                return self._rounds.take_survivors(message)
            case StatementSet():
                return self._rounds.take_statements(message)
            case StepTranscript():
                return self._rounds.take_transcript(message)
            case AcceptedTotal():
                if self._phase is SitePhase.AGREEING:
                    return self._rounds.take_agreement(message)
                return self._rounds.take_accepted(message)

    def _repeats(self, message: AggregatorMessage) -> bool:
        if self._last is not None and message == self._last:
            return True
        judged, rounds = (SitePhase.SUMMING, SitePhase.COMPLETED), self._rounds
        match message:
            case StepTranscript():
                return self._phase in (*judged, SitePhase.AGREEING) and rounds.verified(message)
            case AcceptedTotal():
                # the one that settles a total comes after the total itself
                return self._phase in judged and rounds.verified(message)
        return False

    def _require(self, event: str) -> None:
        if not targets(SITE_TRANSITIONS, self._phase, event):
            raise LocalProtocolError(f"cannot {event} while the session is {self._phase.value}")

    def _enter(self, event: str, outcome: Outcome) -> list[Output]:
        phase, outputs = outcome
        if phase not in targets(SITE_TRANSITIONS, self._phase, event):
            raise LocalProtocolError(f"no transition {self._phase.value} -> {phase.value}")
        self._phase = phase
        waiting = [output for output in outputs if isinstance(output, Commit)]
        self._pending = waiting[0] if waiting else None
        if phase in SPENT:
            self._secrets.erase()
        return outputs
