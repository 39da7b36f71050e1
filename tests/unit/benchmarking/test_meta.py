"""Random effects through real masked jobs, at their boundaries."""

import csv
from math import exp
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

import fedqi
from fedqi.benchmarking.analysis import Subject
from fedqi.benchmarking.meta import MetaAnalysis
from fedqi.benchmarking.meta_figures import MetaPosition, MetaResult
from fedqi.benchmarking.policy import Policy
from fedqi.benchmarking.standardised_result import FailedAnalysis
from fedqi.errors import DefinitionError
from fedqi.measures import parse_measure
from fedqi.stats import (
    Estimate,
    fixed_sums,
    heterogeneity,
    log_rate_estimate,
    logit_estimate,
    random_effects,
    random_sums,
)

Counts = dict[str, tuple[int, int]]
"""Hospital to events, and patients or exposure."""


def run(counts: Counts, scoring: str = "proportion") -> fedqi.Run:
    over = "exposure" if scoring == "rate" else "denominator"
    measure = parse_measure(
        {
            "fedqi": 1, "id": "falls", "version": "1.0.0", "title": "Falls", "direction": "lower",
            "scoring": scoring, "numerator": {"sum": "events"}, over: {"sum": "size"},
            "dataset": {"columns": {"events": {"type": "integer", "min": 0},
                                    "size": {"type": "integer", "min": 1}}},
        }
    )  # fmt: skip
    with TemporaryDirectory() as made:
        path = Path(made) / "rows.csv"
        with path.open("w", newline="") as file:
            rows = [(site, *own) for site, own in counts.items()]
            csv.writer(file).writerows([("hospital", "events", "size"), *rows])
        sources = fedqi.split(path, by="hospital")
        return fedqi.benchmark(measure, sources, analyses=["meta"], policy=Policy(1), seed=5)


def pooled(estimates: list[Estimate]) -> tuple[float, float, float]:
    tau2 = heterogeneity(fixed_sums(estimates)).tau2
    found = random_effects(*random_sums(estimates, tau2), tau2)
    return found.mean, found.mean_se, tau2


def test_a_rate_is_pooled_as_a_log_rate() -> None:
    counts = {f"h{i}": (2 + i * i, 1000 + 300 * i) for i in range(9)} | {"h9": (0, 800)}
    made = run(counts, "rate")
    found: MetaResult = made.result.results[0].analyses["meta"]
    expected = pooled([log_rate_estimate(*own) for own in counts.values()])
    assert found.scale == "log rate"
    assert (found.mean, found.mean_se, found.tau2) == pytest.approx(expected, abs=1e-8)
    assert found.rate == pytest.approx(exp(expected[0]), abs=1e-10)
    own: MetaPosition = made.site("h9").positions[0].analyses["meta"]
    assert own.estimate == pytest.approx(0.5 / 800)
    assert own.interval.lower < own.shrunken_interval.lower < own.shrunken


def test_hospitals_that_are_alike_take_two_sums() -> None:
    made = run({f"h{i}": (20, 200) for i in range(10)})
    found: MetaResult = made.result.results[0].analyses["meta"]
    assert (found.tau2, found.i2, found.q) == pytest.approx((0, 0, 0), abs=1e-6)
    assert found.rate == pytest.approx(0.1, abs=1e-9)
    place: MetaPosition = made.site("h3").positions[0].analyses["meta"]
    assert (place.reliability, place.shrunken) == pytest.approx((0, 0.1), abs=1e-9)


@pytest.mark.parametrize("events", [0, 50])
def test_no_event_and_nothing_else_have_figures(events: int) -> None:
    made = run({f"h{i}": (events, 50) for i in range(10)})
    found: MetaResult = made.result.results[0].analyses["meta"]
    value, _, _ = pooled([logit_estimate(events, 50)] * 10)
    assert (found.mean, found.tau2) == pytest.approx((value, 0), abs=1e-7)
    assert made.site("h0").positions[0].analyses["meta"].band == "as expected"


def test_very_unequal_hospitals() -> None:
    counts = {f"h{i}": (i, 10) for i in range(9)} | {"h9": (300_000, 1_000_000)}
    found: MetaResult = run(counts).result.results[0].analyses["meta"]
    expected = pooled([logit_estimate(*own) for own in counts.values()])
    assert (found.mean, found.mean_se, found.tau2) == pytest.approx(expected, rel=1e-5)


def test_few_hospitals_have_no_weights_summed() -> None:
    made = run({f"h{i}": (20 + i, 200) for i in range(5)})
    found = made.result.results[0].analyses["meta"]
    assert isinstance(found, FailedAnalysis)
    assert "5 hospitals stand together, random effects take" in found.failed
    assert made.site("h0").positions == ()


def test_a_mean_has_no_log_odds() -> None:
    measure = parse_measure(
        {
            "fedqi": 1, "id": "stay", "version": "1.0.0", "title": "Stay", "direction": "lower",
            "scoring": "continuous", "value": {"expression": "days", "bounds": [0, 9]},
            "dataset": {"columns": {"days": {"type": "number"}}},
        }
    )  # fmt: skip
    with pytest.raises(DefinitionError, match="is for proportions and rates, found scoring"):
        MetaAnalysis().initial(Subject(measure, "stay", ("all",), 4))
