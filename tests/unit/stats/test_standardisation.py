import math

import pytest

from fedqi.stats import (
    Stratum,
    direct_standardisation,
    exact_poisson,
    indirect_standardisation,
    standard_weights,
)


def test_one_stratum_has_the_exact_interval() -> None:
    found = direct_standardisation([Stratum(7, 100)], [1.0])
    assert (found.value, found.variance) == pytest.approx((0.07, 0.0007))
    exact = exact_poisson(7).scaled(1 / 100)
    interval = found.interval()
    assert (interval.lower, interval.upper) == pytest.approx((exact.lower, exact.upper))


def test_the_standard_population_weighs_the_strata() -> None:
    weights = standard_weights([300, 100])
    assert weights == (0.75, 0.25)
    found = direct_standardisation([Stratum(2, 20), Stratum(40, 80)], weights)
    assert found.value == pytest.approx(0.75 * 0.1 + 0.25 * 0.5)
    assert found.largest_weight == pytest.approx(0.75 / 20)


def test_no_events_have_an_upper_bound_only() -> None:
    interval = direct_standardisation([Stratum(0, 50), Stratum(0, 10)], [0.5, 0.5]).interval()
    assert interval.lower == 0
    assert interval.upper == pytest.approx(-0.05 * math.log(0.025))


def test_a_stratum_without_weight_may_be_empty() -> None:
    assert direct_standardisation([Stratum(1, 10), Stratum(0, 0)], [1.0, 0.0]).value == 0.1
    with pytest.raises(ValueError, match="nobody in stratum 1"):
        direct_standardisation([Stratum(1, 10), Stratum(0, 0)], [0.5, 0.5])


@pytest.mark.parametrize("weights", [[1.0], [0.4, 0.4], [1.5, -0.5]])
def test_weights_that_do_not_fit_are_refused(weights: list[float]) -> None:
    with pytest.raises(ValueError, match="one weight per stratum"):
        direct_standardisation([Stratum(1, 10), Stratum(1, 10)], weights)


def test_impossible_populations_are_refused() -> None:
    for denominators in ([0.0, 0.0], [3.0, -1.0]):
        with pytest.raises(ValueError, match="empty or negative"):
            standard_weights(denominators)
    with pytest.raises(ValueError, match="negative number of events"):
        direct_standardisation([Stratum(-1, 10)], [1.0])
    with pytest.raises(ValueError, match="above 0"):
        indirect_standardisation(3, 0, 0.1)


def test_an_indirect_rate_is_scaled_with_its_interval() -> None:
    found = indirect_standardisation(12, 8.0, 0.02)
    exact = exact_poisson(12)
    assert found.value == pytest.approx(0.03)
    assert found.interval.upper == pytest.approx(exact.upper * 0.02 / 8)
    assert indirect_standardisation(0, 8.0, 0.02).interval.lower == 0
