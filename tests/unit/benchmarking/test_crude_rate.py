"""Rates over the real protocol."""

from pathlib import Path

import pytest

import fedqi
from fedqi.benchmarking.crude_position import CrudePosition
from fedqi.benchmarking.crude_result import CrudeResult
from fedqi.benchmarking.result import Result, collect_positions
from fedqi.measures import ALL_PERIODS, Cell, Measure, parse_measure
from fedqi.stats import adjusted_rate, rate_funnel_limits, rate_interval, rate_overdispersion
from tests.unit.benchmarking.collaborative import run_counts, summary_of, whole
from tests.unit.commands.files import counted
from tests.unit.commands.files import fedqi as command

SITES = [(f"s{i:02}", (7 * i) % 11 + 2, 400 + 90 * i) for i in range(20)]


def rate(direction: str = "lower") -> Measure:
    content = {
        "fedqi": 1,
        "id": "m",
        "version": "1.0.0",
        "title": "Falls",
        "direction": direction,
        "scoring": "rate",
        "dataset": {"columns": {"r": {"type": "integer"}, "n": {"type": "integer"}}},
        "numerator": {"sum": "r"},
        "exposure": {"sum": "n"},
    }
    return parse_measure(content)


def figures(result: Result, period: str = ALL_PERIODS) -> CrudeResult:
    found: CrudeResult = result.find("m", period).analyses["crude"]
    return found


def pooled(sites: list[tuple[str, int, int]]) -> float:
    return sum(r for _, r, _ in sites) / sum(n for _, _, n in sites)


def test_released_figures_are_those_of_the_pooled_sites() -> None:
    _, result = run_counts(rate(), whole(SITES))
    found, theta = figures(result), pooled(SITES)
    around = sum((r - n * theta) ** 2 / n for _, r, n in SITES)
    direct = rate_overdispersion(
        len(SITES),
        sum(r for _, r, _ in SITES),
        sum(n for _, _, n in SITES),
        around,
        sum(n * n for _, _, n in SITES),
    )
    assert found.rate == pytest.approx(theta)
    assert found.phi == pytest.approx(direct.phi, rel=1e-5)
    assert found.tau2 == pytest.approx(direct.tau2, rel=1e-4)
    assert found.ratio is None
    assert found.prior is not None and found.minimum_volume is not None
    assert found.minimum_volume / (found.minimum_volume + found.prior[1]) == pytest.approx(0.7)


def test_a_small_group_is_summed_coarsely_and_near() -> None:
    few = SITES[:8]
    exact = sum((r - n * pooled(few)) ** 2 / n for _, r, n in few) / pooled(few) / len(few)
    _, result = run_counts(rate(), whole(few))
    assert figures(result).phi == pytest.approx(exact, abs=0.1)


def own(site: str, measure: Measure, cell: Cell) -> CrudePosition:
    rehearsal, _ = run_counts(measure, whole(SITES))
    summaries = {"m": summary_of(measure, {ALL_PERIODS: cell})}
    (position,) = collect_positions(rehearsal.plan, rehearsal.outcome.state, summaries, site)
    found: CrudePosition = position.analyses["crude"]
    return found


def test_a_position_has_its_interval_limits_and_shrunken_rate() -> None:
    found = own("s03", rate(), Cell(2, 670))
    assert found.estimate == pytest.approx(2 / 670)
    assert found.interval == rate_interval(2, 670)
    limits = rate_funnel_limits(670, pooled(SITES), 0.95)
    assert found.funnel is not None
    assert found.funnel.limits["0.95"] == pytest.approx((limits.lower, limits.upper))
    low, high = sorted((2 / 670, pooled(SITES)))
    assert found.shrunken is not None and low <= found.shrunken <= high
    assert found.band == "as expected"


@pytest.mark.parametrize(
    ("cell", "direction", "band"),
    [
        (Cell(90, 670), "lower", "review"),
        (Cell(90, 670), "higher", "exemplary"),
        (Cell(900, 670), "lower", "review"),
        (Cell(9, 24), "lower", "insufficient"),
    ],
)
def test_bands(cell: Cell, direction: str, band: str) -> None:
    assert own("s03", rate(direction), cell).band == band


def test_without_events_nobody_stands_out() -> None:
    none = [(site, 0, n) for site, _, n in SITES]
    rehearsal, result = run_counts(rate(), whole(none))
    found = figures(result)
    assert (found.rate, found.phi, found.tau2, found.prior) == (0, 0, 0, None)
    assert found.minimum_volume is None
    summaries = {"m": summary_of(rate(), {ALL_PERIODS: Cell(0, 400)})}
    (position,) = collect_positions(rehearsal.plan, rehearsal.outcome.state, summaries, "s00")
    crude: CrudePosition = position.analyses["crude"]
    assert (crude.z, crude.z_adjusted, crude.shrunken, crude.band) == (0, 0, 0, "as expected")
    assert crude.interval is not None and crude.interval.upper > 0


def test_more_events_than_exposure_are_a_rate() -> None:
    many = [(site, 3 * n, n) for site, _, n in SITES]
    _, result = run_counts(rate(), whole(many))
    assert figures(result).rate == pytest.approx(3)


def test_periods_and_all_of_them() -> None:
    counts = {s: {"2020-01": Cell(r, n), "2020-02": Cell(2 * r, n)} for s, r, n in SITES}
    _, result = run_counts(rate(), counts)
    january, both = figures(result, "2020-01"), figures(result)
    assert january.rate == pytest.approx(pooled(SITES))
    assert both.rate == pytest.approx(1.5 * pooled(SITES))


def test_from_a_file_to_words(tmp_path: Path) -> None:
    path = tmp_path / "counts.csv"
    path.write_text("hospital,r,n\n" + "".join(f"{s},{r},{n}\n" for s, r, n in SITES), "utf-8")
    definition = counted(tmp_path, scoring="rate", denominator=None, exposure={"sum": "n"})
    done = command("benchmark", definition, "--data", path, "--site-column", "hospital")
    events, exposure = sum(r for _, r, _ in SITES), sum(n for _, _, n in SITES)
    told = f"{events} events in an exposure of {exposure:,} ({pooled(SITES):.4g} per unit)"
    assert f"{told} at 20 sites" in done.output
    run = fedqi.benchmark(fedqi.load_measure(definition), fedqi.split(path, by="hospital"))
    assert run.site("s04").position().analyses["crude"].estimate == pytest.approx(8 / 760)
    pytest.importorskip("jinja2")
    run.site("s04").report(tmp_path / "s04.html")
    assert "per 1,000" in (tmp_path / "s04.html").read_text("utf-8")


@pytest.mark.parametrize("direction", ["lower", "higher"])
def test_the_benchmark_is_the_rate_of_the_best_bin_of_sites(direction: str) -> None:
    rehearsal, result = run_counts(rate(direction), whole(SITES))
    found, theta = figures(result), pooled(SITES)
    assert found.histogram is not None and found.benchmark is not None
    assert sum(found.histogram.sites) == len(SITES)
    assert min(found.histogram.sites) >= rehearsal.plan.parts[0].subject.minimum
    best = sorted(SITES, key=lambda s: adjusted_rate(s[1], s[2], theta))
    count = found.benchmark.sites
    best = best[:count] if direction == "lower" else best[-count:]
    assert found.benchmark.method == "better half"
    assert found.benchmark.value == pytest.approx(pooled(best))


@pytest.mark.parametrize("direction", ["lower", "higher"])
def test_percentiles_and_gap_of_a_rate(direction: str) -> None:
    rehearsal, result = run_counts(rate(direction), whole(SITES))
    found = figures(result)
    assert found.histogram is not None and found.benchmark is not None
    placed = [0] * len(found.histogram.sites)
    for site, r, n in SITES:
        summaries = {"m": summary_of(rate(direction), {ALL_PERIODS: Cell(r, n)})}
        (position,) = collect_positions(rehearsal.plan, rehearsal.outcome.state, summaries, site)
        crude: CrudePosition = position.analyses["crude"]
        assert crude.percentile_band is not None and crude.gap is not None
        below = sum(found.histogram.sites) * crude.percentile_band[0] / 100
        sizes = [sum(found.histogram.sites[:k]) for k in range(len(placed))]
        placed[sizes.index(round(below))] += 1
        more = r - found.benchmark.value * n
        assert crude.gap == pytest.approx(max(0, more if direction == "lower" else -more))
    assert tuple(placed) == found.histogram.sites
