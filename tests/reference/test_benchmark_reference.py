"""Kiefe's benchmark against abc.json, and how near the bins come to it on real hospitals."""

import pytest

from fedqi.stats import (
    BinnedBenchmark,
    SitePerformance,
    achievable_benchmark,
    bin_of,
    binned_benchmark,
    merge_bins,
    merged_counts,
    performance_grid,
)
from tests.reference.statistics_data import Pairs, michigan, new_york, nhs, oracle, rows, surgical

MINIMUM = 8
"""Collusion bound 5, two others and the site itself: the defaults for 16 members and more."""


def performances(counts: Pairs, ids: list[str]) -> list[SitePerformance]:
    return [SitePerformance(i, n - r, n) for i, (r, n) in zip(ids, counts, strict=True)]


def numbered(counts: Pairs) -> list[SitePerformance]:
    return performances(counts, [f"{i:03}" for i in range(len(counts))])


def from_bins(sites: list[SitePerformance]) -> tuple[tuple[int, ...], BinnedBenchmark | None]:
    grid = performance_grid()
    counts = [0] * (len(grid) - 1)
    for site in sites:
        counts[bin_of(site.adjusted, grid)] += 1
    kept = merge_bins(counts, MINIMUM)
    edges = [grid[index] for index in kept]
    performed, patients = [0] * (len(edges) - 1), [0] * (len(edges) - 1)
    for site in sites:
        performed[bin_of(site.adjusted, edges)] += site.performed
        patients[bin_of(site.adjusted, edges)] += site.denominator
    merged = merged_counts(counts, kept)
    return merged, binned_benchmark(edges, merged, performed, patients)


def test_accident_and_emergency() -> None:
    expected = oracle("abc")["ae_type1_3yr_within4h"]
    ids = [row["org_code"] for row in rows("nhs_ae_type1_totals")]
    found = achievable_benchmark(performances(nhs(), ids))
    assert found.value == pytest.approx(expected["benchmark"], rel=1e-12)
    assert list(found.sites) == expected["ids"]
    assert (found.performed, found.denominator) == (expected["sum_x"], expected["sum_d"])


def test_surgical_survival() -> None:
    expected = oracle("abc")["surgical_survival"]
    found = achievable_benchmark(performances(surgical(), list("ABCDEFGHIJKL")))
    assert found.value == pytest.approx(expected["benchmark"], rel=1e-12)
    assert list(found.sites) == expected["ids"]


@pytest.mark.parametrize(
    ("counts", "bins", "most", "distance"),
    [(nhs(), 15, 17, 1e-5), (michigan(), 7, 9, 1e-9), (new_york(), 4, 4, 1e-3)],
    ids=["NHS trusts", "Michigan heart failure", "New York"],
)
def test_bins_on_real_hospitals(counts: Pairs, bins: int, most: int, distance: float) -> None:
    sites = numbered(counts)
    merged, found = from_bins(sites)
    exact = achievable_benchmark(sites).value
    assert found is not None and found.lower is not None and found.upper is not None
    assert (len(merged), len(counts) // MINIMUM) == (bins, most)
    assert min(merged) >= MINIMUM
    assert sum(merged) == len(counts)
    assert found.lower <= exact <= found.upper
    assert found.lower <= found.value <= found.upper
    assert found.value == pytest.approx(exact, abs=distance)
    assert found.tolerance is not None and found.tolerance < 0.01
