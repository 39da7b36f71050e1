"""A site's part in a job: its release history joined to its sessions, durable entries first."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fedqi.benchmarking.entries import as_history_entry, opened_in
from fedqi.benchmarking.plan import SiteCollectionPlan
from fedqi.disclosure import AtomState, Bound, Entry, GivenUpState, Open, ReleaseHistory
from fedqi.secagg import commits
from fedqi.secagg.canonical import set_digest
from fedqi.secagg.certificate import verify_certificate
from fedqi.secagg.messages import (
    AggregatorMessage,
    AtomDeclaration,
    Certificate,
    Declared,
    SiteMessage,
)
from fedqi.secagg.outputs import Commit, Completed, Output, Send, StepVerified
from fedqi.secagg.parameters import AttemptParameters
from fedqi.secagg.site_session import HistoryHead, SiteSession
from fedqi.secagg.state import PublicState

Store = Callable[[Entry], None]
"""Makes an entry of the release history durable, and returns only when it is."""

KnownCounters = Mapping[str, tuple[int, bytes]]
"""Site -> newest counter and head of its release history that this site has seen.

The head is empty where the site is known to have reached the counter at least.
"""


@dataclass(frozen=True, slots=True)
class SiteIdentity:
    """Who this site is and what it insists on.

    Parameters
    ----------
    site
        Name in the roster.
    key
        Signs its messages.
    entropy
        Returns that many bytes from a cryptographic source.
    min_others
        Honest others that must stand beside it; the charter's number counts if larger.
    uncounted
        Members it does not count yet.
    """

    site: str
    key: Ed25519PrivateKey
    entropy: Callable[[int], bytes]
    min_others: int = 2
    uncounted: tuple[str, ...] = ()


class Member:
    """A site in one job, over as many attempts as it takes; its frozen input stays the same.

    Parameters
    ----------
    identity
        Who the site is.
    plan
        The job's plan over the site's frozen input.
    history
        The site's release history as stored.
    store
        Makes an entry durable.
    known_counters
        Newest counters seen of the other members.
    """

    def __init__(
        self,
        identity: SiteIdentity,
        plan: SiteCollectionPlan,
        history: ReleaseHistory,
        store: Store,
        known_counters: KnownCounters | None = None,
    ) -> None:
        self.identity = identity
        self.plan = plan
        self.history = history
        self._store = store
        self._known_counters = dict(known_counters or {})

    def record(self, entry: commits.Entry) -> None:
        """Check an entry against the history and make it durable.

        Raises
        ------
        PolicyError
            If the rule of one atom, one set forbids it; nothing is stored.
        """
        translated = as_history_entry(entry)
        history = self.history.apply(translated)
        self._store(translated)
        self.history = history

    def declarations(self, atoms: tuple[str, ...]) -> dict[str, AtomDeclaration]:
        """Return what this site declares about each atom of a job."""
        return {atom: self._declared(atom) for atom in atoms}

    def _declared(self, atom: str) -> AtomDeclaration:
        if atom not in self.plan.offered:
            return AtomDeclaration(atom, Declared.NONE)
        return declaration(atom, self.history.state(atom))

    def join(self, parameters: AttemptParameters) -> "Participant":
        """Begin an attempt with new keys."""
        session = SiteSession(
            parameters,
            self.identity.site,
            self.identity.key,
            self.plan,
            self.declarations(parameters.atoms),
            HistoryHead(self.history.counter, self.history.head),
            self.identity.entropy,
            self.identity.min_others,
            self.identity.uncounted,
            self._known_counters,
        )
        return Participant(self, session)

    def bind(self, parameters: AttemptParameters, certificate: Certificate) -> None:
        """Take a certificate of this job's open step: open atoms become bound, or free again.

        Raises
        ------
        RemoteProtocolError
            If the certificate proves nothing.
        PolicyError
            If it contradicts the release history.
        """
        opened = opened_in(self.history, certificate.job, certificate.attempt)
        if opened is not None:
            site = self.identity.site
            self.record(verify_certificate(parameters, certificate, site, opened))


def declaration(atom: str, state: AtomState) -> AtomDeclaration:
    """Say in the advert's words what the release history says of an atom."""
    match state:
        case Bound(sites):
            return AtomDeclaration(atom, Declared.BOUND, set_digest(sites))
        case Open(job, attempt):
            return AtomDeclaration(atom, Declared.OPEN, f"{job}/{attempt}".encode())
        case GivenUpState():
            return AtomDeclaration(atom, Declared.NONE)
    return AtomDeclaration(atom, Declared.FREE)


class Participant:
    """One attempt at one site. Messages are returned only after what they rest on is durable.

    Attributes
    ----------
    verified
        Every step whose total this site recomputed, or that enough auditors signed.
    completed
        The final state, once the plan is finished and the last total is settled for everybody.
    """

    def __init__(self, member: Member, session: SiteSession) -> None:
        self._member = member
        self._session = session
        self.verified: list[StepVerified] = []
        self.completed: PublicState | None = None

    @property
    def histories(self) -> KnownCounters:
        """Newest counters that this attempt has shown of the other members."""
        return self._session.histories

    @property
    def state(self) -> PublicState:
        """Cohort, offering and the totals that this site found right so far."""
        return self._session.state

    def start(self) -> list[SiteMessage]:
        """Return the advert."""
        return self._obey(self._session.start())

    def receive(self, message: AggregatorMessage) -> list[SiteMessage]:
        """Take one message of the aggregator and return the answers.

        Raises
        ------
        RemoteProtocolError
            If the message breaks the protocol; the session is unchanged.
        PolicyError
            If the release history forbids the answer.
        """
        return self._obey(self._session.receive(message))

    def discard(self) -> list[SiteMessage]:
        """Erase the attempt's secrets and return the signed receipt."""
        return self._obey(self._session.discard())

    def erase(self) -> None:
        """Erase the attempt's secrets."""
        self._session.erase()

    def _obey(self, outputs: list[Output]) -> list[SiteMessage]:
        messages: list[SiteMessage] = []
        waiting = list(outputs)
        while waiting:
            output = waiting.pop(0)
            match output:
                case Send(message):
                    messages.append(message)
                case Commit(entry):
                    self._member.record(entry)
                    waiting = self._session.confirm(output) + waiting
                case StepVerified():
                    self.verified.append(output)
                case Completed(state):
                    self.completed = state
        return messages
