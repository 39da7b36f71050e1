"""Continuous measures over the real protocol."""

from itertools import pairwise
from statistics import fmean, stdev

import numpy as np
import pytest

from fedqi.benchmarking.crude_value_position import ValuePosition
from fedqi.benchmarking.crude_value_result import ValueResult
from fedqi.benchmarking.crude_value_sums import significant
from fedqi.benchmarking.result import Result
from fedqi.measures import ALL_PERIODS, Measure
from fedqi.stats import Moments, between_sums, mean_spread
from tests.unit.benchmarking.valued import position, run_numbers, stays, summary_of

RANDOM = np.random.default_rng(7)
SITES = {
    f"s{i:02}": [round(float(x), 1) for x in RANDOM.lognormal(1.4 + 0.03 * i, 0.6, 40 + 7 * i)]
    for i in range(20)
}
EVERYTHING = [value for values in SITES.values() for value in values]


def whole(sites: dict[str, list[float]]) -> dict[str, dict[str, list[float]]]:
    return {site: {ALL_PERIODS: values} for site, values in sites.items()}


def figures(result: Result, period: str = ALL_PERIODS) -> ValueResult:
    found: ValueResult = result.find("m", period).analyses["crude"]
    return found


def moments(values: list[float]) -> Moments:
    return Moments(len(values), 0.0, sum((v - fmean(values)) ** 2 for v in values), fmean(values))


def test_mean_and_spread_are_those_of_all_patients() -> None:
    _, result = run_numbers(stays(), whole(SITES))
    found, mean = figures(result), fmean(EVERYTHING)
    units, between, squared = between_sums([moments(v) for v in SITES.values()], mean)
    direct = mean_spread(moments(EVERYTHING), units, between, squared)
    assert found.mean == pytest.approx(mean, rel=1e-8)
    assert found.sd == pytest.approx(stdev(EVERYTHING), rel=1e-8)
    assert found.within_sd == pytest.approx(direct.within_sd, rel=1e-8)
    assert found.phi == pytest.approx(direct.spread.phi, rel=1e-7)
    assert found.tau2 == pytest.approx(direct.spread.tau2, rel=1e-6)
    assert result.find("m", ALL_PERIODS).observed == len(EVERYTHING)


def test_a_large_offset_takes_no_digits_from_the_variance() -> None:
    far = stays(bounds=[1e6, 1e6 + 400], grid=[])
    _, result = run_numbers(far, whole({s: [1e6 + v for v in own] for s, own in SITES.items()}))
    assert figures(result).sd == pytest.approx(stdev(EVERYTHING), rel=1e-6)


def test_quantiles_lie_in_bins_that_enough_sites_hold() -> None:
    rehearsal, result = run_numbers(stays(limit=14), whole(SITES))
    found, minimum = figures(result), rehearsal.plan.parts[0].subject.minimum
    assert found.distribution is not None and found.quantiles is not None
    edges = found.distribution.edges
    for lower, upper in pairwise(edges):
        first = lower == edges[0]
        holders = [any((first or lower < v) and v <= upper for v in own) for own in SITES.values()]
        assert sum(holders) >= minimum
    for share, quantile in found.quantiles.items():
        exact = sorted(EVERYTHING)[int(np.ceil(float(share) * len(EVERYTHING))) - 1]
        assert quantile.lower <= exact <= quantile.upper
    assert found.beyond is not None
    exact = fmean(v > 14 for v in EVERYTHING)
    assert found.beyond.lower - 1e-12 <= exact <= found.beyond.upper + 1e-12


def test_the_greatest_value_of_one_site_is_never_an_edge() -> None:
    odd = {**SITES, "s00": [*SITES["s00"], 390.0]}
    _, result = run_numbers(stays(grid=[5, 10, 20, 380, 395]), whole(odd))
    found = figures(result).distribution
    assert found is not None
    assert not {380, 395}.intersection(found.edges)


@pytest.mark.parametrize("direction", ["lower", "higher"])
def test_the_benchmark_is_the_mean_of_the_best_sites(direction: str) -> None:
    rehearsal, result = run_numbers(stays(direction), whole(SITES))
    found = figures(result)
    assert found.histogram is not None and found.benchmark is not None
    assert min(found.histogram.sites) >= rehearsal.plan.parts[0].subject.minimum
    means = sorted(SITES.values(), key=fmean, reverse=direction == "higher")
    best = [v for own in means[: found.benchmark.sites] for v in own]
    assert found.benchmark.value == pytest.approx(fmean(best), rel=1e-8)
    assert found.benchmark.denominator == len(best)


def own(measure: Measure, values: list[float]) -> ValuePosition:
    rehearsal, _ = run_numbers(measure, whole(SITES))
    found: ValuePosition = position(rehearsal, summary_of(measure, {ALL_PERIODS: values}), "s00")
    return found


def test_a_position_has_its_mean_interval_limits_and_gap() -> None:
    found = own(stays(), SITES["s03"])
    assert found.estimate == pytest.approx(fmean(SITES["s03"]))
    assert found.sd == pytest.approx(stdev(SITES["s03"]))
    expected = moments(SITES["s03"]).interval()
    assert found.interval is not None and expected is not None
    assert found.interval.lower == pytest.approx(expected.lower, rel=1e-11)
    assert found.interval.upper == pytest.approx(expected.upper, rel=1e-11)
    assert found.funnel is not None and found.funnel.kind == "normal"
    low, high = found.funnel.limits["0.95"]
    assert low < found.funnel.target < high
    assert found.percentile_band is not None and found.percentile_band[0] == 0
    assert found.gap is not None and found.gap >= 0
    assert found.shrunken is not None and found.reliability is not None
    assert found.z is not None and found.z_adjusted is not None
    assert abs(found.z_adjusted) < abs(found.z)


@pytest.mark.parametrize(
    ("values", "direction", "band"),
    [
        ([30.0] * 50, "lower", "review"),
        ([30.0] * 50, "higher", "exemplary"),
        ([30.0] * 50, "none", "as expected"),
        ([30.0] * 10, "lower", "insufficient"),
    ],
)
def test_bands(values: list[float], direction: str, band: str) -> None:
    assert own(stays(direction), values).band == band


def test_limits_stay_within_the_bounds_of_the_value() -> None:
    found = own(stays(), [1.0])
    assert found.funnel is not None
    assert all(low >= 0 and high <= 400 for low, high in found.funnel.limits.values())
    assert (found.sd, found.interval, found.band) == (None, None, "insufficient")


def test_constant_values_give_answers_and_no_band() -> None:
    same = {site: [7.0] * 30 for site in SITES}
    rehearsal, result = run_numbers(stays(), whole(same))
    found = figures(result)
    assert (found.mean, found.sd, found.within_sd, found.phi, found.tau2) == (7, 0, 0, 0, 0)
    assert (found.minimum_volume, found.distribution) == (None, None)
    mine = position(rehearsal, summary_of(stays(), {ALL_PERIODS: [7.0] * 30}), "s00")
    assert (mine.z, mine.z_adjusted, mine.reliability, mine.shrunken) == (None, None, 0, 7)
    assert mine.band == "insufficient"


def test_one_patient_per_site_gives_a_mean_and_nothing_within() -> None:
    _, result = run_numbers(stays(), whole({site: [own[0]] for site, own in SITES.items()}))
    found = figures(result)
    assert found.mean == pytest.approx(fmean(own[0] for own in SITES.values()))
    assert (found.within_sd, found.phi, found.tau2) == (None, 0, 0)


def test_rows_without_a_value_are_counted_and_nothing_else() -> None:
    rehearsal, result = run_numbers(stays(), whole(SITES), missing=10)
    found = figures(result)
    assert found.completeness is not None
    asked = len(EVERYTHING) + 10 * len(SITES)
    assert (found.completeness.observed, found.completeness.asked) == (len(EVERYTHING), asked)
    assert found.mean == pytest.approx(fmean(EVERYTHING), rel=1e-8)
    nobody = summary_of(stays(), {ALL_PERIODS: []}, missing=4)
    mine = position(rehearsal, nobody, "s00")
    assert (mine.band, mine.estimate, mine.completeness.share) == ("insufficient", None, 0)


def test_without_any_value_there_is_no_mean() -> None:
    _, result = run_numbers(stays(), whole({site: [] for site in SITES}), missing=30)
    found = figures(result)
    assert (found.mean, found.quantiles, found.benchmark) == (None, None, None)


def test_a_small_group_is_summed_coarsely_and_near() -> None:
    few = {site: SITES[site] for site in list(SITES)[:8]}
    _, result = run_numbers(stays(), whole(few))
    found, values = figures(result), [v for own in few.values() for v in own]
    assert found.mean == pytest.approx(fmean(values), rel=1e-8)
    assert found.sd == pytest.approx(stdev(values), rel=1 / 32)
    assert found.sd != pytest.approx(stdev(values), rel=1e-6)
    assert (found.histogram, found.distribution, found.quantiles) == (None, None, None)


@pytest.mark.parametrize("value", [0, 1, 17, 641, 3.14159, 9.5e12, 2.0**-20])
def test_significant_bits(value: float) -> None:
    rounded = significant(value)
    assert abs(rounded - value) <= value / 16
    assert isinstance(rounded, type(value))
    assert significant(rounded) == rounded
