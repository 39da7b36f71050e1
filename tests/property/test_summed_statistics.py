"""What must hold of statistics from sums for any hospitals: no order, no NaN, bounds that hold."""

from math import ceil, fsum, isfinite, log
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedqi.stats import (
    Estimate,
    LikelihoodSums,
    MeanSpread,
    Moments,
    Stratum,
    WinsorKind,
    ascended,
    benjamini_hochberg,
    beta_binomial_at,
    beta_binomial_start,
    beta_binomial_sums,
    between_sums,
    cut_points,
    direct_standardisation,
    discoveries_on_grid,
    even_grid,
    fit_beta_binomial,
    fit_gamma_poisson,
    fixed_sums,
    gamma_poisson_sums,
    grid_quantile,
    heterogeneity,
    mean_spread,
    minimum_patients,
    moment_beta_binomial,
    moment_gamma_poisson,
    p_chart,
    pooled_moments,
    rate_funnel_limits,
    rate_overdispersion,
    share_above,
    standard_weights,
    value_bin,
    winsorised_overdispersion,
    z_bin,
    z_grid,
)
from fedqi.stats.random_effects import random_effects, random_sums
from fedqi.stats.summed_ascent import MOST_CORRELATION
from fedqi.stats.winsorising import overdispersion_of, winsorised_by_quantile, winsorised_by_rank

Counts = list[tuple[int, int]]
Rates = list[tuple[int, float]]


@st.composite
def site_counts(draw: st.DrawFn, largest: int = 2_000) -> tuple[int, int]:
    patients = draw(st.integers(1, largest))
    return draw(st.integers(0, patients)), patients


HOSPITALS = st.lists(site_counts(), min_size=1, max_size=30)
EXPOSED = st.lists(
    st.tuples(st.integers(0, 500), st.floats(0.01, 1_000.0)), min_size=1, max_size=30
)
SCORES = st.lists(st.floats(-500, 500), min_size=1, max_size=60)
VALUES = st.lists(st.floats(0, 100), min_size=1, max_size=60)
P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=60)


def count_sums(counts: Counts) -> tuple[int, int, int, float, int]:
    pooled = sum(r for r, _ in counts) / sum(n for _, n in counts)
    return (
        len(counts),
        sum(r for r, _ in counts),
        sum(n for _, n in counts),
        fsum((r - pooled * n) ** 2 / n for r, n in counts),
        sum(n * n for _, n in counts),
    )


def rate_sums(counts: Rates) -> tuple[int, int, float, float, float]:
    pooled = sum(o for o, _ in counts) / fsum(e for _, e in counts)
    return (
        len(counts),
        sum(o for o, _ in counts),
        fsum(e for _, e in counts),
        fsum((o - pooled * e) ** 2 / e for o, e in counts),
        fsum(e * e for _, e in counts),
    )


def moments(values: list[float], origin: float = 0.0) -> Moments:
    away = [value - origin for value in values]
    return Moments(len(values), fsum(away), fsum(x * x for x in away), origin)


def spread_of(units: list[Moments]) -> MeanSpread:
    pooled = pooled_moments(units)
    return mean_spread(pooled, *between_sums(units, pooled.mean))


@given(HOSPITALS)
def test_the_beta_binomial_maximum_is_found_and_is_one(counts: Counts) -> None:
    start = moment_beta_binomial(*count_sums(counts))
    found, steps = fit_beta_binomial(counts, start)
    assert 0 <= found.mean <= 1 and 0 <= found.rho < 1
    assert steps <= 30
    for r, n in counts:
        low, high = sorted((r / n, found.mean))
        assert low - 1e-9 <= found.shrunken(r, n) <= high + 1e-9
    ascent = beta_binomial_start(start)
    if ascent is None:
        return

    point = (log(found.mean / (1 - found.mean)), found.rho)
    best = beta_binomial_sums(counts, point).value
    tolerance = 1e-7 * (1 + abs(best))
    for eta, theta in ((0.01, 1.0), (-0.01, 1.0), (0.0, 1.02), (0.0, 0.98), (0.0, 0.0)):
        near = (point[0] + eta, min(point[1] * theta, MOST_CORRELATION))
        assert beta_binomial_sums(counts, near).value <= best + tolerance


@given(EXPOSED)
def test_the_gamma_poisson_maximum_is_found_and_is_one(counts: Rates) -> None:
    found, steps = fit_gamma_poisson(counts, moment_gamma_poisson(*rate_sums(counts)))
    assert isfinite(found.mean) and found.dispersion >= 0 and isfinite(found.dispersion)
    assert steps <= 30
    for o, e in counts:
        low, high = sorted((o / e, found.mean))
        assert low * (1 - 1e-9) <= found.shrunken(o, e) <= high * (1 + 1e-9)
        interval = found.interval(o, e)
        assert 0 <= interval.lower <= interval.upper
    if found.mean > 0:
        point = (log(found.mean), found.dispersion / (1 + found.dispersion))
        best = gamma_poisson_sums(counts, point).value
        for zeta, theta in ((0.01, 1.0), (-0.01, 1.0), (0.0, 1.02), (0.0, 0.98), (0.0, 0.0)):
            near = (point[0] + zeta, min(point[1] * theta, MOST_CORRELATION))
            assert gamma_poisson_sums(counts, near).value <= best + 1e-7 * (1 + abs(best))


@given(HOSPITALS, st.randoms(use_true_random=False), st.integers(1, 5))
def test_neither_order_nor_ownership_of_providers_matters(
    counts: Counts, random: Random, sites: int
) -> None:
    shuffled = list(counts)
    random.shuffle(shuffled)
    pooled, _ = fit_beta_binomial(counts, moment_beta_binomial(*count_sums(counts)))
    ascent = beta_binomial_start(moment_beta_binomial(*count_sums(shuffled)))
    while ascent is not None and not ascent.finished:
        total = LikelihoodSums()
        for site in range(sites):
            total = total + beta_binomial_sums(shuffled[site::sites], ascent.point)
        ascent = ascended(ascent, total)
    if ascent is not None:
        found = beta_binomial_at(ascent)
        assert (found.mean, found.rho) == pytest.approx((pooled.mean, pooled.rho), abs=1e-6)


@given(HOSPITALS)
def test_events_and_their_absence_differ_alike(counts: Counts) -> None:
    mirrored = [(n - r, n) for r, n in counts]
    found, _ = fit_beta_binomial(counts, moment_beta_binomial(*count_sums(counts)))
    other, _ = fit_beta_binomial(mirrored, moment_beta_binomial(*count_sums(mirrored)))
    assert (found.mean, found.rho) == pytest.approx((1 - other.mean, other.rho), abs=1e-5)


@given(st.lists(st.tuples(st.floats(-50, 50), st.floats(0.01, 100)), min_size=1, max_size=30))
def test_random_effects_stay_between_the_estimates(pairs: list[tuple[float, float]]) -> None:
    estimates = [Estimate(*pair) for pair in pairs]
    sums, backwards = fixed_sums(estimates), fixed_sums(estimates[::-1])
    spread = heterogeneity(sums)
    assert spread.tau2 >= 0 and 0 <= spread.i2 <= 1 and 0 <= spread.p_value <= 1
    # Q is a difference of sums: an order changes it by rounding of the larger of them.
    rounding = 1e-9 * (1 + sums.weighted_squares)
    assert spread.q == pytest.approx(heterogeneity(backwards).q, abs=rounding)
    found = random_effects(*random_sums(estimates, spread.tau2), spread.tau2)
    assert min(y for y, _ in pairs) - 1e-9 <= found.mean <= max(y for y, _ in pairs) + 1e-9
    for each in estimates:
        low, high = sorted((each.value, found.mean))
        assert low - 1e-9 <= found.shrunken(each) <= high + 1e-9
        assert 0 < found.shrunken_se(each) <= max(each.variance**0.5, found.mean_se) + 1e-9


@given(SCORES, st.sampled_from([0.0, 0.05, 0.1, 0.25, 0.4]), st.sampled_from(WinsorKind))
def test_the_winsorised_tolerance_holds(z: list[float], share: float, kind: WinsorKind) -> None:
    counts = [0] * (len(z_grid()) - 1)
    for each in z:
        counts[z_bin(each)] += 1
    cuts = cut_points(counts, share, kind)
    squares = fsum(cuts.capped_square(each) for each in z)
    found = winsorised_overdispersion(len(z), squares, float(len(z)), float(len(z)), cuts, kind)
    by = winsorised_by_rank if kind is WinsorKind.RANK else winsorised_by_quantile
    exact = overdispersion_of(by(z, share), [1.0] * len(z)).phi
    assert abs(found.spread.phi - exact) <= found.tolerance + 1e-9 * (1 + exact)
    assert 0 <= cuts.capped <= len(z)


@given(HOSPITALS)
def test_a_standardised_rate_lies_in_its_interval(counts: Counts) -> None:
    strata = [Stratum(r, n) for r, n in counts]
    found = direct_standardisation(strata, standard_weights([n for _, n in counts]))
    interval = found.interval()
    assert 0 <= interval.lower <= found.value <= interval.upper
    # Weighed by its own patients a site's rate is its crude one.
    assert found.value == pytest.approx(sum(r for r, _ in counts) / sum(n for _, n in counts))


@given(EXPOSED)
def test_spread_of_rates_is_finite_and_not_negative(counts: Rates) -> None:
    found = rate_overdispersion(*rate_sums(counts))
    assert isfinite(found.phi) and found.phi >= 0 and found.tau2 >= 0
    backwards = rate_overdispersion(*rate_sums(counts[::-1]))
    assert (found.phi, found.tau2) == (backwards.phi, backwards.tau2)


@given(st.floats(0.01, 1e6), st.floats(1e-6, 10), st.sampled_from([0.5, 0.95, 0.998]))
def test_limits_of_a_rate_hold_it(exposure: float, target: float, level: float) -> None:
    found = rate_funnel_limits(exposure, target, level)
    assert 0 <= found.lower <= target * (1 + 1e-9)
    assert isfinite(found.upper)
    assert found.lower <= found.upper


@given(st.lists(VALUES, min_size=1, max_size=8), st.floats(-100, 100))
def test_means_and_spread_do_not_depend_on_the_origin(
    units: list[list[float]], origin: float
) -> None:
    here, there = (
        spread_of([moments(values, place) for values in units]) for place in (0.0, origin)
    )
    assert here.mean == pytest.approx(there.mean, abs=1e-9)
    if here.within_sd is not None and there.within_sd is not None:
        assert here.within_sd == pytest.approx(there.within_sd, abs=1e-3)
    assert here.spread.phi >= 0 and isfinite(here.spread.phi)
    for values in units:
        low, high = sorted((fsum(values) / len(values), here.mean))
        assert low - 1e-6 <= here.shrunken(moments(values)) <= high + 1e-6


@given(VALUES, st.floats(0, 1), st.integers(1, 40))
def test_a_quantile_of_the_grid_brackets_the_exact_one(
    values: list[float], share: float, bins: int
) -> None:
    edges = even_grid(0, 100, bins)
    counts = [0] * bins
    for value in values:
        counts[value_bin(value, edges)] += 1
    exact = sorted(values)[max(ceil(share * len(values) * (1 - 1e-12)), 1) - 1]
    found = grid_quantile(edges, counts, share)
    assert found.lower <= exact <= found.upper
    assert found.lower <= found.value <= found.upper


@given(VALUES, st.floats(-10, 110), st.integers(1, 40))
def test_a_share_of_the_grid_brackets_the_exact_one(
    values: list[float], limit: float, bins: int
) -> None:
    edges = even_grid(0, 100, bins)
    counts = [0] * bins
    for value in values:
        counts[value_bin(value, edges)] += 1
    exact = sum(value > limit for value in values) / len(values)
    found = share_above(edges, counts, limit)
    assert found.lower <= exact <= found.upper
    assert found.lower <= found.value <= found.upper


@given(P_VALUES, st.sampled_from([0.01, 0.05, 0.2]))
def test_the_grid_finds_no_more_than_all_p_values_do(p_values: list[float], rate: float) -> None:
    thresholds = (*(2.0**-k for k in range(20, 0, -1)), 1.0)
    counts = [0] * len(thresholds)
    for p in p_values:
        counts[next(i for i, t in enumerate(thresholds) if p <= t)] += 1
    coarse, exact = (
        discoveries_on_grid(thresholds, counts, rate),
        benjamini_hochberg(p_values, rate),
    )
    assert coarse.rejected <= exact.rejected
    assert benjamini_hochberg(p_values[::-1], rate) == exact


@given(st.floats(1e-6, 1e9), st.floats(0.01, 0.99))
def test_the_minimum_volume_is_just_enough(prior: float, threshold: float) -> None:
    needed = minimum_patients(prior, threshold)
    assert needed is not None
    assert needed / (needed + prior) >= threshold * (1 - 1e-8)
    assert needed <= 1 or (needed - 1) / (needed - 1 + prior) < threshold * (1 + 1e-8)


@given(st.lists(site_counts(), min_size=2, max_size=40))
def test_plain_limits_are_proportions(counts: Counts) -> None:
    chart = p_chart([r for r, _ in counts], [n for _, n in counts])
    assert all(
        0 <= low <= chart.centre <= high <= 1
        for low, high in zip(chart.lower, chart.upper, strict=True)
    )
