"""Errors and boundaries of the federated regressions."""

from dataclasses import replace

import numpy as np
import pytest

from fedqi.errors import ConvergenceError
from fedqi.stats.regression import fitted, started
from fedqi.stats.regression_ascent import MOST_STEPS, Ascent, climbed, newton_step
from fedqi.stats.regression_blocks import (
    Family,
    ModelSums,
    Patterns,
    from_upper_triangle,
    upper_triangle,
)
from tests.unit.stats.fits import fit_plain

NAMES = ("(Intercept)", "a", "b")


def site(*patterns: tuple[float, float, float, float]) -> Patterns:
    """Patterns (a, b, patients, events)."""
    rows = np.array(patterns)
    return Patterns.of(np.column_stack([np.ones(len(rows)), rows[:, :2]]), rows[:, 2], rows[:, 3])


def test_proportion_is_the_intercept() -> None:
    fit = fit_plain([Patterns.of([[1.0]], [40], [10]), Patterns.of([[1.0]], [60], [10])], NAMES[:1])
    assert fitted(fit).coefficients["(Intercept)"] == pytest.approx(np.log(20 / 80), abs=1e-12)
    assert fitted(fit).standard_errors["(Intercept)"] == pytest.approx((1 / 20 + 1 / 80) ** 0.5)


def test_a_million_patients_in_one_pattern() -> None:
    fit = fit_plain([Patterns.of([[1.0]], [1_000_000], [1])], NAMES[:1])
    assert fitted(fit).coefficients["(Intercept)"] == pytest.approx(-np.log(999_999), rel=1e-12)


@pytest.mark.parametrize(("events", "words"), [(0, "not one event"), (9, "all of 9 patients")])
def test_no_events_or_nothing_else(events: int, words: str) -> None:
    with pytest.raises(ConvergenceError, match=words):
        fit_plain([Patterns.of([[1.0]], [9], [events])], NAMES[:1])


def test_one_patient() -> None:
    with pytest.raises(ConvergenceError, match="all of 1 patients"):
        fit_plain([Patterns.of([[1.0]], [1], [1])], NAMES[:1])


def test_nobody() -> None:
    with pytest.raises(ConvergenceError, match="no patients"):
        started(Family.BINOMIAL, NAMES, 0, 0)


def test_an_empty_level_is_named() -> None:
    with pytest.raises(ConvergenceError, match=r"b is 0 for every patient \(an empty level\)"):
        fit_plain([site((0, 0, 30, 3), (1, 0, 30, 8))], NAMES)


def test_a_dependent_column_is_named() -> None:
    with pytest.raises(ConvergenceError, match=r"b is determined .* \(collinearity\)"):
        fit_plain([site((0, 2, 30, 3), (1, 5, 30, 8)), site((2, 8, 10, 3))], NAMES)


def test_a_column_that_separates_is_named() -> None:
    sites = [site((0, 0, 30, 3), (1, 0, 30, 8)), site((0, 1, 20, 0), (1, 1, 5, 0))]
    with pytest.raises(ConvergenceError, match=r"b tells events .* perfectly \(separation\)"):
        fit_plain(sites, NAMES)


def test_a_number_that_separates_is_named() -> None:
    rows = [(x / 10, 0.1 * (x % 3), 5, 5 if x > 0 else 0) for x in range(-10, 11)]
    with pytest.raises(ConvergenceError, match=r"a tells events .* perfectly \(separation\)"):
        fit_plain([site(*rows)], NAMES)


@pytest.mark.parametrize("family", [Family.BINOMIAL, Family.POISSON])
def test_a_reference_level_without_events_is_named_by_the_other(family: Family) -> None:
    # The intercept runs one way and b the other: neither loses its information by itself.
    sites = [site((0, 0, 300, 0), (1, 0, 200, 0)), site((0, 1, 200, 9), (1, 1, 90, 12))]
    with pytest.raises(ConvergenceError, match=r"b tells events .* perfectly \(separation\)"):
        fit_plain(sites, NAMES, family)


def test_poisson_level_without_events_is_named() -> None:
    sites = [site((0, 0, 300, 3), (1, 0, 300, 8), (0, 1, 200, 0))]
    with pytest.raises(ConvergenceError, match="b tells events"):
        fit_plain(sites, NAMES, Family.POISSON)


def test_a_perfect_line_has_no_likelihood() -> None:
    fit = fit_plain([site((0, 1, 1, 1), (1, 0, 1, 3), (2, 2, 1, 5))], NAMES, Family.GAUSSIAN)
    with pytest.raises(ConvergenceError, match="fits every value exactly"):
        fitted(fit, patients=3)


def test_a_start_far_off_is_halved_until_it_climbs() -> None:
    # From the pooled rate the first Newton step of this model overshoots.
    rows = [(1.0, 0, 5000, 10), (-1.0, 0, 10, 9), (30.0, 1, 1, 1), (0, 0.5, 4, 2)]
    found = fitted(fit_plain([site(*rows)], NAMES))
    assert np.isfinite(list(found.coefficients.values())).all()


def test_patterns_refuse_what_is_no_count() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        Patterns.of([[1.0]], [1, 2], [1, 2])
    with pytest.raises(ValueError, match="weights above 0"):
        Patterns.of([[1.0]], [0], [0])


def test_triangles_there_and_back() -> None:
    matrix = np.array([[1.0, 2, 3], [2, 4, 5], [3, 5, 6]])
    assert upper_triangle(matrix).tolist() == [1, 2, 3, 4, 5, 6]
    assert from_upper_triangle(upper_triangle(matrix), 3).tolist() == matrix.tolist()


def test_a_step_climbs_where_the_curvature_is_wrong() -> None:
    gradient = np.array([1.0, 1.0])
    step, gain = newton_step(ModelSums(0.0, gradient, np.array([[2.0, 0], [0, -3.0]])))
    assert step == pytest.approx([1 / 2, 1 / 3])
    assert gain == pytest.approx(5 / 6)


def test_rounded_sums_do_not_keep_an_ascent_from_its_end() -> None:
    # 15 providers of 200,000 patients: what rounding leaves is a step of 8e-5 standard errors.
    noise = ModelSums(-5e5, np.array([8e-5]), np.array([[1.0]]))
    ascent = Ascent((0.0,), (0.1,), noise, 5, 0, 1e-8)
    assert climbed(ascent, noise, rough=1e-6).finished
    assert not climbed(ascent, noise).finished
    assert not climbed(replace(ascent, decrement=1e-3), noise, rough=1e-6).finished


def test_an_ascent_that_does_not_end_is_given_up() -> None:
    far = ModelSums(-5.0, np.array([1.0]), np.array([[1.0]]))
    ascent = Ascent((0.0,), (0.1,), replace(far, log_likelihood=-6.0), MOST_STEPS - 2, 0, 1.0)
    last_but_one = climbed(ascent, far)
    assert (last_but_one.steps, last_but_one.finished) == (MOST_STEPS - 1, False)
    with pytest.raises(ConvergenceError, match=f"no maximum within {MOST_STEPS} steps"):
        climbed(last_but_one, replace(far, log_likelihood=-4.0))
