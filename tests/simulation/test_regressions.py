"""Schedules that once violated an invariant, as the simulator printed them."""

import pytest

from fedqi.simulation import Violation, replay
from fedqi.simulation.operations import Announce, Attack, CrashAggregator, Found


@pytest.mark.xfail(
    raises=Violation,
    reason="in a closed step nothing binds a colluder to one masked input: sites do not compare "
    "the totals that they accepted",
)
def test_two_sites_never_accept_two_totals_of_one_closed_step() -> None:
    replay(
        [
            Found(sites=7, colluders=("birch",)),
            Announce(job="spring", at=0.0, atoms=(0,), steps=2),
            Attack(name="two inputs of one colluder", victim="dogwood"),
        ]
    )


def test_the_step_before_is_not_open_to_it() -> None:
    # In the open step the list of t statements binds every input.
    outcome = replay(
        [
            Found(sites=7, colluders=("birch",)),
            Announce(job="spring", at=0.0, atoms=(0,), steps=1),
            Attack(name="two inputs of one colluder", victim="dogwood"),
        ]
    )
    assert not outcome.attacks


def test_a_move_that_was_to_follow_is_dropped_when_the_aggregator_is_down() -> None:
    outcome = replay(
        [
            Found(sites=6),
            Announce(job="spring", at=0.0, atoms=(1,)),
            CrashAggregator(moment="proceeded stating", nth=1, down=10.0),
            Attack(name="half asked for receipts", victim="fir"),
        ]
    )
    assert outcome.endings["spring"].outcome == "released"
