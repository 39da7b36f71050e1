"""Seeds in every run of the tests; `make soak` runs many more."""

import pytest

from fedqi.simulation import Tally, draw, observe, run_seeds
from fedqi.simulation.adversary import SPLIT
from fedqi.simulation.attacks import ATTACKS
from fedqi.simulation.watch import REFRESHED, ROLLED_BACK

CHUNK = 30
DRAWN = {name for name, move in ATTACKS.items() if move.weight} | {
    ROLLED_BACK,
    REFRESHED,
    SPLIT,
}


def report(tally: Tally) -> str:
    return "\n".join(
        f"seed {finding.seed}, event {finding.event}: {finding.violation}\n{finding.regression()}"
        for finding in tally.findings
    )


@pytest.mark.parametrize("start", range(0, 300, CHUNK))
def test_no_seed_violates_an_invariant(start: int) -> None:
    tally = run_seeds(range(start, start + CHUNK))
    assert not tally.findings, report(tally)
    # refusing everything is no pass, and neither is being left alone
    assert tally.released * 5 >= CHUNK
    assert sum(tally.attacks.values()) >= CHUNK // 2
    assert tally.attacks.keys() <= DRAWN


def test_a_seed_gives_the_same_schedule_and_the_same_outcome() -> None:
    for seed in range(3):
        one, other = observe(draw(seed)), observe(draw(seed))
        assert draw(seed) == draw(seed)
        assert (one.endings, one.attacks, one.events) == (
            other.endings,
            other.attacks,
            other.events,
        )


@pytest.mark.slow
def test_in_a_thousand_seeds_each_attack_is_carried_out_ten_times() -> None:
    tally = run_seeds(range(1_000))
    assert not tally.findings, report(tally)
    assert tally.released * 5 >= tally.seeds
    assert {name: tally.attacks[name] for name in DRAWN if tally.attacks[name] < 10} == {}
