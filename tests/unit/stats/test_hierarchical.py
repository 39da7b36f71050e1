"""Boundaries of the random-intercept model: sigma 0, no events, one patient, a million."""

from math import isfinite, log

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.special import expit

from fedqi.errors import ConvergenceError
from fedqi.stats.hierarchical import HierarchicalFit, hierarchical_model, spread_started
from fedqi.stats.hierarchical_block import (
    SpreadSums,
    provider_sums,
    site_sums,
    spread_sums,
)
from fedqi.stats.hierarchical_effect import (
    expected_false_alarms,
    individual_threshold,
    probability_above,
    provider_effect,
)
from fedqi.stats.provider_likelihood import provider_mode
from fedqi.stats.regression import Fit, started
from fedqi.stats.regression_blocks import Family, Patterns
from tests.unit.stats.fits import fit_hierarchical

INTERCEPT = ("(Intercept)",)


def provider(patients: float, events: float) -> Patterns:
    return Patterns.of([[1.0]], [patients], [events])


def fit(*counts: tuple[int, int]) -> HierarchicalFit:
    return fit_hierarchical([[provider(n, r)] for n, r in counts], INTERCEPT)


def test_providers_that_are_all_alike_have_sigma_zero() -> None:
    found = fit((100, 10), (200, 20), (50, 5), (300, 30))
    assert (found.boundary, found.sigma) == (True, 0)
    assert hierarchical_model(found).coefficients["(Intercept)"] == pytest.approx(log(1 / 9))
    effect = provider_effect(provider(100, 10), found.coefficients, found.sigma)
    assert (effect.effect, effect.effect_sd, effect.probability_above) == (0, 0, 0.5)
    assert effect.ratio == 1


def test_hardly_any_spread_is_found_or_zero() -> None:
    found = fit((1000, 100), (1000, 120), (1000, 81), (1000, 101))
    assert 0 < found.sigma < 0.2
    assert isfinite(hierarchical_model(found).log_likelihood)


def test_providers_of_very_different_sizes() -> None:
    found = fit((1, 0), (1, 1), (25, 0), (30, 30), (1_000_000, 200_000), (500, 20), (40, 9))
    assert found.sigma > 1
    for n, r in ((1, 0), (1, 1), (25, 0), (30, 30), (1_000_000, 200_000)):
        effect = provider_effect(provider(n, r), found.coefficients, found.sigma)
        assert 0 <= effect.probability_above <= 1
        assert 0 < effect.interval.lower < effect.ratio < effect.interval.upper


def test_one_large_provider_does_not_hide_that_the_small_ones_differ() -> None:
    # A is far below 0 here: the large provider's V drowns the others' (O - E)².
    counts = ((25, 0), (30, 30), (1_000_000, 200_000), (500, 20), (40, 9))
    found = fit(*counts)

    # Maximum of the likelihood integrated on a grid of 2.4 million points. With a provider
    # without events and so large a sigma 25 nodes leave an error of 1e-3.
    assert found.sigma == pytest.approx(3.88421, rel=1e-3)
    assert found.coefficients[0] == pytest.approx(-1.27772, rel=2e-3)


def test_a_spread_that_is_not_there_is_left_again() -> None:
    # The relative moments are above 0, A is not: the inside is tried, and sigma is 0.
    found = fit((100_000, 10_000), (100_000, 10_050), (100_000, 9_900), (12, 4))
    assert found.boundary
    assert found.ascent is not None
    assert 0 < found.ascent.steps < 8


def test_all_or_nothing_providers_are_refused_or_finite() -> None:
    # Eight providers of a thousand patients, four with nothing but events: sigma is without bound.
    with pytest.raises(ConvergenceError, match="the model: "):
        fit(*[(1000, 0)] * 4, *[(1000, 1000)] * 4)


def test_no_events_anywhere() -> None:
    with pytest.raises(ConvergenceError, match="not one event"):
        fit((10, 0), (20, 0))


def test_moments_decide_the_boundary_by_the_slope_at_zero() -> None:
    # A/2 is the derivative of the marginal log-likelihood with respect to sigma² at 0.
    one, beta = provider(80, 14), [-2.0]
    excess = spread_sums(one, beta).excess
    small = 1e-6
    at_zero = 14 * -2.0 - 80 * np.logaddexp(0, -2.0)
    slope = (provider_sums(one, beta, log(small**0.5)).log_likelihood - at_zero) / small
    assert slope == pytest.approx(excess / 2, rel=1e-3)


def test_the_start_needs_a_finished_regression() -> None:
    unfinished: Fit = started(Family.BINOMIAL, INTERCEPT, 1, 10)
    with pytest.raises(ConvergenceError, match="not finished"):
        spread_started(unfinished, SpreadSums(1.0, 1.0))


def test_a_boundary_needs_no_more_sums() -> None:
    with pytest.raises(ConvergenceError, match="expected no more sums"):
        _ = fit((100, 10), (100, 10)).point


def test_a_site_without_providers_adds_nothing() -> None:
    sums = site_sums([], [0.5], -1.0)
    assert sums.log_likelihood == 0
    assert not sums.information.any()


@pytest.mark.parametrize("sigma", [0.01, 0.4, 3.0, 30.0])
@pytest.mark.parametrize(("n", "r"), [(1, 0), (1, 1), (40, 0), (40, 40), (1e6, 10), (1e6, 999_990)])
def test_the_mode_is_where_the_slope_vanishes(sigma: float, n: float, r: float) -> None:
    patterns = provider(n, r)
    mode = provider_mode(patterns, np.array([-1.0]), sigma)
    slope = sigma * (r - n * expit(-1.0 + sigma * mode.peak)) - mode.peak
    assert slope * mode.width**2 == pytest.approx(0, abs=1e-8)


@pytest.mark.parametrize(("n", "r"), [(1, 0), (12, 5), (40, 0), (300, 150)])
def test_probability_above_by_integration(n: int, r: int) -> None:
    sigma, predictor = 0.6, -1.1

    def density(u: float) -> float:
        eta = predictor + sigma * u
        return float(np.exp(r * eta - n * np.logaddexp(0, eta) - u * u / 2 + n * 0.6))

    above, below = (quad(density, *ends, epsabs=0, limit=200)[0] for ends in ((0, 12), (-12, 0)))
    found = probability_above(provider(n, r), np.array([predictor]), sigma)
    assert found == pytest.approx(above / (above + below), rel=1e-8)


@pytest.mark.parametrize("log_sigma", [-3.0, -0.7, 1.0])
def test_derivatives_are_those_of_the_likelihood(log_sigma: float) -> None:
    patterns = Patterns.of(np.array([[1, 0.2], [1, -1], [1, 0.9]]), [30, 8, 4], [11, 1, 4])
    point = np.array([-0.9, 0.7, log_sigma])

    def value(at: NDArray[np.float64]) -> float:
        return provider_sums(patterns, at[:-1], at[-1]).log_likelihood

    found = provider_sums(patterns, point[:-1], log_sigma)
    step = 1e-4 * np.eye(3)
    slopes = [(value(point + e) - value(point - e)) / 2e-4 for e in step]
    assert found.gradient == pytest.approx(slopes, abs=1e-6)
    bends = [
        (
            provider_sums(patterns, (point + e)[:-1], (point + e)[-1]).gradient
            - provider_sums(patterns, (point - e)[:-1], (point - e)[-1]).gradient
        )
        / 2e-4
        for e in step
    ]
    assert -found.information == pytest.approx(np.array(bends), abs=1e-6)


def test_more_patterns_than_are_held_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    patterns = Patterns.of(np.ones((7, 1)), [3, 5, 2, 9, 4, 4, 1], [1, 2, 0, 3, 0, 4, 1])
    whole = provider_sums(patterns, [-0.5], -0.5)
    monkeypatch.setattr("fedqi.stats.provider_likelihood._PATTERNS_AT_ONCE", 2)
    parts = provider_sums(patterns, [-0.5], -0.5)
    assert parts.log_likelihood == pytest.approx(whole.log_likelihood, rel=1e-14)
    assert parts.information == pytest.approx(whole.information, rel=1e-12)


def test_many_comparisons() -> None:
    assert individual_threshold(0.95, 1) == pytest.approx(0.975)
    assert individual_threshold(0.95, 100) == pytest.approx(0.99975)
    assert expected_false_alarms(0.95, 200) == pytest.approx(5)


def test_nothing_but_events_among_very_many_has_a_mode() -> None:
    everybody = Patterns.of([[1.0]], [100_002], [100_002])
    mode = provider_mode(everybody, np.array([-6.5]), 5.6)
    # At the peak the slope 5.6 (O - E(u)) - u vanishes.
    mean = 1 / (1 + np.exp(6.5 - 5.6 * mode.peak))
    assert 5.6 * 100_002 * (1 - mean) == pytest.approx(mode.peak, rel=1e-6)
    found = provider_effect(everybody, [-6.5], 5.6)
    assert found.probability_above == pytest.approx(1)
