"""What must hold of every message that leaves a site: durable before, once, and of one kind."""

from collections import defaultdict
from hashlib import sha256

from fedqi.disclosure import (
    AtomsBound,
    AtomsOpened,
    ReceiptSigned,
    UnmaskingAnswered,
    entry_from_json,
)
from fedqi.disclosure.chain import read_chain
from fedqi.disclosure.history import HISTORY_TAG
from fedqi.secagg.messages import (
    DiscardReceipt,
    MaskedInput,
    MaskKeyShare,
    SelfMaskShare,
    SiteMessage,
    Statement,
    Unmasking,
)
from fedqi.simulation.sight import Sight
from fedqi.simulation.violation import Violation

DURABLE = "nothing is sent before its entry is durable"
ONCE = "a site sends one message of a kind for a step"
BOTH_KINDS = "nobody reveals both kinds of share of one dealer"
RECEIPT = "a receipt excludes an answer to the unmasking"
STATEMENTS = "an unmasking is answered only on t equal statements"

Place = tuple[str, int]
Needed = type[AtomsOpened | AtomsBound | UnmaskingAnswered | ReceiptSigned]


class Departures:
    """Everything that honest sites sent, over all attempts.

    Parameters
    ----------
    spoilt
        Sites that count towards c.
    """

    def __init__(self, spoilt: frozenset[str]) -> None:
        self._spoilt = spoilt
        self._sent: dict[tuple[str, Place, str, int], bytes] = {}
        self._stated: dict[Place, dict[str, set[bytes]]] = defaultdict(lambda: defaultdict(set))
        self._answered: set[tuple[str, Place]] = set()
        self._signed: set[tuple[str, Place]] = set()
        self._kinds: dict[tuple[str, Place, str], type] = {}

    def check(self, place: Place, message: SiteMessage, disk: list[str], sight: Sight) -> None:
        """Check a message of an honest site against its disk and all it sent before.

        Parameters
        ----------
        place
            Job and number of the attempt.
        message
            About to leave.
        disk
            Lines of the release history as they are on disk now.
        sight
            What the site's session was shown.
        """
        self._once(place, message)
        match message:
            case MaskedInput(step=0) if sight.is_open:
                self._require(message.site, place, disk, AtomsOpened)
            case Statement():
                self._stated[place][message.site].add(message.statement_digest)
            case Unmasking():
                self._require(message.site, place, disk, AtomsBound)
                self._require(message.site, place, disk, UnmaskingAnswered)
                self._answer(place, message, sight)
            case DiscardReceipt():
                self._require(message.site, place, disk, ReceiptSigned)
                self._signed.add((message.site, place))
                self._exclude(message.site, place)
            case _:
                pass

    def _once(self, place: Place, message: SiteMessage) -> None:
        kind, step = type(message).__name__, getattr(message, "step", 0)
        mark = sha256(repr(message).encode()).digest()
        key = (message.site, place, kind, step)
        if self._sent.setdefault(key, mark) != mark:
            raise Violation(ONCE, f"{message.site} sent a second, other {kind} in {place}")

    def _require(self, site: str, place: Place, disk: list[str], kind: Needed) -> None:
        for _, body in read_chain(HISTORY_TAG, disk):
            entry = entry_from_json(body)
            if isinstance(entry, kind) and (entry.job, entry.attempt) == place:
                return
        raise Violation(DURABLE, f"{site} sends in {place} without {kind.__name__} on its disk")

    def _answer(self, place: Place, message: Unmasking, sight: Sight) -> None:
        self._answered.add((message.site, place))
        self._exclude(message.site, place)
        agreeing = {
            site
            for site in sight.cohort
            if site in self._spoilt or sight.stated in self._stated[place][site]
        }
        if len(agreeing) < sight.threshold:
            found = f"{message.site} answered on statements of {sorted(agreeing)}"
            raise Violation(STATEMENTS, found)
        for dealer, share in message.shares.items():
            kind = MaskKeyShare if isinstance(share, MaskKeyShare) else SelfMaskShare
            known = self._kinds.setdefault((message.site, place, dealer), kind)
            if known is not kind:
                raise Violation(BOTH_KINDS, f"{message.site} revealed both of {dealer}")

    def _exclude(self, site: str, place: Place) -> None:
        if (site, place) in self._answered & self._signed:
            raise Violation(RECEIPT, f"{site} did both in {place}")
