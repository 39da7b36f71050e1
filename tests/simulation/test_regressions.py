"""Schedules that once violated an invariant, as the simulator printed them."""

from typing import Any

import pytest

from fedqi.secagg import site_rounds
from fedqi.simulation import Violation, replay
from fedqi.simulation.operations import Announce, Attack, CrashAggregator, Found

TWO_INPUTS = (
    Found(sites=7, colluders=("birch",), patient=True),
    Announce(job="spring", at=0.0, atoms=(0,), steps=2),
    Attack(name="two inputs of one colluder", victim="dogwood", relents=False),
)


def test_two_sites_never_believe_two_totals_of_one_closed_step() -> None:
    outcome = replay(TWO_INPUTS)
    assert outcome.attacks["two inputs of one colluder"] == 1
    assert outcome.settled["spring"] == {"alder", "cedar", "elm", "fir", "gorse"}
    assert outcome.endings["spring"].outcome == "released"


def test_the_control_sites_that_do_not_count_acceptances_believe_both(monkeypatch: Any) -> None:
    monkeypatch.setattr(site_rounds, "check_agreement", lambda *_: None)
    with pytest.raises(Violation, match="dogwood"):
        replay(TWO_INPUTS)


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
