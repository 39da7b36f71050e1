"""Sees everything that sites accept, refuse, store and send, and checks it at once."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fedqi.errors import FedQIError, RemoteProtocolError
from fedqi.secagg import AttemptParameters, SitePhase
from fedqi.secagg.messages import (
    AdvertList,
    AggregatorMessage,
    MaskedInput,
    SharesDelivery,
    SiteMessage,
    Statement,
    StepTranscript,
    Survivors,
    Unmasking,
    Verdict,
)
from fedqi.secagg.transitions import SITE_TRANSITIONS, targets
from fedqi.simulation.departures import Departures
from fedqi.simulation.invariants import (
    Known,
    Releases,
    check_atoms,
    check_counters,
    check_group,
    check_total,
)
from fedqi.simulation.knowledge import Knowledge
from fedqi.simulation.setting import Figures
from fedqi.simulation.sight import Sight
from fedqi.simulation.violation import Violation
from fedqi.wire.control import SiteEnvelope

if TYPE_CHECKING:
    from fedqi.simulation.machine import Machine
    from fedqi.simulation.surroundings import Session

REFUSED = "an attack is refused"
UNCHANGED = "a refused message changes nothing"

ROLLED_BACK = "a rolled back agent"
REFRESHED = "a data refresh between attempts"

Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Receipt:
    """A message as it came to a live session.

    Parameters
    ----------
    machine, job, attempt, message
        Where and what.
    phase
        Of the session before.
    forged
        Name of the attack that made it, or empty.
    """

    machine: "Machine"
    job: str
    attempt: int
    message: AggregatorMessage
    phase: SitePhase
    forged: str


class Watch:
    """Checks every event at the sites.

    Parameters
    ----------
    spoilt
        Sites that count towards c; nothing is demanded of them.
    refusable
        Attacks that a site must refuse as soon as it sees their message.
    repeating
        Attacks whose message comes when the session expects it no more.
    """

    def __init__(
        self, spoilt: frozenset[str], refusable: frozenset[str], repeating: frozenset[str]
    ) -> None:
        self.attacks: Counter[str] = Counter()
        self._spoilt, self._refusable, self._repeating = spoilt, refusable, repeating
        self._sights: dict[tuple[str, bool, Place], Sight] = {}
        self._inputs: dict[Place, dict[str, Figures]] = {}
        self._departures = Departures(spoilt)
        self.releases = Releases(spoilt)
        self.knowledge = Knowledge(spoilt)
        self.settled: dict[str, set[str]] = {}

    def joined(self, machine: "Machine", parameters: AttemptParameters, figures: Figures) -> None:
        """Note a new session and its frozen input."""
        place = (parameters.job, parameters.attempt)
        if machine.edition and any(site == machine.site for site, _, _ in self._sights):
            self.attacks[REFRESHED] += 1
        self._sights[machine.site, machine.twin, place] = Sight(
            machine.site, parameters, figures, dict(machine.disk.counters)
        )
        self._inputs.setdefault(place, {})[machine.site] = figures
        if machine.site not in self._spoilt:
            self.releases.froze(machine.site, figures)

    def accepted(self, seen: Receipt, session: "Session", answers: Sequence[SiteMessage]) -> None:
        """Check what a session accepted."""
        complains = any(isinstance(item, Verdict) and not item.accepted for item in answers)
        taken = bool(answers) or session.phase is not seen.phase
        if self._count(seen) and taken and not complains and seen.forged in self._refusable:
            raise Violation(REFUSED, f"{seen.machine.site} accepted: {seen.forged}")
        sight = self._sight(seen.machine, (seen.job, seen.attempt))
        if not taken or complains or sight is None:
            return
        self._show(sight, seen.message, answers)
        if seen.machine.site not in self._spoilt:
            self._check(sight, seen.message)
            self._verify(sight, session)

    def accepts_adverts(self, seen: Receipt, message: AdvertList) -> None:
        """Check the histories in a list that a session accepted."""
        if seen.machine.site not in self._spoilt:
            known = self.known_counters(seen.machine, (seen.job, seen.attempt))
            check_counters(seen.machine.site, message, known)

    def refused(self, seen: Receipt, after: SitePhase, error: FedQIError) -> None:
        """Check that a session which refused a message stands where it stood."""
        self._count(seen)
        if isinstance(seen.message, AdvertList):
            self._note_rolled_back(seen, seen.message)
        if isinstance(error, RemoteProtocolError) and after is not seen.phase:
            found = f"{seen.machine.site} went from {seen.phase.value} to {after.value}: {error}"
            raise Violation(UNCHANGED, found)

    def left(self, machine: "Machine", envelope: SiteEnvelope) -> None:
        """Check a message that is about to leave."""
        body, place = envelope.body, (envelope.job, envelope.attempt)
        sight = self._sight(machine, place)
        if machine.site in self._spoilt or sight is None or not isinstance(body, SiteMessage):
            return
        if isinstance(body, Statement):
            sight.stated = body.statement_digest
        self._departures.check(place, body, machine.disk.history, sight)
        if isinstance(body, MaskedInput):
            self.knowledge.add_input(sight, body)
        elif isinstance(body, Unmasking):
            self.knowledge.add_shares(sight, body)

    def undecoded(self, forged: str) -> None:
        """Count bytes that are no message."""
        self.delivered(forged)

    def delivered(self, forged: str) -> None:
        """Count an attack that came to a machine."""
        if forged:
            self.attacks[forged] += 1

    def ignored(self, forged: str) -> None:
        """Count an attack that a machine took no notice of."""
        self.delivered(forged)

    def refused_control(self, forged: str) -> None:
        """Count an attack that a machine refused before any session saw it."""
        self.delivered(forged)

    def accepted_control(self, forged: str) -> None:
        """Check that a message which opens or ends an attempt was no refusable attack."""
        self.delivered(forged)
        if forged in self._refusable:
            raise Violation(REFUSED, f"accepted: {forged}")

    def known_counters(self, machine: "Machine", place: Place) -> Known:
        """Return what a session knew of the others' histories when it began."""
        sight = self._sight(machine, place)
        return {} if sight is None else sight.known

    def _sight(self, machine: "Machine", place: Place) -> Sight | None:
        return self._sights.get((machine.site, machine.twin, place))

    def _count(self, seen: Receipt) -> bool:
        # A move that repeats is none where the right message is still on its way.
        expected = bool(targets(SITE_TRANSITIONS, seen.phase, type(seen.message).__name__))
        counts = bool(seen.forged) and expected is not (seen.forged in self._repeating)
        if counts:
            self.attacks[seen.forged] += 1
        return counts

    def _note_rolled_back(self, seen: Receipt, message: AdvertList) -> None:
        try:
            known = self.known_counters(seen.machine, (seen.job, seen.attempt))
            check_counters(seen.machine.site, message, known)
        except Violation:
            if not seen.forged:
                self.attacks[ROLLED_BACK] += 1

    def _show(
        self, sight: Sight, message: AggregatorMessage, answers: Sequence[SiteMessage]
    ) -> None:
        match message:
            case AdvertList(adverts):
                sight.accept(adverts)
                if not sight.is_open:
                    sight.active = sight.cohort = tuple(advert.site for advert in adverts)
            case SharesDelivery(dealers):
                sight.active = dealers
            case Survivors(entries):
                sight.cohort = tuple(entry.site for entry in entries)
            case StepTranscript(total=total):
                sight.totals.append(total)

    def _check(self, sight: Sight, message: AggregatorMessage) -> None:
        match message:
            case AdvertList(adverts):
                check_group(sight, (a.site for a in adverts), sight.minimum, "U1")
                self.knowledge.add_dealer(sight)
            case SharesDelivery(dealers):
                check_group(sight, dealers, sight.quorum, "U2")
            case Survivors():
                check_group(sight, sight.cohort, sight.quorum, "U3")
                check_atoms(sight)

    def _verify(self, sight: Sight, session: "Session") -> None:
        place = (sight.parameters.job, sight.parameters.attempt)
        if session.verified:
            self.releases.add_sets(sight)
        # the total of a closed step is believed once a step rests on it, or it is settled
        verified = len(session.verified)
        believed = min(max(verified - 1, int(sight.is_open)), verified)
        if session.completed is not None:
            believed = verified
            self.settled.setdefault(place[0], set()).add(sight.site)
            self.releases.settle(sight, tuple(taken.total.tobytes() for taken in session.verified))
        for taken in session.verified[sight.believed : believed]:
            data = taken.total.astype("<u8").tobytes()
            self.releases.add(sight, taken.step, data)
            check_total(sight, data, self._inputs[place])
        sight.believed = believed
