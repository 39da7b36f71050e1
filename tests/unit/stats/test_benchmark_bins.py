from fractions import Fraction

import pytest

from fedqi.stats import (
    GRID_BINS,
    SitePerformance,
    achievable_benchmark,
    adjusted_performance,
    bin_of,
    binned_benchmark,
    merge_bins,
    merged_counts,
    percentile_band,
    performance_grid,
)


def test_ties_take_the_larger_then_the_first_id() -> None:
    # 4 of 8, 9 of 18 and 4 of 8 have the same adjusted performance of one half.
    sites = [SitePerformance(*each) for each in (("b", 4, 8), ("a", 4, 8), ("c", 9, 18))]
    assert achievable_benchmark(sites).sites == ("c",)
    assert achievable_benchmark(sites[:2]).sites == ("a",)


def test_a_tenth_exactly_is_enough() -> None:
    sites = [SitePerformance("best", 10, 10), SitePerformance("rest", 0, 90)]
    assert achievable_benchmark(sites).sites == ("best",)
    assert achievable_benchmark([sites[0], SitePerformance("rest", 0, 91)]).sites == (
        "best",
        "rest",
    )


def test_no_patients_no_benchmark() -> None:
    with pytest.raises(ValueError, match="no patients"):
        achievable_benchmark([SitePerformance("a", 0, 0)])
    with pytest.raises(ValueError, match="not a performance"):
        adjusted_performance(3, 2)


def test_small_denominators_are_tamed() -> None:
    assert adjusted_performance(1, 1) == pytest.approx(2 / 3)
    assert adjusted_performance(0, 0) == 0.5


def test_the_grid_is_even_on_the_arcsine_root_scale() -> None:
    edges = performance_grid()
    assert (len(edges), edges[0], edges[-1]) == (GRID_BINS + 1, 0, 1)
    assert edges[GRID_BINS // 2] == pytest.approx(0.5)
    assert edges[GRID_BINS // 3 + 1] > 0.25 > edges[GRID_BINS // 3]
    with pytest.raises(ValueError, match="expected at least 1"):
        performance_grid(0)


def test_bins_are_closed_below_and_the_last_one_above() -> None:
    edges = (0.0, 0.2, 0.6, 1.0)
    assert [bin_of(v, edges) for v in (0, 0.19, 0.2, 0.6, 1)] == [0, 0, 1, 2, 2]
    with pytest.raises(ValueError, match="outside the grid"):
        bin_of(1.01, edges)


def test_bins_close_from_the_best_end() -> None:
    counts = [1, 1, 1, 2, 1, 2]
    kept = merge_bins(counts, 3)
    assert merged_counts(counts, kept) == (5, 3)
    assert kept == (0, 4, 6)


def test_what_is_left_joins_the_worst_bin() -> None:
    assert merged_counts([2, 3, 3], merge_bins([2, 3, 3], 3)) == (5, 3)
    assert merge_bins([2, 2, 1], 3) == (0, 3)
    assert merge_bins([0, 0, 0], 1) == (0, 3)
    assert merge_bins([9], 3) == (0, 1)


@pytest.mark.parametrize(("counts", "minimum"), [([1, -1], 1), ([1, 1], 0)])
def test_merging_refuses_what_cannot_be(counts: list[int], minimum: int) -> None:
    with pytest.raises(ValueError, match="must not be negative"):
        merge_bins(counts, minimum)


def test_the_cut_bin_gives_its_missing_share() -> None:
    # 1000 patients, 100 needed: all 60 of the best bin and 40 at 80 % from the next.
    found = binned_benchmark((0.0, 0.7, 0.9, 1.0), (8, 8, 8), (400, 160, 57), (740, 200, 60))
    assert found is not None
    assert found.value == pytest.approx((57 + 40 * 0.8) / 100)
    assert (found.sites, found.denominator) == (16, 260)
    assert found.method == "achievable benchmark"
    assert found.lower is not None and found.upper is not None
    assert found.lower < found.value < found.upper


def test_two_bins_give_the_better_half_by_name() -> None:
    found = binned_benchmark((0.0, 0.5, 1.0), (8, 9), (30, 80), (100, 100))
    assert found is not None
    assert (found.value, found.sites, found.denominator) == (0.8, 9, 100)
    assert found.method == "better half"
    assert found.tolerance is None


def test_one_bin_gives_nothing() -> None:
    assert binned_benchmark((0.0, 1.0), (20,), (80,), (100,)) is None
    assert binned_benchmark((0.0, 0.5, 1.0), (8, 8), (0, 0), (0, 0)) is None


def test_no_benchmark_where_the_best_bin_is_empty() -> None:
    edges = (0.0, 0.4, 0.6, 1.0)
    assert binned_benchmark(edges, (8, 8, 8), (10, 50, 0), (100, 100, 0)) is None
    assert binned_benchmark(edges, (8, 8, 8), (0, 50, 80), (0, 100, 100)) is not None


def test_forged_bins_are_refused() -> None:
    with pytest.raises(ValueError, match="not within 0 and its patients"):
        binned_benchmark((0.0, 0.5, 1.0), (8, 8), (10, 101), (100, 100))
    with pytest.raises(ValueError, match="zip"):
        binned_benchmark((0.0, 0.5, 1.0), (8,), (10, 20), (100, 100))


def test_a_percentile_band_counts_sites_below_and_beside() -> None:
    edges, sites = (0.0, 0.5, 0.8, 1.0), (10, 20, 10)
    assert percentile_band(0.6, edges, sites) == (25, 75)
    assert percentile_band(1.0, edges, sites) == (75, 100)
    assert percentile_band(0.6, edges, (0, 0, 0)) == (0, 100)


def test_the_share_is_exactly_a_tenth() -> None:
    # A float tenth of 30 is 3.0000000000000004 and would take one site too many.
    sites = [SitePerformance("a", 3, 3), SitePerformance("b", 0, 27)]
    assert Fraction(3) >= Fraction(1, 10) * 30
    assert achievable_benchmark(sites).sites == ("a",)


def test_the_bounds_hold_where_the_best_of_the_cut_bin_are_all_perfect() -> None:
    # The worst case lies inside the cut bin's patients, at neither end: bounds taken at the ends
    # only would promise at most 0.88, and the exact benchmark is 0.9.
    counts = [(1, 7), (0, 6), (6, 12), (2, 2), (0, 6), (7, 8), (3, 5)]
    counts += [(1, 1), (1, 3), (0, 4), (8, 11), (0, 2), (2, 4), (5, 12)]
    sites = [SitePerformance(f"{i:02}", *each) for i, each in enumerate(counts)]
    edges = (0.0, 0.2, 0.8, 1.0)
    binned = binned_benchmark(edges, (3, 10, 1), (0, 29, 7), (16, 59, 8))
    assert binned is not None and binned.upper is not None
    assert achievable_benchmark(sites).value == pytest.approx(0.9)
    assert 0.9 <= binned.upper < 1


def test_the_upper_bound_lies_where_two_of_its_lines_cross() -> None:
    # The worst bin is cut: beside 7 of 24 at most all its 64 events, and at most 0.3 of d
    # patients. Both hold at d = 64/0.3, where the rate (7 + 64)/(24 + d) is largest.
    found = binned_benchmark((0.0, 0.3, 0.6, 1.0), (9, 7, 6), (64, 7, 0), (353, 23, 1))
    assert found is not None
    assert found.upper == pytest.approx((7 + 64) / (24 + 64 / 0.3), rel=1e-12)
