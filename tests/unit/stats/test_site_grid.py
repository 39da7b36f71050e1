"""Public grids of means and rates, bins of held values, and the best tenth of merged bins."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedqi.stats import (
    adjusted_rate,
    bin_of,
    cluster_sums,
    design_effect,
    mean_grid,
    merge_held,
    pared_bins,
    rate_grid,
)


@given(st.floats(0, 400))
def test_a_grid_of_means_rises_from_bound_to_bound(centre: float) -> None:
    edges = mean_grid(centre, 0.0, 400.0)
    assert (edges[0], edges[-1]) == (0, 400)
    assert all(a < b for a, b in pairwise(edges))


def test_bins_of_means_are_a_fixed_part_of_the_distance() -> None:
    edges = mean_grid(5.0, 0.0, 400.0)
    for value in (6.0, 10.0, 100.0):
        place = bin_of(value, edges)
        assert edges[place + 1] - edges[place] < 0.12 * (value - 5)


def test_a_grid_of_rates_is_even_in_the_square_root() -> None:
    edges = rate_grid(0.01)
    assert (edges[0], edges[-1]) == (0, 0.16)
    roots = [edge**0.5 for edge in edges]
    assert [b - a for a, b in pairwise(roots)] == pytest.approx([0.4 / 256] * 256)


def test_an_adjusted_rate_lies_between_own_and_pooled() -> None:
    assert adjusted_rate(0, 0, 0.02) == pytest.approx(0.02)
    assert 0 < adjusted_rate(0, 500, 0.02) < 0.02
    assert adjusted_rate(50, 500, 0.02) == pytest.approx(51 / 550)


@pytest.mark.parametrize(
    ("holders", "kept"),
    [
        ([9, 9, 9], (0, 1, 2, 3)),
        ([9, 1, 1, 9, 2], (0, 1, 5)),
        ([1, 1, 9, 1], (0, 4)),
        ([4, 4, 4], ()),
        ([0, 0], ()),
    ],
)
def test_bins_are_merged_until_enough_hold_them(holders: list[int], kept: tuple[int, ...]) -> None:
    assert merge_held(holders, 5) == kept


@given(st.lists(st.integers(0, 20), min_size=1, max_size=30), st.integers(1, 12))
def test_every_merged_bin_is_held(holders: list[int], minimum: int) -> None:
    kept = merge_held(holders, minimum)
    assert all(max(holders[a:b]) >= minimum for a, b in pairwise(kept))


def test_the_best_tenth_takes_part_of_a_bin() -> None:
    found = pared_bins([10.0, 60.0, 300.0], [50, 150, 800], [8, 9, 10])
    assert found is not None
    # 50 patients whole and 50 of the next 150 at their mean
    assert found.value == pytest.approx((10 + 50 * 60 / 150) / 100)
    assert (found.sites, found.size, found.method) == (17, 200, "achievable benchmark")


def test_two_bins_are_halves_and_one_is_none() -> None:
    half = pared_bins([10.0, 60.0], [50, 150], [8, 9])
    assert half is not None and (half.value, half.method) == (0.2, "better half")
    assert pared_bins([10.0], [50], [8]) is None
    assert pared_bins([0.0, 10.0], [0, 50], [8, 9]) is None


def test_one_opportunity_each_is_binomial() -> None:
    assert design_effect(*cluster_sums(30, 100, (30, 30, 100))) == pytest.approx(1)


def test_all_or_nothing_patients_are_worth_one_opportunity_each() -> None:
    # 25 patients with 4 opportunities each, ten of them with all four
    assert design_effect(*cluster_sums(40, 100, (160, 160, 400))) == pytest.approx(4)


@pytest.mark.parametrize("met", [0, 100])
def test_without_variation_there_is_no_effect(met: int) -> None:
    products = (4 * met, 4 * met, 400)
    assert design_effect(*cluster_sums(met, 100, products)) == 1
    assert cluster_sums(0, 0, (0, 0, 0)) == (0, 0)


@pytest.mark.parametrize(
    "call",
    [
        lambda: mean_grid(5, 0, 4),
        lambda: mean_grid(5, 0, 10, 3),
        lambda: rate_grid(0),
        lambda: adjusted_rate(1, 1, 0),
        lambda: merge_held([1], 0),
        lambda: merge_held([-1], 2),
    ],
)
def test_what_makes_no_grid(call: object) -> None:
    assert callable(call)
    with pytest.raises(ValueError, match=r"grid|rate|minimum"):
        call()
