import math

import pytest

from fedqi.stats import (
    MeanSpread,
    Moments,
    between_sums,
    even_grid,
    grid_quantile,
    mean_funnel_limits,
    mean_spread,
    mean_z_score,
    pooled_moments,
    share_above,
    value_bin,
)


def moments(*values: float, origin: float = 0.0) -> Moments:
    away = [value - origin for value in values]
    return Moments(len(values), sum(away), sum(x * x for x in away), origin)


def spread_of(*units: Moments) -> MeanSpread:
    pooled = pooled_moments(units)
    return mean_spread(pooled, *between_sums(units, pooled.mean))


def test_one_value_has_a_mean_and_no_spread() -> None:
    found = moments(7.0)
    assert (found.mean, found.sd, found.interval()) == (7, None, None)
    with pytest.raises(ValueError, match="no values"):
        _ = moments().mean


def test_equal_values_do_not_vary() -> None:
    found = moments(*[0.1] * 7)
    assert found.sd == pytest.approx(0, abs=1e-8)
    interval = found.interval()
    assert interval is not None
    assert (interval.lower, interval.upper) == pytest.approx((0.1, 0.1))


def test_an_origin_keeps_the_digits() -> None:
    far = 1e8
    values = [far + x for x in (1.0, 2.0, 3.0, 4.0)]
    assert moments(*values, origin=far).sd == pytest.approx(math.sqrt(5 / 3), rel=1e-12)


def test_two_units_by_hand() -> None:
    # Means 1 and 5, two values each, within-variance 2: z = -2 sqrt2/sqrt2 and 2, phi = 4.
    found = spread_of(moments(0.0, 2.0), moments(4.0, 6.0))
    assert (found.mean, found.within_sd) == pytest.approx((3, math.sqrt(2)))
    assert found.spread.phi == pytest.approx(4)
    assert found.spread.tau2 == pytest.approx((8 - 1) / (2 - 1))
    assert found.reliability(2) == pytest.approx(7 / 8)
    assert found.shrunken(moments(4.0, 6.0)) == pytest.approx(3 + 2 * 7 / 8)
    assert found.shrunken(moments()) == 3


def test_means_that_differ_by_chance_alone() -> None:
    found = spread_of(moments(0.0, 9.0), moments(1.0, 8.0))
    assert (found.spread.tau2, found.prior_patients) == (0, math.inf)
    assert found.reliability(10**9) == 0
    assert found.shrunken(moments(100.0)) == found.mean


def test_without_variation_within_units_nothing_is_claimed() -> None:
    for units in ([moments(3.0), moments(8.0)], [moments(3.0, 3.0), moments(8.0, 8.0)]):
        found = spread_of(*units)
        assert (found.spread.phi, found.spread.tau2) == (0, 0)
        assert found.within_sd in (None, 0)
        assert found.reliability(5) == 0


def test_units_without_values_do_not_count() -> None:
    assert between_sums([moments(0.0, 2.0), moments()], 1.0) == (1, 0, 4)
    with pytest.raises(ValueError, match="no values"):
        spread_of(moments())
    with pytest.raises(ValueError, match="one and the same origin"):
        pooled_moments([moments(1.0), moments(1.0, origin=5.0)])
    with pytest.raises(ValueError, match="one and the same origin"):
        pooled_moments([])


def test_funnel_and_z_of_a_mean_agree() -> None:
    plain = mean_funnel_limits(25, 10.0, 5.0, 0.95)
    assert plain.kind == "normal"
    assert plain.upper == pytest.approx(11.959964, rel=1e-6)
    adjusted = mean_funnel_limits(25, 10.0, 5.0, 0.95, tau2=3.0)
    assert adjusted.kind == "adjusted"
    assert mean_z_score(adjusted.upper, 25, 10.0, 5.0, 3.0) == pytest.approx(1.959964, rel=1e-6)
    assert mean_z_score(10.0, 25, 10.0, 0.0) is None
    for call in (
        lambda: mean_funnel_limits(0, 1.0, 1.0, 0.95),
        lambda: mean_z_score(1.0, 3, 1.0, -1.0),
        lambda: mean_z_score(1.0, 3, 1.0, 1.0, -1.0),
    ):
        with pytest.raises(ValueError, match="patients with sd"):
            call()


def test_bins_are_closed_above_and_the_first_one_below() -> None:
    edges = even_grid(0, 10, 5)
    assert list(edges) == [0, 2, 4, 6, 8, 10]
    assert [value_bin(v, edges) for v in (0, 0.1, 2, 2.1, 10)] == [0, 0, 0, 1, 4]
    with pytest.raises(ValueError, match="outside the grid"):
        value_bin(10.5, edges)
    for bins, upper in ((0, 10.0), (5, 0.0)):
        with pytest.raises(ValueError, match="bins from"):
            even_grid(0, upper, bins)


def test_quantiles_lie_in_their_bin() -> None:
    edges, counts = (0.0, 1.0, 2.0, 4.0), (2, 0, 2)
    assert grid_quantile(edges, counts, 0.5).value == 1.0
    assert grid_quantile(edges, counts, 0.25).value == 0.5
    upper = grid_quantile(edges, counts, 0.75)
    assert (upper.lower, upper.value, upper.upper, upper.tolerance) == (2, 3, 4, 1)
    assert grid_quantile(edges, counts, 0.0).lower == 0
    assert grid_quantile(edges, counts, 1.0).value == 4


def test_a_share_beyond_an_edge_is_exact() -> None:
    edges, counts = (0.0, 1.0, 2.0, 4.0), (2, 1, 1)
    exact = share_above(edges, counts, 1.0)
    assert (exact.lower, exact.value, exact.upper) == (0.5, 0.5, 0.5)
    between = share_above(edges, counts, 3.0)
    assert (between.lower, between.value, between.upper) == (0, 0.125, 0.25)
    assert share_above(edges, (1, 0, 3), 3.0).value == 0.375
    assert share_above(edges, counts, 4.0).value == share_above(edges, counts, 9.0).upper == 0
    assert share_above(edges, counts, -1.0).value == 1
    # Of the values in the first bin some may be 0 themselves.
    assert share_above(edges, counts, 0.0).lower == 0.5


def test_grids_that_do_not_fit_are_refused() -> None:
    for counts in ((1,), (0, 0, 0), (1, -1, 3)):
        with pytest.raises(ValueError, match="do not fit"):
            grid_quantile((0.0, 1.0, 2.0, 4.0), counts, 0.5)
    with pytest.raises(ValueError, match="a share of"):
        grid_quantile((0.0, 1.0), (1,), 1.5)


def test_values_that_hardly_differ_do_not_overflow() -> None:
    # Found by the property tests: the square of the variance is no float.
    found = spread_of(moments(0.0, 3.5e-137))
    assert (found.within_sd, found.spread.phi) == (0, 0)
