"""Whatever the aggregator arranges: all it may sum together isolates no few honest sites."""

from hypothesis import given, settings
from hypothesis import strategies as st

from fedqi.secagg import AttemptMode
from tests.attacks.hospitals import job
from tests.attacks.release_model import MONTHS, Move, World, again, world
from tests.unit.benchmarking.collaborative import counted_measure

SIZES = (7, 10, 16)
OTHER = counted_measure(direction="higher")
JOBS = (
    job("january", "2020-01"),
    job("february", "2020-02"),
    job("both", "2020-01", "2020-02"),
    job("three", *MONTHS),
    job("quarter", "2020-Q1"),
    job("year", "2020"),
    job("ever", "all"),
    job("january-again", "2020-01"),
    job("changed", "2020-01", measure=OTHER),
)
ATOMS = sorted({atom for spec in JOBS for atom in spec.atoms})


@st.composite
def worlds(draw: st.DrawFn) -> World:
    size = draw(st.sampled_from(SIZES))
    few = st.dictionaries(st.sampled_from([f"s{i:03}" for i in range(size)]), atoms, max_size=2)
    return world(size, draw(few))


atoms = st.frozensets(st.sampled_from(ATOMS), max_size=3)


def some(largest: int) -> st.SearchStrategy[frozenset[str]]:
    """A few sites, often nobody."""
    names = st.sampled_from([f"s{place:03}" for place in range(16)])
    return st.just(frozenset[str]()) | st.frozensets(names, max_size=largest)


HALF = frozenset(f"s{place:03}" for place in range(5))
OTHER_HALF = frozenset(f"s{place:03}" for place in range(5, 11))
moves = st.builds(
    Move,
    spec=st.sampled_from(JOBS),
    mode=st.sampled_from([AttemptMode.OPEN, AttemptMode.OPEN, AttemptMode.CLOSED]),
    absent=some(3) | st.sampled_from([HALF, OTHER_HALF]),
    without_shares=some(1),
    without_input=some(2),
    without_statement=some(3),
    without_answer=some(4),
    receipts_of=some(9),
    shown_proof=some(9),
    reticent=some(3),
    giving_up=some(1),
    cut=st.integers(0, 3),
)


@settings(max_examples=4 * settings().max_examples)
@given(worlds(), st.lists(moves, max_size=8), st.booleans())
def test_no_combination_of_permitted_releases_isolates_few_honest_sites(
    found: World, wished: list[Move], repeated: bool
) -> None:
    for move in wished:
        found.play(move)
        if repeated:
            found.play(again(move))
    assert found.isolates() == frozenset()
    for place, (atom, sites) in enumerate(found.released):
        own = sites - found.colluders
        for other in [s - found.colluders for a, s in found.released[:place] if a == atom]:
            assert other == own or not other & own


def test_the_control_the_model_finds_what_a_site_without_memory_would_give_away() -> None:
    forgetful = world(7, {})
    for absent in ((), ("s000",)):
        for kept in forgetful.honest.values():
            kept.history, kept.asked = type(kept.history)(), []
        assert forgetful.play(Move(JOBS[0], absent=frozenset(absent)))
    assert forgetful.isolates() == {"s000"}


def test_the_control_bins_made_anew_isolate() -> None:
    forgetful = world(16, {})
    for cut in range(0, 24, 2):
        for kept in forgetful.honest.values():
            kept.history, kept.asked = type(kept.history)(), []
        forgetful.bins.clear()
        assert forgetful.play(Move(JOBS[0], cut=cut))
    assert forgetful.isolates() != frozenset()


def test_colluders_may_take_part_in_two_sums_of_one_atom_over_disjoint_honest_sites() -> None:
    found = world(16, {})
    assert found.play(Move(JOBS[0], absent=HALF))
    assert found.play(Move(JOBS[0], absent=OTHER_HALF))
    assert len({sites for _, sites in found.released}) == 2
    assert found.isolates() == frozenset()


def test_the_model_releases_retries_and_frees() -> None:
    """Guards the property above against a model in which nothing ever happens."""
    everyone = frozenset(f"s{place:03}" for place in range(9))
    found = world(9, {})
    failed = Move(JOBS[3], without_input=everyone - {"s000"}, receipts_of=everyone)
    assert not found.play(failed)
    assert found.honest["s000"].history.counter == 2
    assert not found.play(Move(JOBS[3])), "open atoms must stop the next attempt"
    freed = world(9, {})
    assert not freed.play(
        Move(JOBS[3], without_input=everyone, receipts_of=everyone, shown_proof=everyone)
    )
    late = Move(JOBS[3], without_input=frozenset({"s001"}), shown_proof=everyone)
    assert freed.play(late)
    assert freed.play(again(late))
    assert {sites for _, sites in freed.released} == {everyone - {"s001"}}
    assert not freed.play(Move(JOBS[0])), "a month of the three is asked by another calendar"
    without = world(9, {})
    assert without.play(Move(JOBS[3], giving_up=frozenset({"s002"})))
    assert {sites for _, sites in without.released} == {everyone - {"s002"}}
