"""The release history of one site in one collaborative: what is bound to which set, for ever."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import NoReturn

from fedqi.disclosure.atoms import WHOLE_GROUP, Atom
from fedqi.disclosure.chain import Chain, read_chain
from fedqi.disclosure.cuts import check_claim
from fedqi.disclosure.entries import (
    AtomsBound,
    AtomsFreed,
    AtomsOpened,
    Entry,
    GivenUp,
    ReceiptSigned,
    UnmaskingAnswered,
    entry_from_json,
)
from fedqi.disclosure.states import (
    ATOM_TRANSITIONS,
    ATTEMPT_TRANSITIONS,
    AtomEvent,
    AtomState,
    AttemptEvent,
    AttemptPhase,
    Bound,
    Free,
    GivenUpState,
    Open,
)
from fedqi.errors import PolicyError

HISTORY_TAG = b"fedqi/v1/history"

Attempt = tuple[str, int]
_FREE = Free()


@dataclass(frozen=True, slots=True)
class ReleaseHistory:
    """The fold of a site's entries; `apply` gives the next history and never changes this one.

    Parameters
    ----------
    partition
        Segments of the charter.
    chain
        Number of entries and hash of all of them.
    atoms
        Every atom that is not free.
    attempts
        What was recorded of each attempt, by job and number.
    """

    partition: tuple[str, ...] = (WHOLE_GROUP,)
    chain: Chain = field(default_factory=lambda: Chain.empty(HISTORY_TAG))
    atoms: Mapping[Atom, AtomState] = field(default_factory=lambda: MappingProxyType({}))
    attempts: Mapping[Attempt, AttemptPhase] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def counter(self) -> int:
        """Number of entries."""
        return self.chain.count

    @property
    def head(self) -> bytes:
        """Hash of all entries, 32 bytes."""
        return self.chain.head

    def state(self, atom: str | Atom) -> AtomState:
        """Give the state of an atom.

        Parameters
        ----------
        atom
            The atom or its name.

        Returns
        -------
        AtomState
            `Free` if nothing is recorded.
        """
        return self.atoms.get(Atom.parse(atom) if isinstance(atom, str) else atom, _FREE)

    def line(self, entry: Entry) -> str:
        """Give the line to store before `apply`'s result may be acted upon.

        Parameters
        ----------
        entry
            The next entry.

        Returns
        -------
        str
            One line of JSON, without line break.
        """
        return self.chain.append(entry.to_json())[1]

    def apply(self, entry: Entry) -> "ReleaseHistory":
        """Add an entry.

        Parameters
        ----------
        entry
            What is about to happen.

        Returns
        -------
        ReleaseHistory
            The history with it.

        Raises
        ------
        PolicyError
            If the rule of one atom, one set forbids it.
        """
        atoms, attempts = dict(self.atoms), self.attempts
        match entry:
            case AtomsOpened():
                self._open(entry, atoms)
                attempts = self._after(entry, AttemptEvent.OPEN)
            case AtomsBound():
                self._bind(entry, atoms)
            case AtomsFreed():
                self._free(entry, atoms)
            case GivenUp():
                self._give_up(entry, atoms)
            case UnmaskingAnswered():
                self._require_bound(entry)
                attempts = self._after(entry, AttemptEvent.ANSWER)
            case ReceiptSigned():
                attempts = self._after(entry, AttemptEvent.SIGN_RECEIPT)
        chain, _ = self.chain.append(entry.to_json())
        return replace(self, chain=chain, atoms=MappingProxyType(atoms), attempts=attempts)

    def _open(self, entry: AtomsOpened, atoms: dict[Atom, AtomState]) -> None:
        claimed = tuple(map(Atom.parse, entry.atoms))
        check_claim(claimed, self.atoms, self.partition)
        for atom in claimed:
            self._check(atom, AtomEvent.OPEN)
            atoms[atom] = Open(entry.job, entry.attempt, entry.u1_digest, entry.holders)

    def _give_up(self, entry: GivenUp, atoms: dict[Atom, AtomState]) -> None:
        claimed = tuple(map(Atom.parse, entry.atoms))
        check_claim(claimed, self.atoms, self.partition)
        for atom in claimed:
            self._check(atom, AtomEvent.GIVE_UP)
            atoms[atom] = GivenUpState()

    def _bind(self, entry: AtomsBound, atoms: dict[Atom, AtomState]) -> None:
        for name, sites in entry.offering.items():
            atom, cohort = Atom.parse(name), Bound(tuple(sorted(set(sites))))
            if not cohort.sites:
                _refuse(atom, "an empty set cannot be bound; a void atom stays free")
            again = self.state(atom) == cohort
            self._check(atom, AtomEvent.BIND_AGAIN if again else AtomEvent.BIND, entry)
            atoms[atom] = cohort

    def _free(self, entry: AtomsFreed, atoms: dict[Atom, AtomState]) -> None:
        for atom in map(Atom.parse, entry.atoms):
            self._check(atom, AtomEvent.FREE, entry)
            atoms.pop(atom, None)

    def _check(
        self, atom: Atom, event: AtomEvent, entry: AtomsBound | AtomsFreed | None = None
    ) -> None:
        state = self.state(atom)
        if (state.phase, event) not in ATOM_TRANSITIONS:
            _refuse(atom, f"it is {state.phase}{_awaited(state)}, so this cannot follow: {event}")
        if entry is None or not isinstance(state, Open):
            return
        if (state.job, state.attempt) != (entry.job, entry.attempt):
            _refuse(
                atom,
                f"it is open in {state.job}/{state.attempt}, not in {entry.job}/{entry.attempt}",
            )

    def _require_bound(self, entry: UnmaskingAnswered) -> None:
        attempt = (entry.job, entry.attempt)
        for atom, state in self.atoms.items():
            if isinstance(state, Open) and (state.job, state.attempt) == attempt:
                _refuse(atom, "it must be recorded as bound before its unmasking is answered")

    def _after(
        self, entry: AtomsOpened | UnmaskingAnswered | ReceiptSigned, event: AttemptEvent
    ) -> Mapping[Attempt, AttemptPhase]:
        key = (entry.job, entry.attempt)
        before = self.attempts.get(key, AttemptPhase.NEW)
        after = ATTEMPT_TRANSITIONS.get((before, event))
        if after is None:
            raise PolicyError(
                f"attempt {entry.job}/{entry.attempt}: {before}, so the site may not {event}; "
                "the aggregator must start a new attempt"
            )
        return MappingProxyType({**self.attempts, key: after})

    @classmethod
    def load(
        cls, lines: Iterable[str], partition: tuple[str, ...] = (WHOLE_GROUP,)
    ) -> "ReleaseHistory":
        """Verify and fold stored lines.

        Parameters
        ----------
        lines
            In the order written.
        partition
            Segments of the charter.

        Returns
        -------
        ReleaseHistory
            The history after the last line.

        Raises
        ------
        PolicyError
            If the chain is broken or an entry was not permitted, naming the entry.
        """
        history = cls(partition)
        for chain, body in read_chain(HISTORY_TAG, lines):
            try:
                history = history.apply(entry_from_json(body))
            except PolicyError as error:
                raise PolicyError(f"release history, entry {chain.count}: {error}") from error
        return history


def _awaited(state: AtomState) -> str:
    # Who can tell how it ended is the centre: by the statements, or the receipts, of the sites.
    if not isinstance(state, Open):
        return ""
    return f" and waits for the certificate or the receipts of attempt {state.job}/{state.attempt}"


def _refuse(atom: Atom, reason: str) -> NoReturn:
    raise PolicyError(
        f"atom {atom}: {reason}; the coordinating centre must keep to one atom, one set"
    )
