"""What must hold for any hospitals, not only for the published ones."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedqi.stats import (
    FunnelKind,
    SitePerformance,
    achievable_benchmark,
    adjusted_limits,
    bin_of,
    binned_benchmark,
    byar,
    exact_poisson,
    funnel_limits,
    merge_bins,
    merged_counts,
    midp_poisson,
    moment_beta_binomial,
    p_prime_chart,
    percentile_band,
    performance_grid,
    proportion_overdispersion,
    wilson,
    xmr_chart,
)
from tests.reference.statistics_data import sums

LEVELS = st.sampled_from([0.5, 0.8, 0.95, 0.998])
TARGETS = st.floats(0.001, 0.999)


@st.composite
def site_counts(draw: st.DrawFn, largest: int = 5_000) -> tuple[int, int]:
    patients = draw(st.integers(1, largest))
    return draw(st.integers(0, patients)), patients


def hospitals(smallest: int = 2, most: int = 60) -> st.SearchStrategy[list[tuple[int, int]]]:
    return st.lists(site_counts(), min_size=smallest, max_size=most)


@given(site_counts(), LEVELS)
def test_wilson_holds_the_estimate_and_mirrors(counts: tuple[int, int], level: float) -> None:
    r, n = counts
    found, mirrored = wilson(r, n, level), wilson(n - r, n, level)
    assert 0 <= found.lower <= r / n <= found.upper <= 1
    assert found.lower == pytest.approx(1 - mirrored.upper, abs=1e-12)


@given(st.integers(0, 10_000), LEVELS)
def test_poisson_intervals_are_nested(observed: int, level: float) -> None:
    exact, midp, approximate = (f(observed, level) for f in (exact_poisson, midp_poisson, byar))
    assert exact.lower <= midp.lower <= observed <= midp.upper <= exact.upper
    assert approximate.lower <= observed <= approximate.upper


@given(st.integers(1, 100_000), TARGETS, LEVELS)
def test_symmetric_limits_mirror(n: int, target: float, level: float) -> None:
    events, others = funnel_limits(n, target, level), funnel_limits(n, 1 - target, level)
    assert events.lower == pytest.approx(1 - others.upper, abs=1e-9)
    assert events.upper == pytest.approx(1 - others.lower, abs=1e-9)


@given(st.integers(1, 1_000_000), TARGETS, LEVELS)
def test_a_limit_lies_within_one_patient_of_its_quantile(
    n: int, target: float, level: float
) -> None:
    from scipy.special import bdtr

    found = funnel_limits(n, target, level, FunnelKind.INTERPOLATED_2005)
    for limit, tail in ((found.lower, (1 - level) / 2), (found.upper, (1 + level) / 2)):
        patients = round(limit * n, 6)
        if patients > 0:
            assert bdtr(int(patients), n, target) <= tail + 1e-9
            assert bdtr(int(patients) + 1, n, target) >= tail - 1e-9


@given(st.integers(1, 100_000), TARGETS, st.sampled_from(FunnelKind))
def test_limits_are_proportions_and_widen_with_the_level(
    n: int, target: float, kind: FunnelKind
) -> None:
    inner, outer = funnel_limits(n, target, 0.95, kind), funnel_limits(n, target, 0.998, kind)
    assert 0 <= outer.lower <= inner.lower <= inner.upper <= outer.upper <= 1


@given(st.integers(1, 100_000), TARGETS, st.floats(0, 0.25), st.floats(0, 0.25))
def test_adjusted_limits_widen_with_tau2(n: int, target: float, a: float, b: float) -> None:
    less, more = (adjusted_limits(n, target, 0.95, t) for t in sorted((a, b)))
    assert 0 <= more.lower <= less.lower <= target <= less.upper <= more.upper <= 1


@given(hospitals(1))
def test_overdispersion_from_sums_is_overdispersion_one_by_one(
    counts: list[tuple[int, int]],
) -> None:
    found = proportion_overdispersion(*sums(counts))
    theta = Fraction(sum(r for r, _ in counts), sum(n for _, n in counts))
    variance = theta * (1 - theta)
    if not variance:
        assert (found.phi, found.tau2) == (0, 0)
        return
    direct = sum((Fraction(r, n) - theta) ** 2 * n for r, n in counts) / variance / len(counts)
    assert found.phi == pytest.approx(float(direct), rel=1e-6, abs=1e-6)
    assert found.tau2 >= 0


@given(hospitals(1))
def test_events_and_their_absence_differ_alike(counts: list[tuple[int, int]]) -> None:
    mirrored = [(n - r, n) for r, n in counts]
    for statistic in (proportion_overdispersion, moment_beta_binomial):
        found, other = statistic(*sums(counts)), statistic(*sums(mirrored))
        for name in ("phi", "tau2", "rho"):
            if hasattr(found, name):
                assert getattr(found, name) == pytest.approx(
                    getattr(other, name), rel=1e-6, abs=1e-6
                )


@given(hospitals(1))
def test_shrunken_values_lie_between_own_and_common(counts: list[tuple[int, int]]) -> None:
    prior = moment_beta_binomial(*sums(counts))
    assert 0 <= prior.rho < 1
    assert 0 <= prior.between_site_sd <= 0.5
    for r, n in counts:
        low, high = sorted((r / n, prior.mean))
        assert low - 1e-12 <= prior.shrunken(r, n) <= high + 1e-12
        assert 0 <= prior.reliability(n) <= 1
        interval = prior.interval(r, n)
        assert 0 <= interval.lower <= interval.upper <= 1


@given(st.lists(st.integers(0, 20), min_size=1, max_size=60), st.integers(1, 12))
def test_merged_bins_hold_enough_and_no_rule_makes_more(counts: list[int], minimum: int) -> None:
    kept = merge_bins(counts, minimum)
    merged = merged_counts(counts, kept)
    assert (kept[0], kept[-1], list(kept)) == (0, len(counts), sorted(set(kept)))
    assert sum(merged) == sum(counts)
    if len(merged) > 1:
        assert all(minimum <= inside for inside in merged)
        assert all(minimum <= sum(counts) - inside for inside in merged)
    assert len(merged) == max(1, most_bins(counts, minimum))


def most_bins(counts: list[int], minimum: int) -> int:
    """Most runs of neighbours with enough sites, by trying every end of the last one."""
    best = [0] + [-1] * len(counts)
    for end in range(1, len(counts) + 1):
        for start in range(end):
            if best[start] >= 0 and sum(counts[start:end]) >= minimum:
                best[end] = max(best[end], best[start] + 1)
    return best[-1]


@given(hospitals(9, 60), st.integers(1, 4), st.sampled_from([4, 16, 64, 256]))
def test_the_exact_benchmark_lies_within_the_bounds(
    counts: list[tuple[int, int]], minimum: int, bins: int
) -> None:
    sites = [SitePerformance(f"{i}", r, n) for i, (r, n) in enumerate(counts)]
    grid = performance_grid(bins)
    on_grid = [0] * bins
    for site in sites:
        on_grid[bin_of(site.adjusted, grid)] += 1
    kept = merge_bins(on_grid, minimum)
    edges = [grid[i] for i in kept]
    performed, patients = [0] * (len(edges) - 1), [0] * (len(edges) - 1)
    for site in sites:
        own = bin_of(site.adjusted, edges)
        performed[own] += site.performed
        patients[own] += site.denominator
    merged = merged_counts(on_grid, kept)
    found = binned_benchmark(edges, merged, performed, patients)
    exact = achievable_benchmark(sites).value
    if found is not None and found.lower is not None and found.upper is not None:
        assert found.lower - 1e-12 <= exact <= found.upper + 1e-12
        assert found.lower - 1e-12 <= found.value <= found.upper + 1e-12
        assert found.tolerance is not None and abs(found.value - exact) <= found.tolerance + 1e-12
    for site in sites:
        low, high = percentile_band(site.adjusted, edges, merged)
        better = sum(s.adjusted > site.adjusted for s in sites)
        worse = sum(s.adjusted < site.adjusted for s in sites)
        assert low <= 100 * worse / len(sites) + 1e-9
        assert high >= 100 - 100 * better / len(sites) - 1e-9


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=40), st.booleans())
def test_charts_mirror(values: list[float], screen: bool) -> None:
    chart, mirrored = xmr_chart(values, screen), xmr_chart([-v for v in values], screen)
    assert chart.lower <= chart.centre <= chart.upper
    assert mirrored.upper == pytest.approx(-chart.lower)
    swap = {"Above": "Below", "Below": "Above", "UCL": "LCL", "LCL": "UCL"}
    swap |= {"(Increasing)": "(Decreasing)", "(Decreasing)": "(Increasing)"}
    turned = [" ".join(swap.get(word, word) for word in c.value.split()) for c in chart.causes]
    assert [c.value for c in mirrored.causes] == turned


@given(hospitals(2, 40))
def test_laney_limits_are_proportions(counts: list[tuple[int, int]]) -> None:
    chart = p_prime_chart([r for r, _ in counts], [n for _, n in counts])
    assert len(chart.lower) == len(chart.upper) == len(chart.causes) == len(counts)
    assert all(
        0 <= low <= chart.centre <= high <= 1
        for low, high in zip(chart.lower, chart.upper, strict=True)
    )
