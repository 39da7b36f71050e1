"""Attempts over several jobs without cryptography: real histories, real checks of the sets.

Honest sites obey `fedqi.disclosure` and the checks of secure aggregation; the aggregator chooses
who is asked, who drops out when, who answers, and who is shown which proof. Colluders declare
whatever lets them stay in. Whatever t shares could unmask is known to the aggregator.
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from fedqi.benchmarking.participation import declaration
from fedqi.charter import JobSpec, check_questions
from fedqi.charter.questions import Question, question
from fedqi.disclosure import (
    Atom,
    AtomsBound,
    AtomsFreed,
    AtomsOpened,
    Bound,
    Entry,
    GivenUp,
    Open,
    ReceiptSigned,
    ReleaseHistory,
    UnmaskingAnswered,
    check_bins,
)
from fedqi.errors import PolicyError, RemoteProtocolError
from fedqi.secagg import AttemptMode, AttemptParameters, default_collusion_bound, set_digest
from fedqi.secagg.certificate import opened_atoms
from fedqi.secagg.checks import check_u1, check_u2, check_u3
from fedqi.secagg.messages import Advert, AtomDeclaration, Declared
from fedqi.secagg.view import AttemptView, Offering
from tests.attacks.algebra import isolated

Sites = frozenset[str]


@dataclass(frozen=True)
class Move:
    """One attempt, as the aggregator arranges it."""

    spec: JobSpec
    mode: AttemptMode = AttemptMode.OPEN
    absent: Sites = frozenset()  # not asked at all
    without_shares: Sites = frozenset()  # out of U2
    without_input: Sites = frozenset()  # out of U3
    without_statement: Sites = frozenset()
    without_answer: Sites = frozenset()
    receipts_of: Sites = frozenset()  # asked for a receipt, if they have not answered
    shown_proof: Sites = frozenset()  # told how the attempt ended
    reticent: Sites = frozenset()  # colluders that offer nothing of what is free
    giving_up: Sites = frozenset()  # honest sites that give up all of it first, for ever
    cut: int = 0  # which bins are made of an atom's set


@dataclass
class Kept:
    """What one honest site remembers, and what it has data for."""

    history: ReleaseHistory = field(default_factory=ReleaseHistory)
    asked: list[JobSpec] = field(default_factory=list)
    lacks: Collection[str] = ()

    def try_apply(self, entry: Entry) -> bool:
        try:
            self.history = self.history.apply(entry)
        except PolicyError:
            return False
        return True


@dataclass
class World:
    """All sites of a collaborative, and every sum that the aggregator has come to know."""

    sites: tuple[str, ...]
    colluders: Sites
    honest: dict[str, Kept]
    known_sets: dict[bytes, Sites] = field(default_factory=dict)
    bins: dict[tuple[str, Question], tuple[Sites, ...]] = field(default_factory=dict)
    released: list[tuple[str, Sites]] = field(default_factory=list)  # atom and who is in the sum
    binned: list[tuple[str, Sites]] = field(default_factory=list)
    attempts: int = 0

    def play(self, move: Move) -> bool:
        """Run one attempt; tell whether the aggregator learned a sum from it."""
        before = len(self.released)
        for site in move.giving_up & self.honest.keys():
            self.honest[site].try_apply(GivenUp(move.spec.atoms))
        attempt = _Attempt(self, move)
        try:
            attempt.run()
        except RemoteProtocolError:
            # every honest site makes the same check and refuses
            return False
        return len(self.released) > before

    def learn(self, spec: JobSpec, offering: Offering, minimum: int, cut: int) -> None:
        for atom, sites in offering.items():
            if sites:
                group = frozenset(sites)
                self.released.append((atom, group))
                self.known_sets[set_digest(sites)] = group
                asked = (atom, question(spec, spec.measures[0]))
                parts = self.bins.setdefault(asked, _bins(sites, minimum, cut))
                self.binned += [(atom, part) for part in parts]

    def isolates(self) -> frozenset[object]:
        """Name fewer than three honest sites of which a combination is determined, or nobody."""
        equations = [
            {(site, month): 1 for site in sites - self.colluders for month in MONTHS_OF[period]}
            for period, sites in (
                (a.split("|")[1], sites) for a, sites in self.released + self.binned
            )
        ]
        cells = {cell for equation in equations for cell in equation}
        return isolated(equations, cells, 3, owner=lambda cell: cell[0])


MONTHS = ("2020-01", "2020-02", "2020-03")
MONTHS_OF: Mapping[str, tuple[str, ...]] = {
    **{month: (month,) for month in MONTHS},
    "2020-Q1": MONTHS,
    "2020": (*MONTHS, "later"),
    "all": (*MONTHS, "later", "ever"),
}
"""A figure of a period is the sum of the figures of what it is made of."""


def parts_of(atom: str) -> tuple[str, ...]:
    """Return what the figures of an atom are made of."""
    return MONTHS_OF[Atom.parse(atom).period]


def _bins(sites: Collection[str], minimum: int, cut: int) -> tuple[Sites, ...]:
    order = sorted(sites, key=lambda site: hashlib.sha256(f"{site}{cut}".encode()).digest())
    size = minimum + cut % 2
    parts = tuple(
        frozenset(part)
        for part in (order[:size], order[size : 2 * size], order[2 * size :])
        if part
    )
    try:
        check_bins(map(len, parts), len(order), minimum)
    except PolicyError:
        return ()
    return parts


class _Attempt:
    def __init__(self, world: World, move: Move) -> None:
        self.world, self.move = world, move
        world.attempts += 1
        self.job, self.number = move.spec.job, world.attempts
        asked = [s for s in world.sites if s not in move.absent and self._agrees(s)]
        own = {s: self._honest(s) for s in asked if s in world.honest}
        friends = [s for s in asked if s in world.colluders]
        declared = own | {s: self._colluder(s, own) for s in friends}
        adverts = tuple(self._advert(site, declared[site]) for site in sorted(declared))
        self.view = AttemptView(self._parameters(), adverts)

    def run(self) -> None:
        move, view = self.move, self.view
        check_u1(view)
        if move.mode is AttemptMode.CLOSED:
            offering = check_u2(view, view.members)
            if not move.without_input:
                self.world.learn(move.spec, offering, view.minimum, move.cut)
            return
        dealers = tuple(s for s in view.members if s not in move.without_shares)
        offered = check_u2(view, dealers)
        sent = [s for s in dealers if self._opens(s, offered)]
        cohort = tuple(s for s in sent if s not in move.without_input)
        try:
            offering = check_u3(view, offered, dealers, cohort)
        except RemoteProtocolError:
            self._retract(sent, offered, answered=set())
            raise
        self._unmask(sent, cohort, offered, offering)

    def _unmask(
        self, sent: list[str], cohort: tuple[str, ...], offered: Offering, offering: Offering
    ) -> None:
        stated = [s for s in cohort if s not in self.move.without_statement]
        proven = len(stated) >= self.view.threshold
        answered = {s for s in stated if proven and self._answers(s, offered, offering)}
        holders = answered | (self.world.colluders & set(self.view.members))
        if len(holders) >= self.view.threshold:
            self.world.learn(self.move.spec, offering, self.view.minimum, self.move.cut)
        if proven:
            self._certify(sent, cohort, offered, offering)
        self._retract(sent, offered, answered)

    def _certify(
        self, sent: list[str], cohort: tuple[str, ...], offered: Offering, offering: Offering
    ) -> None:
        for site in set(sent) & self.move.shown_proof & set(self.world.honest):
            atoms = self._open_atoms(site)
            if site in cohort:
                entry = AtomsBound(self.job, self.number, {a: offering[a] for a in atoms})
                assert not atoms or self.world.honest[site].try_apply(entry)
            elif atoms:
                assert self.world.honest[site].try_apply(AtomsFreed(self.job, self.number, atoms))

    def _retract(self, sent: list[str], offered: Offering, answered: set[str]) -> None:
        signed = set(self.world.colluders & set(self.view.members))
        for site in self.move.receipts_of & set(self.view.members) & set(self.world.honest):
            receipt = ReceiptSigned(self.job, self.number)
            if self.world.honest[site].try_apply(receipt):
                assert site not in answered
                signed.add(site)
        if len(signed) < self.view.threshold:
            return
        for site in set(sent) & self.move.shown_proof & set(self.world.honest):
            atoms = self._open_atoms(site)
            if atoms:
                self.world.honest[site].try_apply(AtomsFreed(self.job, self.number, atoms))

    def _agrees(self, site: str) -> bool:
        if site in self.world.colluders:
            return True
        own = self.world.honest[site]
        taken = {str(a) for a, s in own.history.atoms.items() if isinstance(s, Open | Bound)}
        try:
            check_questions(self.move.spec, taken, own.asked)
        except PolicyError:
            return False
        return True

    def _honest(self, site: str) -> tuple[AtomDeclaration, ...]:
        own = self.world.honest[site]
        return tuple(
            AtomDeclaration(atom, Declared.NONE)
            if atom in own.lacks
            else declaration(atom, own.history.state(atom))
            for atom in self.move.spec.atoms
        )

    def _colluder(
        self, site: str, own: Mapping[str, tuple[AtomDeclaration, ...]]
    ) -> tuple[AtomDeclaration, ...]:
        made = []
        for place, atom in enumerate(self.move.spec.atoms):
            digests = {d[place].detail for d in own.values() if d[place].state is Declared.BOUND}
            digest = min(digests, default=b"")
            if digests and site in self.world.known_sets.get(digest, ()):
                made.append(AtomDeclaration(atom, Declared.BOUND, digest))
            elif digests or site in self.move.reticent:
                made.append(AtomDeclaration(atom, Declared.NONE))
            else:
                made.append(AtomDeclaration(atom, Declared.FREE))
        return tuple(made)

    def _opens(self, site: str, offered: Offering) -> bool:
        if site in self.world.colluders:
            return True
        atoms = opened_atoms(self.view, offered, site)
        own = self.world.honest[site]
        entry = AtomsOpened(self.job, self.number, atoms, self.view.context.u1_digest)
        opened = own.try_apply(entry)
        if opened and self.move.spec not in own.asked:
            own.asked.append(self.move.spec)
        return opened

    def _answers(self, site: str, offered: Offering, offering: Offering) -> bool:
        if site in self.world.colluders or site in self.move.without_answer:
            return False
        own, atoms = self.world.honest[site], opened_atoms(self.view, offered, site)
        bound = AtomsBound(self.job, self.number, {atom: offering[atom] for atom in atoms})
        assert own.try_apply(bound)
        own.history = own.history.apply(UnmaskingAnswered(self.job, self.number))
        return True

    def _open_atoms(self, site: str) -> tuple[str, ...]:
        states = self.world.honest[site].history.atoms.items()
        here = (self.job, self.number)
        return tuple(
            str(a) for a, s in states if isinstance(s, Open) and (s.job, s.attempt) == here
        )

    def _advert(self, site: str, declared: tuple[AtomDeclaration, ...]) -> Advert:
        own = self.world.honest.get(site, Kept()).history
        a, b, c = (hashlib.sha256(f"{site}/{kind}".encode()).digest() for kind in "abc")
        return Advert(site, a, b, c, 2, (), declared, own.counter, own.head, b"")

    def _parameters(self) -> AttemptParameters:
        keys = {site: hashlib.sha256(site.encode()).digest() for site in self.world.sites}
        bound, document = default_collusion_bound(len(keys)), bytes(32)
        return AttemptParameters(
            "qi", self.job, self.number, self.move.mode, document, document, document,
            self.move.spec.plan_hash, keys, bound, 2, self.move.spec.atoms,
        )  # fmt: skip


def world(size: int, lacks: Mapping[str, Collection[str]]) -> World:
    """Return a collaborative of which the last c members collude."""
    sites = tuple(f"s{place:03}" for place in range(size))
    colluders = frozenset(sites[size - default_collusion_bound(size) :])
    honest = {s: Kept(lacks=lacks.get(s, ())) for s in sites if s not in colluders}
    return World(sites, colluders, honest)


def again(move: Move) -> Move:
    """Return the honest repetition of an attempt, over the same sites and with nobody lost."""
    empty: Sites = frozenset()
    return replace(
        move,
        absent=move.absent | move.without_shares | move.without_input,
        without_shares=empty,
        without_input=empty,
        mode=AttemptMode.CLOSED,
    )
