"""Spread between sites by maximum likelihood, at its boundaries."""

import math
from collections.abc import Callable

import pytest

from fedqi.errors import ConvergenceError
from fedqi.stats import (
    Ascent,
    BetaBinomial,
    GammaPoisson,
    LikelihoodSums,
    ascended,
    beta_binomial_start,
    beta_binomial_sums,
    fit_beta_binomial,
    fit_gamma_poisson,
    gamma_poisson_start,
    gamma_poisson_sums,
    moment_gamma_poisson,
)

Counts = list[tuple[int, int]]

ALIKE: Counts = [(10, 100)] * 6
"""Less spread than chance would give."""


def poisson_moments(counts: Counts) -> GammaPoisson:
    ratio = sum(o for o, _ in counts) / sum(e for _, e in counts)
    return moment_gamma_poisson(
        len(counts),
        sum(o for o, _ in counts),
        sum(e for _, e in counts),
        sum((o - ratio * e) ** 2 / e for o, e in counts),
        sum(e * e for _, e in counts),
    )


def test_no_variation_beyond_chance_is_reached_not_only_approached() -> None:
    for start in (0.0, 0.001, 0.2):
        found, _ = fit_beta_binomial(ALIKE, BetaBinomial(0.12, start))
        assert (found.rho, found.varies) == (0, False)
        assert found.mean == pytest.approx(0.1, rel=1e-9)
        ratio, _ = fit_gamma_poisson(ALIKE, GammaPoisson(0.12, start))
        assert (ratio.dispersion, ratio.varies, ratio.shape, ratio.rate) == (0, False, None, None)
        assert ratio.mean == pytest.approx(0.1, rel=1e-9)


def test_a_start_without_variation_finds_it() -> None:
    counts = [(2, 100), (30, 100), (11, 100), (5, 100)]
    from_nothing, _ = fit_beta_binomial(counts, BetaBinomial(0.12, 0.0))
    from_much, _ = fit_beta_binomial(counts, BetaBinomial(0.12, 0.5))
    assert from_nothing.rho == pytest.approx(from_much.rho, rel=1e-6)
    assert from_nothing.rho > 0.01


@pytest.mark.parametrize("counts", [[(0, 5), (0, 9)], [(5, 5), (9, 9)]])
def test_nothing_and_everything_need_no_step(counts: Counts) -> None:
    mean = counts[0][0] / counts[0][1]
    found, steps = fit_beta_binomial(counts, BetaBinomial(mean, 0.0))
    assert (found.mean, found.rho, steps) == (mean, 0, 0)
    assert beta_binomial_start(BetaBinomial(mean, 0.0)) is None


def test_no_events_give_a_ratio_of_nothing() -> None:
    moments = poisson_moments([(0, 5), (0, 9)])
    assert (moments.mean, moments.dispersion) == (0, 0)
    assert gamma_poisson_start(moments) is None
    found, steps = fit_gamma_poisson([(0, 5), (0, 9)], moments)
    assert (found.mean, steps) == (0, 0)
    interval = found.interval(0, 5)
    assert (interval.lower, interval.upper, found.shrunken(3, 5)) == (0, 0, 0)


@pytest.mark.parametrize(("observed", "patients"), [(300_000, 1_000_000), (1, 1)])
def test_one_patient_and_a_million(observed: int, patients: int) -> None:
    counts = [(observed, patients), (3, 30), (9, 30)]
    found, _ = fit_beta_binomial(counts, BetaBinomial(0.3, 0.01))
    assert 0 <= found.rho < 1 and 0 < found.mean < 1
    ratio, _ = fit_gamma_poisson(counts, GammaPoisson(0.3, 0.01))
    assert math.isfinite(ratio.dispersion) and 0 < ratio.mean < 2


def test_the_likelihood_of_no_variation_is_the_binomial_one() -> None:
    # Without the coefficient: 3 ln 0.2 + 7 ln 0.8; its slope by the log odds is r - n p.
    found = beta_binomial_sums([(3, 10)], (math.log(0.25), 0.0))
    assert found.value == pytest.approx(3 * math.log(0.2) + 7 * math.log(0.8))
    assert found.location == pytest.approx(1.0)
    poisson = gamma_poisson_sums([(3, 10)], (math.log(0.2), 0.0))
    assert poisson.value == pytest.approx(3 * math.log(2) - 2)
    assert poisson.location == pytest.approx(1.0)


def test_a_tiny_dispersion_is_next_to_none() -> None:
    counts = [(3, 10), (40, 900), (0, 7)]
    for sums in (beta_binomial_sums, gamma_poisson_sums):
        at, near = sums(counts, (-1.5, 0.0)), sums(counts, (-1.5, 1e-12))
        for name in LikelihoodSums.__dataclass_fields__:
            assert getattr(near, name) == pytest.approx(getattr(at, name), rel=1e-6)


@pytest.mark.parametrize("theta", [0.0499, 0.0501])
def test_the_series_meets_the_formula(theta: float) -> None:
    # One provider with theta m on either side of the change from series to formula.
    rho, step = theta / (1 + theta), 1e-6
    middle, up, down = (gamma_poisson_sums([(2, 1.0)], (0.0, rho + d)) for d in (0.0, step, -step))
    assert middle.spread == pytest.approx((up.value - down.value) / (2 * step), rel=1e-7)
    assert middle.spread2 == pytest.approx((up.spread - down.spread) / (2 * step), rel=1e-7)


@pytest.mark.parametrize("sums", [beta_binomial_sums, gamma_poisson_sums])
@pytest.mark.parametrize("point", [(-2.0, 0.01), (0.2, 0.6), (1.0, 1e-5)])
def test_derivatives_are_those_of_the_value(
    sums: Callable[[Counts, tuple[float, float]], LikelihoodSums], point: tuple[float, float]
) -> None:
    counts: Counts = [(3, 10), (40, 90), (0, 7)]
    step = 1e-6
    here, east, west, north, south = (
        sums(counts, (point[0] + a * step, point[1] + b * step))
        for a, b in ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))
    )
    for found, up, down in (
        (here.location, east.value, west.value),
        (here.spread, north.value, south.value),
        (here.location2, east.location, west.location),
        (here.mixed, east.spread, west.spread),
        (here.spread2, north.spread, south.spread),
    ):
        assert found == pytest.approx((up - down) / (2 * step), rel=1e-5, abs=1e-5)


def test_a_step_downwards_is_halved() -> None:
    ascent = Ascent((2.0, 0.4), (0.0, 0.2), value=-10.0, steps=3)
    found = ascended(ascent, LikelihoodSums(value=-11.0))
    assert found.point == pytest.approx((1.0, 0.3))
    assert (found.reached, found.value) == ((0.0, 0.2), -10.0)
    assert not found.finished


def test_sums_that_are_no_numbers_are_named() -> None:
    with pytest.raises(ConvergenceError, match="expected finite sums"):
        ascended(Ascent((0.0, 0.1), (0.0, 0.1)), LikelihoodSums(value=math.nan))


@pytest.mark.parametrize("point", [(0.0, -0.1), (0.0, 1.0)])
def test_impossible_counts_and_points_are_refused(point: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="a correlation of"):
        beta_binomial_sums([(1, 2)], point)
    with pytest.raises(ValueError, match="a correlation of"):
        gamma_poisson_sums([(1, 2)], point)
    with pytest.raises(ValueError, match="not within 0 and its"):
        beta_binomial_sums([(3, 2)], (0.0, 0.1))
    with pytest.raises(ValueError, match="not above 0"):
        gamma_poisson_sums([(3, 0)], (0.0, 0.1))
    with pytest.raises(ValueError, match="nothing is expected"):
        moment_gamma_poisson(0, 0, 0.0, 0.0, 0.0)


def test_gamma_posterior_by_hand() -> None:
    # Shape 4, rate 8: 6 events where 12 are expected give (4+6)/(8+12).
    prior = GammaPoisson(0.5, 0.25)
    assert (prior.shape, prior.rate) == (4, 8)
    assert prior.shrunken(6, 12) == pytest.approx(0.5)
    assert prior.shrunken(16, 12) == pytest.approx(1.0)
    assert prior.reliability(12) == pytest.approx(0.6)
    assert prior.shrunken(0, 0) == 0.5
    assert prior.between_site_sd == pytest.approx(0.25)
    assert prior.probability_above(0, 6, 12) == 1


def test_rounding_does_not_carry_a_step_over_a_bound() -> None:
    # Found by the property tests: point + (bound - point) lay 1e-16 above the bound.
    counts: Counts = [(6, 1), (79, 216), (94, 445), (153, 834)]
    found, _ = fit_gamma_poisson(counts, poisson_moments(counts))
    assert 0 < found.dispersion < 10
