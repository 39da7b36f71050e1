"""Peer groups with bins of their own: all that may be summed together isolates no few sites."""

from hypothesis import given, settings
from hypothesis import strategies as st

from fedqi.disclosure import Atom, ReleaseHistory
from fedqi.secagg import default_collusion_bound
from tests.attacks.hospitals import job
from tests.attacks.release_model import MONTHS, Kept, Move, World, again
from tests.property.test_one_atom_one_set import moves

PARTITION = ("north", "south")
SITES = tuple(f"s{place:03}" for place in range(46))
COLLUDERS = frozenset(SITES[len(SITES) - default_collusion_bound(len(SITES)) :])
JOBS = (
    job("january", "2020-01", partition=PARTITION),
    job("february", "2020-02", partition=PARTITION),
    job("three", *MONTHS, partition=PARTITION),
    job("quarter", "2020-Q1", partition=PARTITION),
    job("january-again", "2020-01", partition=PARTITION),
)
ATOMS = {atom for spec in JOBS for atom in spec.atoms}


def segment_of(site: str) -> str:
    return PARTITION[SITES.index(site) % len(PARTITION)]


def divided() -> World:
    """Return 46 hospitals in two groups; those who collude claim to belong to both."""
    honest = {
        site: Kept(
            ReleaseHistory(PARTITION),
            lacks={atom for atom in ATOMS if Atom.parse(atom).segment != segment_of(site)},
        )
        for site in SITES
        if site not in COLLUDERS
    }
    return World(SITES, COLLUDERS, honest)


within = moves.flatmap(
    lambda move: st.sampled_from(JOBS).map(lambda spec: Move(**{**vars(move), "spec": spec}))
)


@settings(max_examples=settings().max_examples)
@given(st.lists(within, max_size=8), st.booleans())
def test_no_combination_over_peer_groups_isolates_few_honest_sites(
    wished: list[Move], repeated: bool
) -> None:
    found = divided()
    for move in wished:
        found.play(move)
        if repeated:
            found.play(again(move))
    assert found.isolates() == frozenset()
    for atom, sites in found.released:
        assert {segment_of(site) for site in sites - COLLUDERS} == {Atom.parse(atom).segment}


def test_both_groups_are_released_with_bins_of_their_own() -> None:
    """Guards the property above against a model in which nothing ever happens."""
    found = divided()
    assert found.play(Move(JOBS[0]))
    assert {atom for atom, _ in found.released} == set(JOBS[0].atoms)
    assert {atom for atom, _ in found.binned} == set(JOBS[0].atoms)
    assert found.isolates() == frozenset()


def test_a_group_that_is_void_leaves_the_other_released() -> None:
    found = divided()
    absent = frozenset(site for site in SITES[:38] if segment_of(site) == "north")
    assert found.play(Move(JOBS[0], absent=absent))
    assert {Atom.parse(atom).segment for atom, _ in found.released} == {"south"}
