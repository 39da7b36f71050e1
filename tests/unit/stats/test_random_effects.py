import math

import pytest

from fedqi.stats import (
    Continuity,
    Estimate,
    arcsine_estimate,
    fixed_sums,
    heterogeneity,
    logit_estimate,
    random_effects,
    random_sums,
)


def test_two_sites_by_hand() -> None:
    # y = 0 and 4, v = 1: Q = 8, tau2 = (8 - 1) / (2 - 1) = 7, mu = 2, se = sqrt(8 / 2) = 2.
    estimates = [Estimate(0.0, 1.0), Estimate(4.0, 1.0)]
    spread = heterogeneity(fixed_sums(estimates))
    assert (spread.q, spread.tau2, spread.i2) == pytest.approx((8, 7, 7 / 8))
    assert spread.p_value == pytest.approx(math.erfc(2))  # chi-square, one degree of freedom
    found = random_effects(*random_sums(estimates, spread.tau2), spread.tau2)
    assert (found.mean, found.mean_se) == pytest.approx((2, 2))
    assert found.shrunken(estimates[1]) == pytest.approx(2 + 2 * 7 / 8)


def test_no_variation_beyond_chance() -> None:
    estimates = [Estimate(1.0, 4.0), Estimate(1.1, 4.0), Estimate(0.9, 4.0)]
    spread = heterogeneity(fixed_sums(estimates))
    assert (spread.tau2, spread.i2) == (0, 0)
    found = random_effects(*random_sums(estimates, 0.0), 0.0)
    assert found.reliability(4.0) == 0
    assert [found.shrunken(each) for each in estimates] == pytest.approx([1.0] * 3)
    assert found.shrunken_se(estimates[0]) == pytest.approx(found.mean_se)


def test_one_site_says_nothing_of_spread() -> None:
    spread = heterogeneity(fixed_sums([Estimate(3.0, 0.5)]))
    assert (spread.tau2, spread.p_value) == (0, 1)


def test_a_half_is_added_where_the_rule_says() -> None:
    assert logit_estimate(0, 9).value == pytest.approx(math.log(0.5 / 9.5))
    assert logit_estimate(9, 9).value == pytest.approx(math.log(9.5 / 0.5))
    assert logit_estimate(3, 9).value == pytest.approx(math.log(3 / 6))
    assert logit_estimate(3, 9, Continuity.ALWAYS).value == pytest.approx(math.log(3.5 / 6.5))
    assert arcsine_estimate(0, 9).value == 0


@pytest.mark.parametrize(("observed", "denominator"), [(-1, 3), (4, 3), (0, 0)])
def test_what_is_no_proportion_is_refused(observed: int, denominator: int) -> None:
    for estimate in (logit_estimate, arcsine_estimate):
        with pytest.raises(ValueError, match="is not a proportion"):
            estimate(observed, denominator)


def test_nothing_to_pool_is_refused() -> None:
    with pytest.raises(ValueError, match="no estimate"):
        heterogeneity(fixed_sums([]))
    with pytest.raises(ValueError, match="no estimate"):
        random_effects(0.0, 0.0, 0.0)
    with pytest.raises(ValueError, match="not above 0"):
        fixed_sums([Estimate(1.0, 0.0)])
