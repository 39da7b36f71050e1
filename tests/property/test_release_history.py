"""Over random histories: one atom, one set; one answer per attempt; no unseen change."""

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from fedqi.disclosure import (
    Atom,
    AtomPhase,
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
)
from fedqi.errors import PolicyError

SITES = ("alder", "birch", "cedar", "dogwood", "elm")
# Months, a quarter, a range and everything: most pairs of these overlap.
PERIODS = ("2016-04", "2016-05", "2016-06", "2016-Q2", "2016-04-15..2016-05-14", "2017", "all")

names = st.builds("{}|{}|*".format, st.sampled_from(["hf", "ami"]), st.sampled_from(PERIODS))
atoms = st.lists(names, min_size=1, max_size=3).map(tuple)
attempts = st.tuples(st.sampled_from(["spring", "summer"]), st.integers(1, 2))
cohorts = st.sets(st.sampled_from(SITES), min_size=3).map(lambda sites: tuple(sorted(sites)))


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    job, attempt = draw(attempts)
    kind = draw(st.integers(0, 6))
    if kind <= 1:
        return AtomsOpened(job, attempt, draw(atoms), bytes(32))
    if kind == 2:
        return AtomsFreed(job, attempt, draw(atoms))
    if kind == 3:
        answers = draw(st.booleans())
        return UnmaskingAnswered(job, attempt) if answers else ReceiptSigned(job, attempt)
    if kind == 4 and draw(st.booleans()):
        return GivenUp(draw(atoms))
    return AtomsBound(job, attempt, {name: draw(cohorts) for name in draw(atoms)})


def permitted(wished: list[Entry]) -> tuple[ReleaseHistory, list[Entry], list[str]]:
    """Apply what the history permits and skip the rest."""
    history, applied, lines = ReleaseHistory(), [], []
    for entry in _with_answers(wished):
        try:
            following = history.apply(entry)
        except PolicyError:
            continue
        lines.append(history.line(entry))
        applied.append(entry)
        history = following
    return history, applied, lines


def _with_answers(wished: list[Entry]) -> list[Entry]:
    """Follow each opening by attempts to bind it to two sets and to answer, to reach deep."""
    deeper: list[Entry] = []
    for place, entry in enumerate(wished):
        deeper.append(entry)
        if isinstance(entry, AtomsOpened) and place % 2:
            cohort = SITES[place % 3 :]
            deeper.append(AtomsBound(entry.job, entry.attempt, dict.fromkeys(entry.atoms, cohort)))
            deeper.append(UnmaskingAnswered(entry.job, entry.attempt))
    return deeper


histories = st.lists(entries(), max_size=25)


@given(histories)
def test_no_permitted_sequence_binds_an_atom_to_two_sets(wished: list[Entry]) -> None:
    _, applied, _ = permitted(wished)
    sets: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for entry in applied:
        if isinstance(entry, AtomsBound):
            for name, sites in entry.offering.items():
                sets[name].add(tuple(sorted(sites)))
    assert all(len(found) == 1 for found in sets.values())


@given(histories)
def test_no_event_of_a_patient_lies_in_two_recorded_atoms(wished: list[Entry]) -> None:
    history, _, _ = permitted(wished)
    recorded = list(history.atoms)
    for place, atom in enumerate(recorded):
        assert not any(atom.overlaps(other) for other in recorded[:place])


@given(histories)
def test_bound_and_given_up_are_final(wished: list[Entry]) -> None:
    history = ReleaseHistory()
    _, applied, _ = permitted(wished)
    for entry in applied:
        following = history.apply(entry)
        for atom, state in history.atoms.items():
            if state.phase in (AtomPhase.BOUND, AtomPhase.GIVEN_UP):
                assert following.state(atom) == state
        history = following


@given(histories)
def test_an_attempt_is_answered_once_or_discarded_and_only_when_bound(
    wished: list[Entry],
) -> None:
    history = ReleaseHistory()
    answered: set[tuple[str, int]] = set()
    discarded: set[tuple[str, int]] = set()
    for entry in permitted(wished)[1]:
        history = history.apply(entry)
        if isinstance(entry, UnmaskingAnswered):
            attempt = (entry.job, entry.attempt)
            assert attempt not in answered
            answered.add(attempt)
            assert not any(
                isinstance(state, Open) and (state.job, state.attempt) == attempt
                for state in history.atoms.values()
            )
        if isinstance(entry, ReceiptSigned):
            discarded.add((entry.job, entry.attempt))
        assert not answered & discarded


@given(histories)
def test_storage_gives_back_the_same_history(wished: list[Entry]) -> None:
    history, applied, lines = permitted(wished)
    loaded = ReleaseHistory.load(lines)
    assert (loaded.counter, loaded.head) == (len(applied), history.head)
    assert (loaded.atoms, loaded.attempts) == (history.atoms, history.attempts)


@given(histories.filter(lambda wished: bool(permitted(wished)[2])), st.data())
def test_no_change_of_a_stored_line_goes_unseen(wished: list[Entry], data: st.DataObject) -> None:
    _, _, lines = permitted(wished)
    place = data.draw(st.integers(0, len(lines) - 1))
    line = lines[place]
    column = data.draw(st.integers(0, len(line) - 1))
    letter = data.draw(st.characters(codec="utf-8", exclude_characters=line[column] + "\r\n"))
    tampered = [*lines[:place], line[:column] + letter + line[column + 1 :], *lines[place + 1 :]]
    _refused_at(tampered, place)


@given(histories.filter(lambda wished: len(permitted(wished)[2]) > 1), st.data())
def test_no_line_is_dropped_or_moved_unseen(wished: list[Entry], data: st.DataObject) -> None:
    _, _, lines = permitted(wished)
    place = data.draw(st.integers(0, len(lines) - 2))
    _refused_at([*lines[:place], *lines[place + 1 :]], place)
    _refused_at([*lines[:place], lines[place + 1], lines[place], *lines[place + 2 :]], place)


def _refused_at(lines: list[str], place: int) -> None:
    try:
        ReleaseHistory.load(lines)
    except PolicyError as error:
        assert f"entry {place + 1}:" in str(error)
    else:
        raise AssertionError("a tampered history was accepted")


def test_the_random_histories_reach_every_state() -> None:
    # Guards the tests above against a generator that no longer binds or answers anything.
    opened = AtomsOpened("spring", 1, ("hf|2016-04|*",), bytes(32))
    history, applied, _ = permitted([GivenUp(("ami|2017|*",)), opened])
    assert isinstance(history.state(Atom("hf", "2016-04")), Bound)
    assert isinstance(applied[-1], UnmaskingAnswered)
