"""A site that disappears midway: what is complete is released, the rest names who is missing."""

import json
from pathlib import Path
from typing import Any

import pytest

from aggregator import reporting
from aggregator.adversary import forging
from aggregator.attempt import Outgoing
from aggregator.rules import Tamper, untouched
from fedqi.benchmarking.analysis import Subject, UnitResult
from fedqi.benchmarking.plan import Part
from fedqi.measures import parse_measure
from fedqi.secagg.encoding import Block, Layout
from fedqi.secagg.messages import MaskedInput, StepTranscript, Verdict
from fedqi.secagg.state import PublicState
from fedqi.wire.control import JobEnded, JobOutcome
from tests.unit.aggregator.federation import ATOM, MEASURE, Federation, SumPlan

QUICK, SLOW = 2, 4  # steps


class Steps:
    """An analysis that is finished after some steps."""

    def __init__(self, name: str, steps: int) -> None:
        self.name, self.steps = name, steps

    def initial(self, subject: Subject) -> PublicState:
        return PublicState((), {}, ())

    def layout(self, state: PublicState) -> tuple[Block, ...]:
        done = len(state.totals) >= self.steps
        return () if done else (Block("n", (1,), "count", 0, 1000, atom=ATOM),)

    def results(self, state: PublicState) -> dict[str, UnitResult]:
        total = int(state.totals[self.steps - 1][0])
        return {"all": UnitResult(state.cohort, 1, total, total, {})}


class TwoAnalyses(SumPlan):
    """One is finished after two steps, the other after four."""

    def __init__(self, site: str = "") -> None:
        super().__init__(site)
        subject = Subject(parse_measure(MEASURE), "hf", ("all",), 4)
        chosen: list[Any] = [Steps("quick", QUICK), Steps("slow", SLOW)]
        self.parts = tuple(Part(subject, analysis) for analysis in chosen)

    def layout(self, state: PublicState) -> Layout | None:
        blocks = self.parts[1].analysis.layout(state)
        return Layout(blocks, 100) if blocks else None

    def states(self, state: PublicState) -> list[object]:
        return [state, state]


def forging_late(job: str, messages: Outgoing) -> Outgoing:
    """Forge totals once an analysis is complete."""
    late = any(isinstance(m, StepTranscript) and m.step >= QUICK for _, m in messages)
    return forging(job)(job, messages) if late else messages


def run_without(
    directory: Path, kind: type, step: int, tamper: Tamper = untouched, back: bool = False
) -> Federation:
    """Run a job from which s0 disappears, for good or until its first attempt has ended."""
    federation = Federation(directory, tamper=tamper, plan=TwoAnalyses)
    federation.sites["s0"].silent, federation.sites["s0"].silent_from = kind, step
    federation.open("one")
    federation.run()
    if back:
        federation.sites["s0"].restart()
    for _ in range(14):
        federation.wait(11)
        federation.run()
    return federation


def ending_of(federation: Federation) -> JobEnded:
    with federation.database.reading() as connection:
        ending = reporting.ended(connection, "one")
    assert ending is not None
    return ending


@pytest.mark.parametrize(("kind", "step"), [(MaskedInput, QUICK), (Verdict, SLOW - 2)])
def test_what_is_complete_is_released(tmp_path: Path, kind: type, step: int) -> None:
    federation = run_without(tmp_path, kind, step)
    ending = ending_of(federation)
    assert (ending.outcome, ending.waiting_for) == (JobOutcome.PARTIAL, ("s0",))
    assert ending.reason == "s0 did not come back"
    assert ending.cohort == tuple(federation.sites)
    assert {int.from_bytes(total, "little") for total in ending.totals} == {federation.total()}
    result = json.loads(ending.result)
    assert result["missing"] == [{"measure": "hf", "analysis": "slow"}]
    assert set(result["results"][0]["analyses"]) == {"quick"}
    assert federation.sites["s1"].ended == ending


def test_before_anything_is_complete_nothing_is_released(tmp_path: Path) -> None:
    ending = ending_of(run_without(tmp_path, MaskedInput, QUICK - 1))
    assert (ending.outcome, ending.totals, ending.waiting_for) == (JobOutcome.ENDED, (), ("s0",))


def test_a_site_that_comes_back_loses_nothing(tmp_path: Path) -> None:
    ending = ending_of(run_without(tmp_path, MaskedInput, QUICK, back=True))
    assert (ending.outcome, ending.waiting_for) == (JobOutcome.PUBLISHED, ())
    assert json.loads(ending.result)["missing"] == []


def test_a_refused_total_releases_nothing(tmp_path: Path) -> None:
    ending = ending_of(run_without(tmp_path, MaskedInput, SLOW, tamper=forging_late))
    assert (ending.outcome, ending.totals) == (JobOutcome.ENDED, ())


def test_the_operator_reads_what_is_missing_and_what_to_do(tmp_path: Path) -> None:
    facts = reporting.result("one", ending_of(run_without(tmp_path, MaskedInput, QUICK)))
    text = "\n".join(reporting.result_lines(facts))
    assert "one: partial (s0 did not come back)" in text
    assert "missing: slow of hf" in text
    assert "open a job over the same periods once s0 runs again" in text
