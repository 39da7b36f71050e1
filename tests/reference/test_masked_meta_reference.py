"""Random effects through the full masked protocol, beside metafor's rma(method = "DL")."""

import csv
from math import exp, log
from pathlib import Path

import pytest

import fedqi
from fedqi.benchmarking.meta_figures import MetaPosition, MetaResult
from fedqi.benchmarking.policy import Policy
from tests.reference.statistics_data import oracle, surgical

MEASURE = """\
fedqi: 1
id: deaths
version: 1.0.0
title: Deaths after heart surgery in babies
direction: lower
scoring: proportion
dataset:
  columns:
    operations: {type: integer, min: 1}
    deaths: {type: integer, min: 0}
numerator: {sum: deaths}
denominator: {sum: operations}
"""
EXPECTED = oracle("meta_surgical")["PLO"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> fedqi.Run:
    folder: Path = tmp_path_factory.mktemp("meta")
    with (folder / "hospitals.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["hospital", "operations", "deaths"])
        for name, (deaths, operations) in zip(EXPECTED["id"], surgical(), strict=True):
            writer.writerow([name, operations, deaths])
    (folder / "measure.yaml").write_text(MEASURE)
    measure = fedqi.load_measure(folder / "measure.yaml")
    sources = fedqi.split(folder / "hospitals.csv", by="hospital")
    return fedqi.benchmark(measure, sources, analyses=["meta"], policy=Policy(1), seed=3)


def odds(rate: float) -> float:
    return log(rate / (1 - rate))


def test_three_sums_are_metafor(run: fedqi.Run) -> None:
    found: MetaResult = run.result.results[0].analyses["meta"]
    expected = EXPECTED["DL"]
    assert found.scale == "log odds"
    assert (found.q, 100 * found.i2) == pytest.approx((expected["Q"], expected["I2"]), abs=1e-6)
    assert found.p_value == pytest.approx(expected["Qp"], rel=1e-6)
    assert (found.mean, found.mean_se, found.tau2) == pytest.approx(
        (expected["mu"], expected["se"], expected["tau2"]), abs=1e-8
    )
    for interval, ends in ((found.interval, expected["ci"]), (found.prediction, expected["pi"])):
        assert (odds(interval.lower), odds(interval.upper)) == pytest.approx(ends, abs=1e-8)
    assert found.rate == pytest.approx(1 / (1 + exp(-expected["mu"])), abs=1e-9)


def test_predictions_of_each_hospital(run: fedqi.Run) -> None:
    expected = EXPECTED["DL"]
    for name, best, error in zip(
        EXPECTED["id"], expected["blup"], expected["blup_se"], strict=True
    ):
        own: MetaPosition = run.site(name).positions[0].analyses["meta"]
        assert odds(own.shrunken) == pytest.approx(best, abs=1e-8)
        half = (odds(own.shrunken_interval.upper) - odds(own.shrunken_interval.lower)) / 2
        assert half == pytest.approx(1.959963984540054 * error, abs=1e-7)


def test_a_hospital_among_others_that_differ(run: fedqi.Run) -> None:
    place = EXPECTED["id"].index("H")
    own: MetaPosition = run.site("H").positions[0].analyses["meta"]
    far, chance = EXPECTED["yi"][place] - EXPECTED["DL"]["mu"], EXPECTED["vi"][place]
    assert own.z == pytest.approx(far / chance**0.5, abs=1e-6)
    assert own.z_adjusted == pytest.approx(far / (chance + EXPECTED["DL"]["tau2"]) ** 0.5, abs=1e-6)
    assert (own.band, own.stands_out) == ("as expected", False)
    # Counted alone it would stand out: the hospitals differ.
    assert own.z > 1.96
