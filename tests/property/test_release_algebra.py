"""No combination of permitted releases isolates a few honest sites: exact linear algebra.

Every release is a 0/1 vector over (site, day): which site's events of which day it sums. What the
colluders know of themselves is subtracted by dropping their columns. A combination isolates a
group when it is not zero and lies on that group's columns alone. Counting by days rather than by
atoms lets overlapping intervals meet.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from fedqi.disclosure import (
    Atom,
    AtomsBound,
    AtomsFreed,
    AtomsOpened,
    Entry,
    GivenUp,
    ReceiptSigned,
    ReleaseHistory,
    UnmaskingAnswered,
    void_atoms,
)
from fedqi.disclosure.states import AtomPhase
from fedqi.errors import PolicyError
from tests.unit.secagg.federation import federation

MIN_OTHERS, COLLUDERS = 2, ("yew",)
HONEST = ("alder", "birch", "cedar", "dogwood", "elm", "fir")
EVERYBODY = (*HONEST, *COLLUDERS)
MINIMUM = len(COLLUDERS) + MIN_OTHERS + 1
# One unit of time each; the second and later names overlap several of them.
UNITS = ("2016-04", "2016-05", "2016-06")
PERIODS: dict[str, tuple[int, ...]] = {
    "2016-04": (0,),
    "2016-05": (1,),
    "2016-06": (2,),
    "2016-Q2": (0, 1, 2),
    "2016-04-01..2016-05-31": (0, 1),
    "2016-05-01..2016-06-30": (1, 2),
}
Row = tuple[int, ...]
Release = tuple[str, tuple[str, ...]]  # period, K


def row(release: Release) -> Row:
    """Return the release over (honest site, unit of time); colluders are subtracted."""
    period, cohort = release
    return tuple(
        int(site in cohort and unit in PERIODS[period])
        for site in HONEST
        for unit in range(len(UNITS))
    )


def rank(rows: Iterable[Sequence[int]]) -> int:
    """Return the exact rank over the rationals."""
    left, found = [[Fraction(value) for value in line] for line in rows], 0
    while left:
        line = left.pop()
        column = next((place for place, value in enumerate(line) if value), None)
        if column is None:
            continue
        found += 1
        for other in left:
            factor = other[column] / line[column]
            if factor:
                other[:] = [a - factor * b for a, b in zip(other, line, strict=True)]
    return found


def isolated(releases: Iterable[Release], groups_up_to: int = MIN_OTHERS) -> list[tuple[str, ...]]:
    """List the groups of so few honest sites that some combination isolates."""
    rows, units = sorted(set(map(row, releases))), len(UNITS)
    whole, found = rank(rows), []
    for size in range(1, groups_up_to + 1):
        for group in combinations(range(len(HONEST)), size):
            outside = [
                [v for place, v in enumerate(line) if place // units not in group] for line in rows
            ]
            if rank(outside) < whole:
                found.append(tuple(HONEST[place] for place in group))
    return found


class World:
    """Every site's own history; the colluders permit themselves everything."""

    def __init__(self) -> None:
        self.histories = dict.fromkeys(HONEST, ReleaseHistory())
        self.released: list[Release] = []
        self.attempt = 0

    def record(self, site: str, entry: Entry) -> bool:
        try:
            self.histories[site] = self.histories[site].apply(entry)
        except PolicyError:
            return False
        return True

    def run(self, period: str, present: Iterable[str], missing: Iterable[str], fate: str) -> None:
        """One attempt; those missing opened the atom and are not in U3."""
        self.attempt += 1
        atom, job = f"hf|{period}|*", f"job-{self.attempt}"
        opened = AtomsOpened(job, 1, (atom,), bytes(32))
        offers = [s for s in HONEST if s in {*present, *missing} and self.record(s, opened)]
        survivors = [site for site in offers if site not in set(missing)]
        cohort = (*survivors, *COLLUDERS)
        if fate == "lost":
            return
        if fate == "failed" or void_atoms({atom: cohort}, MINIMUM):
            for site in offers:
                self.record(site, ReceiptSigned(job, 1))
                self.record(site, AtomsFreed(job, 1, (atom,)))
            return
        for site in offers:
            if site in survivors:
                assert self.record(site, AtomsBound(job, 1, {atom: cohort}))
            else:
                self.record(site, AtomsFreed(job, 1, (atom,)))
        if all([self.record(site, UnmaskingAnswered(job, 1)) for site in survivors]):
            self.released.append((period, cohort))

    def give_up(self, site: str, period: str) -> None:
        self.record(site, GivenUp((f"hf|{period}|*",)))


class Lawless(World):
    """Records what it likes: the same driver without the rule."""

    def record(self, site: str, entry: Entry) -> bool:
        return True


few_sites = st.sets(st.sampled_from(HONEST), max_size=2)
attempts = st.tuples(
    st.sampled_from([*UNITS, *UNITS, *sorted(PERIODS)]),
    few_sites.map(lambda late: set(HONEST) - late),
    few_sites,
    st.sampled_from(["released"] * 4 + ["failed", "lost"]),
)
given_up = st.tuples(st.sampled_from(HONEST), st.sampled_from(sorted(PERIODS)))


histories = st.lists(st.one_of(attempts, attempts, attempts, given_up), min_size=2, max_size=12)


def _played(world: World, steps: Iterable[object]) -> World:
    for step in steps:
        match step:
            case (str(period), set(present), set(missing), str(fate)):
                world.run(period, present, missing, fate)
            case (str(site), str(period)):
                world.give_up(site, period)
    return world


@settings(max_examples=200)
@given(histories)
def test_no_combination_of_permitted_releases_isolates_a_few_sites(steps: list[object]) -> None:
    assert isolated(_played(World(), steps).released) == []


def test_random_histories_release_several_sums_and_need_the_rule() -> None:
    # Guards the test above against a generator that draws nothing worth refusing.
    drawn = settings(max_examples=300, phases=[Phase.generate])
    assert find(histories, lambda steps: len(_played(World(), steps).released) >= 2, settings=drawn)
    assert find(
        histories, lambda steps: bool(isolated(_played(Lawless(), steps).released)), settings=drawn
    )


@pytest.mark.parametrize(
    ("releases", "found"),
    [
        ([("2016-04", EVERYBODY), ("2016-04", EVERYBODY[1:])], ("alder",)),
        ([("2016-04", EVERYBODY), ("2016-04", EVERYBODY[2:])], ("alder", "birch")),
        (
            [("2016-Q2", EVERYBODY), *((unit, EVERYBODY[1:]) for unit in UNITS)],
            ("alder",),
        ),
        ([("2016-04", ("alder", "birch", "yew"))], ("alder", "birch")),
    ],
)
def test_forbidden_releases_are_found_out(releases: list[Release], found: tuple[str, ...]) -> None:
    assert found in isolated(releases)


@pytest.mark.parametrize(
    ("world", "found"), [(World(), []), (Lawless(), [("alder",)])], ids=["rule", "no rule"]
)
def test_without_the_rule_the_same_history_isolates_a_site(
    world: World, found: list[tuple[str, ...]]
) -> None:
    world.run("2016-04", HONEST, (), "released")
    world.run("2016-04", HONEST[1:], (), "released")
    assert [group for group in isolated(world.released) if len(group) == 1] == found


def test_three_sums_over_disjoint_months_isolate_nobody() -> None:
    assert isolated([(unit, EVERYBODY) for unit in UNITS]) == []


def test_month_with_a_missing_site_is_released_and_the_next_one_with_all() -> None:
    world = World()
    world.run("2016-04", HONEST, ("elm",), "released")
    world.run("2016-04", HONEST, (), "released")  # elm alone is free: void, so it stays free
    world.run("2016-05", HONEST, (), "released")
    without = tuple(site for site in EVERYBODY if site != "elm")
    assert world.released == [("2016-04", without), ("2016-05", EVERYBODY)]
    assert world.histories["elm"].state("hf|2016-04|*").phase is AtomPhase.FREE


def test_failed_attempt_delays_nothing() -> None:
    world = World()
    world.run("2016-04", HONEST, (), "failed")
    world.run("2016-04", HONEST, (), "released")
    assert world.released == [("2016-04", EVERYBODY)]


def test_site_that_lost_an_attempt_waits_for_it_by_name_and_goes_on_with_the_next_month() -> None:
    world = World()
    world.run("2016-04", HONEST, (), "lost")
    again = AtomsOpened("again", 1, ("hf|2016-04|*",), bytes(32))
    with pytest.raises(PolicyError, match=r"atom hf\|2016-04\|\*: it is open"):
        world.histories["elm"].apply(again)
    with pytest.raises(PolicyError, match="open in job-1/1, not in job-2/1"):
        world.histories["elm"].apply(AtomsFreed("job-2", 1, ("hf|2016-04|*",)))
    world.run("2016-05", HONEST, (), "released")
    assert world.released == [("2016-05", EVERYBODY)]


def test_aggregator_names_whom_it_waits_for_and_goes_on_without() -> None:
    fed = federation(drops={"s002": "MaskedInput"})
    fed.start()
    while fed.aggregator.ready:
        fed.proceed()
    assert fed.aggregator.waiting_for == ("s002",)
    assert fed.aggregator.can_proceed
    assert "s002" not in fed.run().cohort


def test_aggregator_that_cannot_go_on_says_why_and_for_whom() -> None:
    missing = ("s001", "s002", "s003")
    fed = federation(drops=dict.fromkeys(missing, "MaskedInput"))
    fed.start()
    while fed.aggregator.ready:
        fed.proceed()
    assert fed.aggregator.waiting_for == missing
    assert not fed.aggregator.can_proceed
    assert "3 sites, expected at least 4" in fed.aggregator.obstacle


@pytest.mark.parametrize("way_out", ["receipts", "given up"])
def test_open_atom_always_has_a_way_out(way_out: str) -> None:
    world, atom = World(), "hf|2016-04|*"
    world.run("2016-04", HONEST, (), "lost")
    for site in HONEST:
        if way_out == "receipts":
            assert world.record(site, AtomsFreed("job-1", 1, (atom,)))
        else:
            world.give_up(site, "2016-04")
    expected = AtomPhase.FREE if way_out == "receipts" else AtomPhase.GIVEN_UP
    states = {world.histories[site].state(Atom.parse(atom)).phase for site in HONEST}
    assert states == {expected}
