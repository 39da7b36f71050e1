import math

import pytest

from fedqi.stats import WinsorKind, cut_points, winsorised_overdispersion, z_bin, z_grid


def grid_of(z: list[float]) -> list[int]:
    counts = [0] * (len(z_grid()) - 1)
    for each in z:
        counts[z_bin(each)] += 1
    return counts


@pytest.mark.parametrize("z", [-1e9, -9000.0, -3.1, -1e-12, 0.0, 1e-12, 0.5, 3.1, 80_000.0, 1e9])
def test_a_score_lies_in_its_bin(z: float) -> None:
    edges, own = z_grid(), z_bin(z)
    inside = min(max(z, edges[0]), edges[-1])
    rounding = 1e-12 * (1 + abs(inside))
    assert edges[own] - rounding <= inside <= edges[own + 1] + rounding


def test_infinite_scores_take_the_outermost_bins() -> None:
    assert (z_bin(-math.inf), z_bin(math.inf)) == (0, len(z_grid()) - 2)
    with pytest.raises(ValueError, match="not a number"):
        z_bin(math.nan)


def test_ranks_and_quantiles_cut_differently() -> None:
    z = [-9.0, -1.0, -0.5, 0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 8.0]
    rank = cut_points(grid_of(z))
    assert rank.low == pytest.approx(-1.0, abs=rank.error)
    assert rank.high == pytest.approx(1.0, abs=rank.error)
    assert rank.capped == 2
    quantile = cut_points(grid_of(z), kind=WinsorKind.QUANTILE)
    assert quantile.low == pytest.approx(-1.8, abs=quantile.error)
    assert quantile.high == pytest.approx(1.7, abs=quantile.error)
    assert quantile.capped_square(-9.0) == quantile.low**2


def test_a_quantile_that_is_a_value_is_that_value() -> None:
    z = [float(k) for k in range(-5, 6)]
    found = cut_points(grid_of(z), 0.2, WinsorKind.QUANTILE)
    assert found.low == pytest.approx(-3, abs=found.error)
    assert found.high == pytest.approx(3, abs=found.error)


def test_one_site_is_its_own_cut_point() -> None:
    for kind in WinsorKind:
        found = cut_points(grid_of([2.0]), kind=kind)
        assert found.low == found.high == pytest.approx(2, abs=found.error)
        spread = winsorised_overdispersion(1, found.capped_square(2.0), 4.0, 16.0, found, kind)
        assert (spread.spread.tau2, spread.kind) == (0, kind)
        assert abs(spread.spread.phi - 4) <= spread.tolerance


@pytest.mark.parametrize("counts", [[1, 2], [0] * 768, [-1] + [1] * 767])
def test_counts_that_do_not_fit_are_refused(counts: list[int]) -> None:
    with pytest.raises(ValueError, match="do not fit"):
        cut_points(counts)
    with pytest.raises(ValueError, match="per tail"):
        cut_points([1] * 768, 0.5)
