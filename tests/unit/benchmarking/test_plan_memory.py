"""A plan remembers the state that it was asked for last, and answers as a new one would."""

from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from fedqi.benchmarking.analysis import Analysis, Offering, Subject, Values
from fedqi.benchmarking.plan import CollectionPlan, Part
from fedqi.measures import parse_measure
from fedqi.secagg.encoding import Block
from fedqi.secagg.state import PublicState

MEASURE = """
fedqi: 1
id: falls
version: 1.0.0
title: Falls
direction: lower
scoring: proportion
dataset: {columns: {fell: {type: boolean}}}
numerator: "fell"
"""
ATOM = "falls|all|*"
SITES = ("a", "b", "c")


@dataclass
class Remembering:
    """Keeps every total, and counts how often it was asked to."""

    name = "remembering"
    combined = 0

    def initial(self, subject: Subject) -> tuple[int, ...]:
        return ()

    def layout(self, state: tuple[int, ...]) -> tuple[Block, ...]:
        return (Block("n", (1,), "count", 0, 100, atom=ATOM),)

    def combine(self, state: tuple[int, ...], total: Values, offering: Offering) -> Any:
        self.combined += 1
        return (*state, int(total["n"][0]))


def state_after(*totals: int, cohort: tuple[str, ...] = SITES) -> PublicState:
    found = tuple(np.array([total], dtype=np.uint64) for total in totals)
    return PublicState(cohort, {ATOM: cohort}, found)


def test_a_plan_answers_every_state_as_a_new_plan_would() -> None:
    import yaml

    analysis = Remembering()
    subject = Subject(parse_measure(yaml.safe_load(MEASURE)), "falls", ("all",), 3)
    plan = CollectionPlan([Part(subject, cast(Analysis[Any], analysis))], 3)
    assert plan.states(state_after(1, 2)) == [(1, 2)]
    assert analysis.combined == 2
    assert plan.states(state_after(1, 2, 3)) == [(1, 2, 3)]
    assert analysis.combined == 3  # one total more, one combination more
    assert plan.states(state_after(1, 5, 3)) == [(1, 5, 3)]
    assert plan.states(state_after(1)) == [(1,)]
    assert plan.states(state_after(1, cohort=SITES[:2])) == [(1,)]
    assert analysis.combined == 3 + 3 + 1 + 1
