"""One attempt at one site."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fedqi.secagg.messages import AggregatorMessage, AtomDeclaration
from fedqi.secagg.outputs import Commit, Output
from fedqi.secagg.parameters import AttemptParameters
from fedqi.secagg.state import SitePlan


@dataclass(frozen=True, slots=True)
class HistoryHead:
    """Where a site's release history stands: number of entries and head of the hash chain."""

    counter: int
    head: bytes


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
        Site -> the newest counter and head seen of it.

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
        known_counters: Mapping[str, tuple[int, bytes]] | None = None,
    ) -> None: ...

    def start(self) -> list[Output]:
        """Return the signed advert."""

    def receive(self, message: AggregatorMessage) -> list[Output]:
        """Take one message of the aggregator."""

    def confirm(self, commit: Commit) -> list[Output]:
        """Go on after ``commit`` was stored durably."""

    def discard(self) -> list[Output]:
        """Erase the secrets and sign a discard receipt: ``Commit(ReceiptSigned)``, then it."""

    def erase(self) -> None:
        """Erase the secrets without a receipt, when the driver gives the attempt up."""
