"""Every attack can be carried out, and the federation stands it."""

import pytest

from fedqi.secagg.messages import SiteMessage
from fedqi.simulation import replay
from fedqi.simulation.adversary import SPLIT
from fedqi.simulation.attacks import ATTACKS
from fedqi.simulation.operations import (
    NEVER,
    Announce,
    Attack,
    Crash,
    Found,
    Operation,
    Schedule,
    Split,
)
from fedqi.simulation.setting import ATOMS
from fedqi.simulation.world import World

COLLUDER, VICTIM = "birch", "dogwood"
STORM = tuple(Crash(site, "stored AtomsOpened", 1, 1.0) for site in ("alder", "cedar", "elm"))
JOBS = (
    Announce("spring", 0.0, (0, 1), 2),
    Announce("summer", 60.0, (0,), 2),
    Announce("autumn", 120.0, (2,), 1),
)
LOST_AFTER_STATING = tuple(
    Crash(site, "sent Statement", 1, 3.0) for site in ("alder", "elm", "fir", "gorse")
)

SETTINGS: dict[str, tuple[Operation, ...]] = {
    "quiet": JOBS,
    "a first attempt that too few finish": (*JOBS, *STORM),
    "an attempt lost after its statements": (*JOBS, *LOST_AFTER_STATING),
}


def schedules(name: str) -> list[Schedule]:
    victim = COLLUDER if issubclass(ATTACKS[name].on, SiteMessage) else VICTIM
    found = Found(8, 0, (COLLUDER,), patient=True)
    return [(found, *setting, Attack(name, victim)) for setting in SETTINGS.values()]


@pytest.mark.parametrize("name", [name for name, move in ATTACKS.items() if move.weight])
def test_each_attack_is_carried_out_and_violates_nothing(name: str) -> None:
    carried_out = 0
    for operations in schedules(name):
        carried_out = replay(operations).attacks[name]
        if carried_out:
            break
    assert carried_out


@pytest.mark.parametrize("setting", SETTINGS)
def test_without_an_attack_all_is_released(setting: str) -> None:
    outcome = replay([Found(8), *SETTINGS[setting]])
    assert {ending.outcome for ending in outcome.endings.values()} == {"released"}
    assert not outcome.attacks


@pytest.mark.parametrize("shared", [False, True])
def test_a_job_run_twice_under_one_name_sums_disjoint_honest_sites(shared: bool) -> None:
    apart = ("gorse", "hazel", "ivy")
    colluders = ("alder", "birch")
    split = Split("spring", apart, shared)
    world = World((Found(9, 0, colluders), Announce("spring", 0.0, (0,), 2), split))
    outcome = world.run()
    assert outcome.violation is None
    assert outcome.attacks[SPLIT]
    assert {ending.outcome for ending in outcome.endings.values()} == {"released"}
    one, other = world.watch.releases.sets[ATOMS[0]]
    assert one & other == set(colluders)


def test_a_site_that_never_returns_leaves_a_part_and_is_named() -> None:
    gone = Crash("cedar", "sent MaskedInput", 1, NEVER)
    ending = replay([Found(7), Announce("spring", 0.0, (0,), 2), gone]).endings["spring"]
    assert (ending.outcome, ending.waiting) == ("partial", ("cedar",))


def test_a_site_that_was_away_at_the_end_is_bound_when_it_returns() -> None:
    away = Crash("dogwood", "store AtomsBound", 1, 30.0)
    jobs = Announce("spring", 0.0, (0, 1)), Announce("summer", 60.0, (1,), 2)
    outcome = replay([Found(5), *jobs, away])
    assert {ending.outcome for ending in outcome.endings.values()} == {"released"}


def test_too_few_receipts_leave_the_job_waiting_for_those_who_are_silent() -> None:
    gone = [Crash(site, "stored AtomsOpened", 1, NEVER) for site in ("alder", "cedar", "elm")]
    ending = replay([Found(7), Announce("spring", 0.0, (0,)), *gone]).endings["spring"]
    assert ending.kind == "waiting for discard receipts"
    assert ending.waiting == ("alder", "cedar", "elm")
    assert ending.detail == "4 of 5"
