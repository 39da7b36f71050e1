"""Overdispersion, winsorising and shrinkage at their boundaries."""

import math

import pytest

from fedqi.stats import (
    BetaBinomial,
    moment_beta_binomial,
    overdispersion,
    proportion_overdispersion,
    ratio_overdispersion,
)
from fedqi.stats.winsorising import winsorised_by_quantile, winsorised_by_rank


def test_nobody_differs_where_nothing_or_everything_happens() -> None:
    for observed in (0, 60):
        found = proportion_overdispersion(3, observed, 60, 0.0, 1200)
        assert (found.phi, found.tau2, found.units) == (0, 0, 3)
        assert not found.evident


def test_no_sites_and_one_site() -> None:
    assert proportion_overdispersion(0, 0, 0, 0, 0).phi == 0
    assert proportion_overdispersion(1, 5, 20, 0.0, 400).tau2 == 0
    assert overdispersion(1, 4.0, 10, 100).tau2 == 0
    assert ratio_overdispersion(0, 0.0, 0.0, 0.0).phi == 0


def test_overdispersion_of_two_sites() -> None:
    # 10 and 30 of 100 around 0.2: z = -2.5 and 2.5, each (10 - 20)² / 100 = 1.
    found = proportion_overdispersion(2, 40, 200, 2.0, 20_000)
    assert found.phi == pytest.approx(6.25)


def test_overdispersion_is_evident_two_deviations_above_one() -> None:
    # N = 32: 1 + 2 sqrt(2/32) = 1.5
    assert not overdispersion(32, 32 * 1.5, 32, 32).evident
    assert overdispersion(32, 32 * 1.51, 32, 32).evident


def test_ranks_and_quantiles_cut_differently() -> None:
    z = [-9.0, -1.0, -0.5, 0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 8.0]
    assert winsorised_by_rank(z)[0] == -1.0
    assert winsorised_by_quantile(z)[0] == pytest.approx(-1.8)
    assert winsorised_by_rank(z, 0) == tuple(z)
    assert winsorised_by_rank([]) == winsorised_by_quantile([]) == ()


@pytest.mark.parametrize("share", [-0.1, 0.5])
def test_a_share_per_tail_is_below_a_half(share: float) -> None:
    for winsorise in (winsorised_by_rank, winsorised_by_quantile):
        with pytest.raises(ValueError, match="per tail"):
            winsorise([1.0], share)


def no_variation() -> BetaBinomial:
    # Four sites with 10 of 100 each: less spread than chance would give.
    return moment_beta_binomial(4, 40, 400, 0.0, 40_000)


def test_no_variation_beyond_chance() -> None:
    found = no_variation()
    assert not found.varies
    assert (found.rho, found.between_site_sd, found.reliability(10**9)) == (0, 0, 0)
    assert (found.alpha, found.beta) == (None, None)
    assert found.shrunken(50, 100) == pytest.approx(0.1)
    assert found.prior_patients == math.inf
    assert (found.interval(50, 100).lower, found.interval(50, 100).upper) == (0.1, 0.1)


def test_boundaries_of_the_moments() -> None:
    assert moment_beta_binomial(3, 0, 30, 0.0, 300).rho == 0
    assert moment_beta_binomial(3, 30, 30, 0.0, 300).rho == 0
    assert moment_beta_binomial(1, 5, 30, 0.0, 900).rho == 0
    assert moment_beta_binomial(4, 2, 4, 1.0, 4).rho == 0  # one patient each says nothing
    with pytest.raises(ValueError, match="no patients"):
        moment_beta_binomial(0, 0, 0, 0, 0)


def test_all_or_nothing_sites_keep_positive_shapes() -> None:
    found = moment_beta_binomial(4, 200, 400, 100.0, 40_000)
    assert found.alpha is not None and found.beta is not None
    assert found.alpha > 0 and found.beta > 0
    assert found.shrunken(100, 100) == pytest.approx(1, abs=1e-6)
    assert 0 <= found.interval(0, 100).lower <= found.interval(0, 100).upper <= 1


def test_a_site_without_patients_is_the_mean() -> None:
    prior = BetaBinomial.of_shapes(2, 8)
    assert prior.shrunken(0, 0) == pytest.approx(0.2)
    assert prior.reliability(0) == 0


def test_shrinkage_is_the_posterior_mean() -> None:
    prior = BetaBinomial.of_shapes(2, 8)
    assert (prior.alpha, prior.beta) == pytest.approx((2, 8))
    assert prior.shrunken(7, 10) == pytest.approx(9 / 20)
    assert prior.reliability(10) == pytest.approx(0.5)
