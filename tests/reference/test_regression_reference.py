"""Regressions from summed blocks against statsmodels 0.15.0 (calls stand in the oracle)."""

from typing import Any

import numpy as np
import pytest

from fedqi.stats.calibration import c_statistic, score_counts
from fedqi.stats.regression import FittedModel, fitted
from fedqi.stats.regression_blocks import Family, Patterns
from tests.reference.model_data import PPROF_NAMES, pprof
from tests.reference.statistics_data import oracle, rows
from tests.unit.stats.fits import fit_plain


def assert_agrees(found: FittedModel, expected: dict[str, Any]) -> None:
    assert list(found.coefficients) == list(expected["coefficients"])
    assert found.coefficients == pytest.approx(expected["coefficients"], abs=2e-11)
    assert found.standard_errors == pytest.approx(expected["standard_errors"], rel=1e-9)
    assert np.array(found.covariance) == pytest.approx(np.array(expected["covariance"]), rel=1e-8)


def test_logistic_over_a_hundred_sites() -> None:
    # GLM(y, [1, z1..z5], Binomial()).fit(tol=1e-14)
    expected = oracle("statsmodels_glm")["logistic"]
    found = fitted(fit_plain(list(pprof().values()), PPROF_NAMES))
    assert_agrees(found, expected)
    assert found.log_likelihood == pytest.approx(expected["log_likelihood"], rel=1e-13)
    assert found.deviance == pytest.approx(expected["deviance"], rel=1e-13)
    assert found.steps == 7


def test_c_statistic_from_a_histogram() -> None:
    # All pairs of the unbinned scores, in the oracle; 256 bins lose 1e-4 at most.
    sites = list(pprof().values())
    point = fit_plain(sites, PPROF_NAMES).coefficients
    counts = [score_counts(site.mean(point), site.weight, site.outcome) for site in sites]
    patients = np.sum([c.patients for c in counts], axis=0)
    events = np.sum([c.events for c in counts], axis=0)
    exact = oracle("statsmodels_glm")["logistic"]["c_statistic"]
    assert c_statistic(patients, events) == pytest.approx(exact, abs=1e-4)


def test_poisson_with_exposure() -> None:
    # GLM(Deaths, [1, Cases >= 500], Poisson(), exposure=Cases).fit(tol=1e-14)
    hospitals = [(float(row["Cases"]), float(row["Deaths"])) for row in rows("ny_cabg_2003")]
    sites = [Patterns.of([[1.0, cases >= 500]], [cases], [deaths]) for cases, deaths in hospitals]
    found = fitted(fit_plain(sites, ("(Intercept)", "big"), Family.POISSON))
    assert_agrees(found, oracle("statsmodels_glm")["poisson"])
    assert found.deviance is None


def test_linear() -> None:
    # OLS(z1, [1, y, z2..z5])
    sites = [
        Patterns.of(
            np.column_stack([np.ones(len(p)), p.outcome, p.design[:, 2:]]), p.weight, p.design[:, 1]
        )
        for p in pprof().values()
    ]
    names = ("(Intercept)", "y", "z2", "z3", "z4", "z5")
    expected = oracle("statsmodels_glm")["linear"]
    patients = float(sum(len(site) for site in sites))
    found = fitted(fit_plain(sites, names, Family.GAUSSIAN), patients=patients)
    assert_agrees(found, expected)
    assert found.log_likelihood == pytest.approx(expected["log_likelihood"], rel=1e-12)
    assert found.deviance == pytest.approx(expected["deviance"], rel=1e-12)
    assert found.dispersion == pytest.approx(expected["dispersion"], rel=1e-12)
    assert found.steps == 2
