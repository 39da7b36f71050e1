"""Composites over the real protocol."""

from typing import Any

import numpy as np
import pytest

from fedqi.benchmarking.crude_position import CrudePosition
from fedqi.benchmarking.crude_result import CrudeResult
from fedqi.measures import ALL_PERIODS, Cell, ComponentTable, Measure, MeasureSummary, parse_measure
from fedqi.stats import wilson
from tests.unit.benchmarking.valued import position, run_summaries

Patients = list[tuple[bool | None, ...]]
"""Per patient and component: received or not, None where not eligible."""

NAMES = ("aspirin", "statin", "advice")


def composite(rule: str) -> Measure:
    flag = {"type": "boolean", "required": False}
    parts = [{"component": n, "denominator": f"{n} IS NOT NULL", "numerator": n} for n in NAMES]
    return parse_measure(
        {
            "fedqi": 1,
            "id": "m",
            "version": "1.0.0",
            "title": "All that is due",
            "direction": "higher",
            "scoring": "composite",
            "dataset": {"columns": dict.fromkeys(NAMES, flag)},
            "rule": rule,
            "components": parts,
        }
    )


def hospital(seed: int, size: int = 120, due: float = 0.7) -> Patients:
    """Return patients who are treated well or badly as a whole, as real ones are."""
    found: Patients = []
    draws = np.random.default_rng(seed)
    for _ in range(size):
        chance = 0.6 + 0.015 * seed if draws.random() < 0.7 else 0.2
        found.append(
            tuple(
                bool(draws.random() < chance) if draws.random() < due or k == 0 else None
                for k in range(len(NAMES))
            )
        )
    return found


SITES = {f"s{i:02}": hospital(i) for i in range(20)}


def summary_of(measure: Measure, patients: Patients) -> MeasureSummary:
    due = [[d is not None for d in row] for row in patients]
    done = [[d is True for d in row] for row in patients]
    own, received = [sum(row) for row in due], [sum(row) for row in done]
    table = ComponentTable(
        tuple(int(n) for n in np.sum(due, axis=0)),
        tuple(int(n) for n in np.sum(done, axis=0)),
        sum(m * m for m in received),
        sum(m * o for m, o in zip(received, own, strict=True)),
        sum(o * o for o in own),
    )
    if measure.rule == "opportunity":
        cell = Cell(sum(received), sum(own))
    else:
        cell = Cell(sum(m == o for m, o in zip(received, own, strict=True)), len(patients))
    return MeasureSummary(
        *("m", "1.0.0", measure.digest),
        cells={"": {ALL_PERIODS: cell}},
        components={"": {ALL_PERIODS: table}},
    )


def run(measure: Measure, sites: dict[str, Patients]) -> tuple[Any, CrudeResult]:
    summaries = {site: {"m": summary_of(measure, own)} for site, own in sites.items()}
    rehearsal, result = run_summaries(measure, summaries)
    found: CrudeResult = result.find("m", ALL_PERIODS).analyses["crude"]
    return rehearsal, found


@pytest.mark.parametrize("rule", ["all_or_none", "opportunity"])
def test_rate_and_components_are_those_of_all_patients(rule: str) -> None:
    _, found = run(composite(rule), SITES)
    patients = [row for own in SITES.values() for row in own]
    for place, name in enumerate(NAMES):
        done = [row[place] for row in patients if row[place] is not None]
        assert found.components is not None
        assert found.components[name].denominator == len(done)
        assert found.components[name].rate == sum(map(bool, done)) / len(done)
    opportunities = [done for row in patients for done in row if done is not None]
    complete = [all(done is not False for done in row) for row in patients]
    counted = opportunities if rule == "opportunity" else complete
    assert found.rate == pytest.approx(sum(map(bool, counted)) / len(counted), rel=1e-15)
    assert found.benchmark is not None and found.histogram is not None


def test_opportunities_of_one_patient_widen_interval_and_limits() -> None:
    measure = composite("opportunity")
    rehearsal, found = run(measure, SITES)
    own = summary_of(measure, SITES["s04"])
    cell = own.cells[""][ALL_PERIODS]
    mine: CrudePosition = position(rehearsal, own, "s04")
    assert found.design_effect is not None and found.design_effect > 1.1
    plain = wilson(cell.observed, cell.denominator)
    assert mine.interval is not None
    width = (mine.interval.upper - mine.interval.lower) / (plain.upper - plain.lower)
    assert width == pytest.approx(found.design_effect**0.5, rel=0.02)
    assert mine.components is not None and set(mine.components) == set(NAMES)


def test_the_design_effect_is_that_of_resampled_patients() -> None:
    _, found = run(composite("opportunity"), SITES)
    draws, pooled = np.random.default_rng(4), []
    for _ in range(400):
        met = due = 0
        for own in SITES.values():
            drawn = [own[k] for k in draws.integers(0, len(own), len(own))]
            met += sum(done is True for row in drawn for done in row)
            due += sum(done is not None for row in drawn for done in row)
        pooled.append((met / due, due))
    rates, dues = zip(*pooled, strict=True)
    assert found.rate is not None and found.design_effect is not None
    binomial = found.rate * (1 - found.rate) / np.mean(dues)
    assert np.var(rates) / binomial == pytest.approx(found.design_effect, rel=0.25)


def test_a_single_opportunity_is_worth_one() -> None:
    few: Patients = [(True, *(None for _ in NAMES[1:]))]
    rehearsal, found = run(composite("opportunity"), SITES | {"few": few})
    mine: CrudePosition = position(rehearsal, summary_of(composite("opportunity"), few), "few")
    assert found.design_effect is not None and found.design_effect > 1
    assert (mine.estimate, mine.band) == (1.0, "insufficient")
    assert mine.interval == wilson(1, 1)


def test_components_of_too_few_sites_are_not_released() -> None:
    rare = {
        site: own if site in ("s00", "s01") else [(*row[:2], None) for row in own]
        for site, own in SITES.items()
    }
    rehearsal, found = run(composite("opportunity"), rare)
    assert found.components is None and found.rate is not None
    (state,) = rehearsal.plan.states(rehearsal.outcome.state)
    assert (state.held, state.components) == ((), {})


def test_everything_done_gives_an_answer() -> None:
    perfect: dict[str, Patients] = {site: [(True, True, True)] * 30 for site in SITES}
    _, found = run(composite("opportunity"), perfect)
    assert (found.rate, found.design_effect, found.phi) == (1, 1, 0)
