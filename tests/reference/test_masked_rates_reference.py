"""A Poisson regression with exposure through the full masked protocol, beside statsmodels."""

import csv
from pathlib import Path

import pytest

import fedqi
from fedqi.benchmarking.policy import Policy
from fedqi.benchmarking.standardised_result import StandardisedResult
from tests.reference.statistics_data import oracle, rows

MEASURE = """\
fedqi: 1
id: deaths
version: 1.0.0
title: Deaths after bypass surgery, per operation
direction: lower
scoring: rate
dataset:
  columns:
    cases: {type: integer, min: 0}
    deaths: {type: integer, min: 0}
    big: {type: boolean}
numerator: {sum: deaths}
exposure: {sum: cases}
risk_model: {terms: [big]}
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> fedqi.Run:
    folder: Path = tmp_path_factory.mktemp("rates")
    with (folder / "hospitals.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["hospital", "cases", "deaths", "big"])
        for index, row in enumerate(rows("ny_cabg_2003")):
            writer.writerow([f"h{index:02}", row["Cases"], row["Deaths"], int(row["Cases"]) >= 500])
    (folder / "measure.yaml").write_text(MEASURE)
    measure = fedqi.load_measure(folder / "measure.yaml")
    sources = fedqi.split(folder / "hospitals.csv", by="hospital")
    # Five hospitals are small: with one colluder, four may stand behind a cell.
    return fedqi.benchmark(measure, sources, analyses=["standardised"], policy=Policy(1), seed=3)


def test_the_masked_regression_of_a_rate(run: fedqi.Run) -> None:
    found: StandardisedResult = run.result.results[0].analyses["standardised"]
    expected = oracle("statsmodels_glm")["poisson"]
    assert list(found.coefficients) == ["(Intercept)", "big[true]"]
    assert list(found.coefficients.values()) == pytest.approx(
        list(expected["coefficients"].values()), abs=1e-8
    )
    assert list(found.standard_errors.values()) == pytest.approx(
        list(expected["standard_errors"].values()), rel=1e-7
    )
    assert found.expected == pytest.approx(run.result.results[0].observed, abs=1e-6)
    # A grid of scores is one of probabilities.
    assert (found.c_statistic, found.calibration, found.deviance) == (None, (), None)


def test_events_against_those_of_an_average_hospital(run: fedqi.Run) -> None:
    found: StandardisedResult = run.result.results[0].analyses["standardised"]
    big = run.site("h00").positions[0]
    place = big.analyses["standardised"]
    assert place.ratio.value == pytest.approx(big.observed / place.expected)
    # Poisson: the variance of the events is what is expected of them.
    assert place.z == pytest.approx((big.observed - place.expected) / place.expected**0.5)
    assert place.estimate == pytest.approx(place.ratio.value * found.rate)
