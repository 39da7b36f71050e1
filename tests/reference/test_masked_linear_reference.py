"""A linear risk model through the full masked protocol, beside least squares over all rows."""

import csv
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

import fedqi
from fedqi.benchmarking.policy import Policy
from fedqi.benchmarking.standardised_linear_figures import LinearPosition, LinearResult

MEASURE = """\
fedqi: 1
id: stay
version: 1.0.0
title: Length of stay
direction: lower
scoring: continuous
dataset:
  columns:
    days: {type: number}
    age: {type: number, min: 0, max: 100}
    ward: {type: string, allowed: [a, b, c]}
value: {expression: days, bounds: [0, 60]}
risk_model: {terms: [age, ward]}
"""
SITES = 9


def rows() -> list[tuple[str, float, float, str]]:
    """Return hospital, days, age and ward of invented patients."""
    drawn = np.random.default_rng(20)
    found = []
    for site in range(SITES):
        for _ in range(60 + 11 * site):
            age, ward = round(float(drawn.uniform(20, 95)), 1), "abc"[drawn.integers(3)]
            mean = 3 + 0.06 * age + 1.5 * (ward == "b") - 0.8 * (ward == "c")
            stay = mean + 0.3 * (site % 3 - 1) + drawn.normal(0, 2)
            found.append((f"h{site}", round(min(max(float(stay), 0.0), 60.0), 2), age, ward))
    return found


ROWS = rows()


@cache
def benchmark() -> fedqi.Run:
    with TemporaryDirectory() as made:
        folder = Path(made)
        with (folder / "stays.csv").open("w", newline="") as file:
            csv.writer(file).writerows([("hospital", "days", "age", "ward"), *ROWS])
        (folder / "stay.yaml").write_text(MEASURE)
        measure = fedqi.load_measure(folder / "stay.yaml")
        sources = fedqi.split(folder / "stays.csv", by="hospital")
        return fedqi.benchmark(
            measure, sources, analyses=["crude", "standardised"], policy=Policy(1), seed=3
        )


@pytest.fixture
def run() -> fedqi.Run:
    return benchmark()


def design() -> tuple[np.ndarray, np.ndarray]:
    x = np.array([[1.0, age, ward == "b", ward == "c"] for _, _, age, ward in ROWS])
    return x, np.array([days for _, days, _, _ in ROWS])


def test_coefficients_are_those_of_least_squares(run: fedqi.Run) -> None:
    # In R: summary(lm(days ~ age + ward)), its sigma and r.squared.
    x, y = design()
    beta, squares, _, _ = np.linalg.lstsq(x, y)
    variance = float(squares[0]) / (len(y) - 4)
    errors = np.sqrt(np.diag(np.linalg.inv(x.T @ x)) * variance)
    found: LinearResult = run.result.results[0].analyses["standardised"]
    assert list(found.coefficients) == ["(Intercept)", "age", "ward[b]", "ward[c]"]
    assert list(found.coefficients.values()) == pytest.approx(list(beta), abs=1e-9)
    assert list(found.standard_errors.values()) == pytest.approx(list(errors), rel=1e-9)
    assert found.residual_sd == pytest.approx(variance**0.5, rel=1e-9)
    scatter = float(np.sum((y - y.mean()) ** 2))
    assert found.r_squared == pytest.approx(1 - float(squares[0]) / scatter, rel=1e-9)
    assert (found.mean, found.expected) == pytest.approx((y.mean(), y.mean()), abs=1e-6)
    assert found.steps == 2


def test_a_hospital_beside_what_its_patients_let_expect(run: fedqi.Run) -> None:
    x, y = design()
    beta = np.linalg.lstsq(x, y)[0]
    sites = np.array([row[0] for row in ROWS])
    released: LinearResult = run.result.results[0].analyses["standardised"]
    differences = {s: float(np.mean((y - x @ beta)[sites == s])) for s in sorted(set(sites))}
    counts = {s: int(np.sum(sites == s)) for s in differences}
    between = sum(counts[s] * d**2 for s, d in differences.items())
    within = (float(np.sum((y - x @ beta) ** 2)) - between) / (len(y) - SITES)
    assert released.within_sd == pytest.approx(within**0.5, rel=1e-9)
    assert released.phi == pytest.approx(between / within / SITES, rel=1e-8)
    for site, difference in differences.items():
        place: LinearPosition = run.site(site).positions[0].analyses["standardised"]
        assert place.mean == pytest.approx(y[sites == site].mean(), abs=1e-9)
        assert place.difference == pytest.approx(difference, abs=1e-9)
        assert place.estimate == pytest.approx(y.mean() + difference, abs=1e-6)
        assert place.z == pytest.approx(difference * (counts[site] / within) ** 0.5, rel=1e-7)
        assert place.difference_interval.upper > difference > place.difference_interval.lower
