"""The simulator finds bugs that are planted, and shrinks what it finds to a few operations."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any

import numpy as np
import pytest

from fedqi.benchmarking.entries import as_history_entry
from fedqi.benchmarking.participation import Member
from fedqi.secagg import checks, site_checks, site_rounds, view
from fedqi.simulation import draw, observe, world
from fedqi.simulation.attacks import ATTACKS
from fedqi.simulation.departures import DURABLE, STATEMENTS
from fedqi.simulation.invariants import ONE_SET, ROLLED_BACK, SAME, SIZE, Releases
from fedqi.simulation.knowledge import ISOLATED
from fedqi.simulation.operations import Found
from fedqi.simulation.shrink import shrink
from fedqi.simulation.watch import REFUSED

Plant = Callable[[pytest.MonkeyPatch], None]


def nothing(*_: Any) -> None:
    """Check nothing."""


def skip_statements(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(site_rounds, "check_statements", nothing)


def skip_histories(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(site_checks, "_check_history", nothing)


def skip_atoms(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(checks, "_check_atom", nothing)


def small_groups(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(view, "group_minimum", lambda bound, others: 1)


def believe_totals(patch: pytest.MonkeyPatch) -> None:
    def claimed(_: Any, transcript: Any) -> Any:
        return np.frombuffer(transcript.total, np.uint64).copy()

    patch.setattr(site_rounds, "checked_total", claimed)


def store_nothing(patch: pytest.MonkeyPatch) -> None:
    def record(self: Any, entry: Any) -> None:
        self.history = self.history.apply(as_history_entry(entry))

    patch.setattr(Member, "record", record)


def skip_sets(patch: pytest.MonkeyPatch) -> None:
    """Ask atoms again over other sets, and do not compare the sets: only the algebra is left."""
    skip_atoms(patch)
    patch.setattr(Releases, "_add_set", nothing)


def first_finding(most: int) -> tuple[int, str]:
    for seed in count():
        assert seed < most, "no violation was found"
        violation = observe(draw(seed)).violation
        if violation is not None:
            return seed, violation.invariant
    raise AssertionError


@pytest.mark.parametrize("plant", [skip_statements, skip_atoms])
def test_a_planted_bug_lets_an_attack_through(plant: Plant, monkeypatch: Any) -> None:
    plant(monkeypatch)
    assert first_finding(400)[1] in {REFUSED, ONE_SET, STATEMENTS}


@pytest.mark.parametrize(
    ("plant", "invariant"),
    [
        (skip_statements, STATEMENTS),
        (skip_histories, ROLLED_BACK),
        (small_groups, SIZE),
        (skip_sets, ISOLATED),
        (believe_totals, SAME),
        (store_nothing, DURABLE),
    ],
)
def test_it_is_found_without_knowing_which_message_is_forged(
    plant: Plant, invariant: str, monkeypatch: Any
) -> None:
    unlabelled = {name: replace(move, refused=False) for name, move in ATTACKS.items()}
    monkeypatch.setattr(world, "ATTACKS", unlabelled)
    plant(monkeypatch)
    seed, found = first_finding(400)
    assert found == invariant
    short = shrink(draw(seed), found, observe)
    assert isinstance(short[0], Found)
    assert len(short) <= 8
    assert len(short) < len(draw(seed))
    again = observe(short).violation
    assert again is not None
    assert again.invariant == invariant
