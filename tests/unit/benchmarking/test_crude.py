"""The crude analysis over the real protocol: what is released, and what never is."""

from dataclasses import replace

import pytest

from fedqi.benchmarking.crude_result import CrudeResult
from fedqi.benchmarking.federation import FIRST_UNSENT
from fedqi.benchmarking.policy import Policy
from fedqi.benchmarking.result import Result, collect_positions
from fedqi.errors import InsufficientSitesError
from fedqi.measures import ALL_PERIODS, Cell
from fedqi.secagg import PublicState
from tests.unit.benchmarking.collaborative import counted_measure, run_counts, summary_of, whole

TWELVE = [(f"s{i:02}", 3 + i, 100 + 7 * i) for i in range(12)]


def crude(result: Result, period: str = ALL_PERIODS) -> CrudeResult:
    found: CrudeResult = result.find("m", period).analyses["crude"]
    return found


def test_the_released_sums_are_exactly_the_plain_sums() -> None:
    _, result = run_counts(counted_measure(), whole(TWELVE))
    found = result.find("m", ALL_PERIODS)
    assert found.observed == sum(r for _, r, _ in TWELVE)
    assert found.denominator == sum(n for _, _, n in TWELVE)
    assert found.survivors == tuple(site for site, _, _ in TWELVE)


def test_results_survive_a_round_trip_through_plain_data() -> None:
    _, result = run_counts(counted_measure(), whole(TWELVE))
    assert Result.from_dict(result.to_dict()).to_dict() == result.to_dict()


@pytest.mark.parametrize("message", sorted(FIRST_UNSENT))
def test_a_site_lost_at_any_message_leaves_a_consistent_cohort(message: str) -> None:
    _, result = run_counts(counted_measure(), whole(TWELVE), drop={"s03": message})
    found = result.find("m", ALL_PERIODS)
    lost = message in ("advert", "shares", "masked_input")
    assert ("s03" not in found.survivors) == lost
    assert found.denominator == sum(n for s, _, n in TWELVE if s in found.survivors)


def test_a_site_that_was_lost_compares_itself_with_the_frozen_figures() -> None:
    measure = counted_measure()
    rehearsal, _ = run_counts(measure, whole(TWELVE), drop={"s03": "masked_input"})
    own = {"m": summary_of(measure, {ALL_PERIODS: Cell(60, 120)})}
    (position,) = collect_positions(rehearsal.plan, rehearsal.outcome.state, own, "s03")
    assert position.analyses["crude"].band == "review"


def test_too_few_sites_release_nothing_and_say_the_numbers() -> None:
    with pytest.raises(InsufficientSitesError, match="3 sites found"):
        run_counts(counted_measure(), whole(TWELVE[:3]), policy=Policy(1, 2))


def test_too_many_lost_sites_release_nothing() -> None:
    lost = {site: "masked_input" for site, _, _ in TWELVE[:5]}
    with pytest.raises(InsufficientSitesError):
        run_counts(counted_measure(), whole(TWELVE), drop=lost)


def test_a_period_that_too_few_offer_is_void_and_stays_out_of_all_periods() -> None:
    counts = {site: {"2020-01": Cell(r, n)} for site, r, n in TWELVE}
    for site in ("s01", "s02"):
        counts[site] = {**counts[site], "2020-02": Cell(5, 50)}
    _, result = run_counts(counted_measure(), counts)
    assert {found.period for found in result.results} == {"2020-01", ALL_PERIODS}
    assert result.find("m", ALL_PERIODS).denominator == sum(n for _, _, n in TWELVE)


def test_all_periods_are_the_sum_of_the_periods() -> None:
    counts = {s: {"2020-01": Cell(r, n), "2020-02": Cell(r, 2 * n)} for s, r, n in TWELVE}
    _, result = run_counts(counted_measure(), counts)
    months = [result.find("m", month) for month in ("2020-01", "2020-02")]
    assert result.find("m", ALL_PERIODS).denominator == sum(m.denominator for m in months)


def test_every_bin_and_its_complement_hold_at_least_the_group_minimum() -> None:
    policy = Policy()
    _, result = run_counts(counted_measure(), whole(TWELVE), policy=policy)
    histogram = crude(result).histogram
    assert histogram is not None
    for count in histogram.sites:
        assert policy.minimum(12) <= count <= 12 - policy.minimum(12)


def test_the_benchmark_of_a_better_higher_measure_is_above_the_network() -> None:
    pairs = [(s, n - r, n) for s, r, n in TWELVE]
    _, higher = run_counts(counted_measure("higher"), whole(pairs))
    _, lower = run_counts(counted_measure("lower"), whole(TWELVE))
    high, low = crude(higher), crude(lower)
    assert high.benchmark is not None and low.benchmark is not None
    assert high.rate is not None and high.benchmark.value > high.rate
    assert high.benchmark.value == pytest.approx(1 - low.benchmark.value)


def test_zero_cases_are_data_and_not_none() -> None:
    counts = whole([*TWELVE[:11], ("s11", 0, 0)])
    _, result = run_counts(counted_measure(), counts)
    found = result.find("m", ALL_PERIODS)
    assert (found.sites, found.providers) == (12, 11)


def test_an_expected_gives_observed_over_expected() -> None:
    measure = counted_measure(expected=True)
    counts = {s: {ALL_PERIODS: Cell(r, n, expected=0.05 * n)} for s, r, n in TWELVE}
    rehearsal, result = run_counts(measure, counts)
    ratio = crude(result).ratio
    assert ratio is not None
    assert ratio.expected == pytest.approx(0.05 * sum(n for _, _, n in TWELVE), abs=1e-5)
    own = {"m": summary_of(measure, counts["s11"])}
    (position,) = collect_positions(rehearsal.plan, rehearsal.outcome.state, own, "s11")
    assert position.analyses["crude"].band_basis == "ratio"
    assert position.analyses["crude"].ratio.value == pytest.approx(14 / (0.05 * 177))


def test_the_seed_replays_a_run() -> None:
    first, _ = run_counts(counted_measure(), whole(TWELVE), seed=7)
    again, _ = run_counts(counted_measure(), whole(TWELVE), seed=7)
    other, _ = run_counts(counted_measure(), whole(TWELVE), seed=8)
    assert first.transcript == again.transcript != other.transcript


def test_periods_that_share_one_site_are_not_summed_together() -> None:
    nine = [(f"s{i}", 3 + i, 60 + 5 * i) for i in range(9)]  # m = 5
    counts = {
        site: {
            **({"2020-01": Cell(r, n)} if i <= 4 else {}),
            **({"2020-02": Cell(r, n + 9)} if i >= 4 else {}),
        }
        for i, (site, r, n) in enumerate(nine)
    }
    _, result = run_counts(counted_measure(), counts)
    assert {found.period for found in result.results} == {"2020-01", "2020-02"}


def test_no_grid_is_shown_where_two_bins_cannot_stand() -> None:
    rehearsal, result = run_counts(counted_measure(), whole(TWELVE[:9]))  # m = 5
    layout = rehearsal.plan.layout(replace_totals(rehearsal.outcome.state, 1))
    assert layout is not None
    assert not [block.name for block in layout.blocks if block.name.endswith("/sites")]
    assert crude(result).histogram is None


def replace_totals(state: PublicState, steps: int) -> PublicState:
    """Return the state after so many steps."""
    return replace(state, totals=state.totals[:steps])


def test_providers_without_expectation_do_not_dilute_the_spread() -> None:
    counts = {s: {ALL_PERIODS: Cell(2 * r, n, expected=0.1 * n)} for s, r, n in TWELVE[:9]}
    diluted = counts | {s: {ALL_PERIODS: Cell(0, n, expected=0.0)} for s, _, n in TWELVE[9:]}
    policy = Policy(collusion_bound=1)  # m = 4: nine are enough to be summed finely
    _, nine = run_counts(counted_measure(expected=True), counts, policy=policy)
    _, twelve = run_counts(counted_measure(expected=True), diluted, policy=policy)
    own, other = crude(nine).ratio, crude(twelve).ratio
    assert own is not None and other is not None
    assert own.phi == pytest.approx(other.phi)


def test_the_minimum_volume_is_that_of_the_prior() -> None:
    spread = [(f"s{i:02}", 5 + 4 * i, 100 + 7 * i) for i in range(12)]
    _, result = run_counts(counted_measure(), whole(spread))
    found = crude(result)
    assert found.prior is not None and found.minimum_volume is not None
    reliability = found.minimum_volume / (found.minimum_volume + sum(found.prior))
    assert reliability == pytest.approx(0.7)
    _, alike = run_counts(counted_measure(), whole([(s, 10, 100) for s, _, _ in spread]))
    assert crude(alike).minimum_volume is None
