import pytest

from fedqi.stats import (
    SpecialCause,
    p_chart,
    p_prime_chart,
    u_chart,
    u_prime_chart,
    xmr_chart,
)
from fedqi.stats.spc import special_causes

COMMON = SpecialCause.COMMON


def causes(away: list[float], half: float = 3.0) -> list[SpecialCause]:
    return list(special_causes(away, [half] * len(away), away))


def test_limits_use_the_conventional_factor() -> None:
    chart = xmr_chart([10, 12, 10, 12], screen=False)
    assert (chart.centre, chart.mean_moving_range) == (11, 2)
    assert (chart.lower, chart.upper) == pytest.approx((11 - 5.32, 11 + 5.32))


def test_a_large_moving_range_is_screened_once() -> None:
    series = [1.0, 2, 1, 2, 1, 2, 1, 2, 1, 50]
    assert xmr_chart(series).mean_moving_range == pytest.approx(1)
    assert xmr_chart(series, screen=False).mean_moving_range == pytest.approx((8 + 49) / 9)


def test_a_constant_series_has_no_special_cause() -> None:
    chart = xmr_chart([5.0] * 10)
    assert (chart.lower, chart.upper) == (5, 5)
    assert set(chart.causes) == {COMMON}


def test_six_on_one_side_are_chance_and_seven_are_a_shift() -> None:
    six, seven = [0.5, 0.6] * 3, [*[0.5, 0.6] * 3, 0.5]
    assert causes([-0.5, *six, -0.5]) == [COMMON] * 8
    assert causes([-0.5, *seven, -0.5]) == [COMMON, *[SpecialCause.SEVEN_ABOVE] * 7, COMMON]
    assert causes([-x for x in seven]) == [SpecialCause.SEVEN_BELOW] * 7


def test_a_point_on_the_centre_ends_a_shift() -> None:
    assert causes([0.5, 0.6, 0.5, 0.0, 0.6, 0.5, 0.6, 0.5]) == [COMMON] * 8


def test_seven_rising_points_are_a_trend_and_six_are_not() -> None:
    rising = [-0.9, -0.6, -0.3, 0.0, 0.3, 0.6, 0.9]
    assert causes(rising) == [SpecialCause.INCREASING] * 7
    assert causes(rising[:6]) == [COMMON] * 6
    assert causes(rising[::-1]) == [SpecialCause.DECREASING] * 7
    assert causes([-0.9, -0.6, -0.3, -0.3, 0.3, 0.6, 0.9]) == [COMMON] * 7


def test_two_of_three_near_a_limit_must_stand_on_one_side() -> None:
    above = SpecialCause.TWO_IN_THREE_ABOVE
    assert causes([2.5, 0.5, 2.5]) == [above, COMMON, above]
    assert causes([2.5, -0.5, 2.5]) == [COMMON] * 3
    assert causes([2.5, 0.5, 0.5, 2.5]) == [COMMON] * 4
    assert causes([-2.5, -2.5, -0.5]) == [SpecialCause.TWO_IN_THREE_BELOW] * 2 + [COMMON]
    assert causes([2.0, 0.5, 2.0]) == [COMMON] * 3  # two thirds exactly is not beyond


def test_outside_the_limits_comes_first() -> None:
    assert causes([3.5, -3.5, 3.0]) == [
        SpecialCause.ABOVE_LIMIT,
        SpecialCause.BELOW_LIMIT,
        COMMON,
    ]


@pytest.mark.parametrize("values", [[], [1.0]])
def test_a_series_has_two_points(values: list[float]) -> None:
    with pytest.raises(ValueError, match="at least 2"):
        xmr_chart(values)
    with pytest.raises(ValueError, match="at least 2"):
        p_prime_chart([1] * len(values), [2] * len(values))
    with pytest.raises(ValueError, match="at least 2"):
        u_prime_chart([1] * len(values), [2] * len(values))


def test_laney_widens_binomial_limits_by_sigma_z() -> None:
    # p̄ = 0.2, s = 0.04, z alternates between ±1.25: mean moving range 2.5, sigma_z = 2.5/1.128.
    chart = p_prime_chart([15, 25] * 4, [100] * 8)
    assert chart.centre == pytest.approx(0.2)
    assert chart.sigma_z == pytest.approx(2.5 / 1.128)
    assert chart.upper[0] == pytest.approx(0.2 + 3 * 0.04 * 2.5 / 1.128)
    assert chart.lower[0] == 0
    assert set(chart.causes) == {COMMON}


def test_laney_follows_the_size_of_the_period() -> None:
    chart = p_prime_chart([50, 200, 60, 190], [250, 1000, 250, 1000])
    assert chart.upper[0] - chart.lower[0] == pytest.approx(2 * (chart.upper[1] - chart.lower[1]))


def test_laney_without_events_or_variation() -> None:
    assert p_prime_chart([0, 0], [10, 20]).upper == (0, 0)
    assert p_prime_chart([5, 5, 5], [10, 10, 10]).sigma_z == 0


@pytest.mark.parametrize(("observed", "denominator"), [([1, 3], [2, 2]), ([0, 0], [5, 0])])
def test_laney_refuses_what_is_no_proportion(observed: list[int], denominator: list[int]) -> None:
    with pytest.raises(ValueError, match="not within 0 and its patients"):
        p_prime_chart(observed, denominator)


def test_plain_limits_follow_chance_alone() -> None:
    chart = p_chart([15, 25] * 4, [100] * 8)
    assert (chart.kind, chart.sigma_z) == ("p", 1)
    assert chart.upper[0] == pytest.approx(0.2 + 3 * 0.04)
    rates = u_chart([3, 5] * 4, [2.0] * 8)
    assert (rates.kind, rates.centre) == ("u", 2)
    assert rates.upper[0] == pytest.approx(2 + 3 * 1.0)
    assert rates.lower[0] == 0


def test_laney_of_rates_widens_by_sigma_z() -> None:
    # u-bar = 2, s = 1, z alternates between -0.5 and 0.5: mean moving range 1.
    chart = u_prime_chart([3, 5] * 4, [2.0] * 8)
    assert chart.kind == "u_prime"
    assert chart.sigma_z == pytest.approx(1 / 1.128)
    assert chart.upper[0] == pytest.approx(2 + 3 / 1.128)


def test_very_large_periods_stand_outside_plain_limits_only() -> None:
    observed, patients = [200_000, 210_000, 205_000, 212_000, 203_000, 209_000], [1_000_000] * 6
    plain, wide = p_chart(observed, patients), p_prime_chart(observed, patients)
    assert sum(cause is not COMMON for cause in plain.causes) >= 4
    assert set(wide.causes) == {COMMON}


def test_charts_of_no_events_and_of_refused_rates() -> None:
    assert u_prime_chart([0, 0, 0], [1.0, 2.0, 3.0]).upper == (0, 0, 0)
    for observed, exposure in (([-1, 2], [1.0, 1.0]), ([1, 2], [1.0, 0.0])):
        with pytest.raises(ValueError, match="exposure is not above 0"):
            u_chart(observed, exposure)


def test_equal_periods_give_the_individuals_chart() -> None:
    # With equal denominators p' and XmR differ by 3/1.128 against 2.66 alone.
    observed = [12, 30, 22, 25, 14, 28, 19]
    chart = p_prime_chart(observed, [200] * 7)
    individuals = xmr_chart([r / 200 for r in observed], screen=False)
    half, other = chart.upper[0] - chart.centre, individuals.upper - individuals.centre
    assert half == pytest.approx(other * (3 / 1.128) / 2.66, rel=1e-12)
