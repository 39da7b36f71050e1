"""Which chart a series gets, and what its rules are called."""

from dataclasses import replace

import pytest

from fedqi.benchmarking.crude_position import CrudePosition
from fedqi.benchmarking.crude_result import CrudeResult
from fedqi.benchmarking.result import MeasureResult, Position, Result
from fedqi.reports.data_basic import SeriesPoint
from fedqi.reports.own_series import persistence_of, series_of
from fedqi.reports.series_chart import chart_of
from fedqi.reports.series_figure import describe, series_figure
from fedqi.reports.series_words import reading
from fedqi.stats import p_prime_chart, u_prime_chart, xmr_chart
from tests.unit.reports.reported import falls, measure, monthly, standardised

COUNTS = [31, 28, 40, 25, 33, 36, 29, 44, 30, 27, 35, 38]
SIZES = [100, 120, 90, 100, 110, 130, 95, 105, 100, 85, 115, 125]
POINTS = tuple(
    SeriesPoint(f"2020-{i + 1:02}", r, n)
    for i, (r, n) in enumerate(zip(COUNTS, SIZES, strict=True))
)


def test_each_kind_of_series_has_its_chart() -> None:
    proportion, rate = chart_of("proportion", POINTS), chart_of("rate", POINTS)
    ratio, value = chart_of("ratio", POINTS), chart_of("value", POINTS)
    assert proportion and rate and ratio and value
    assert proportion.upper == p_prime_chart(COUNTS, SIZES).upper
    assert rate.upper == ratio.upper == u_prime_chart(COUNTS, SIZES).upper
    plain = xmr_chart([r / n for r, n in zip(COUNTS, SIZES, strict=True)])
    assert value.lower == (plain.lower,) * 12
    assert chart_of("proportion", POINTS[:11]) is None


def test_the_figure_says_what_is_charted() -> None:
    rates = falls(series=POINTS)
    assert "falls per 1,000 bed days" in str(series_figure(rates, "s"))
    ratios = replace(standardised(), series=POINTS, series_kind="ratio")
    assert "observed / expected" in str(series_figure(ratios, "s"))
    assert "lowest 0.23" in describe(ratios)
    values = replace(measure(), series=POINTS, series_kind="value", scale="mean", unit="days")
    assert "mean, in days" in str(series_figure(values, "s"))
    assert "your mean 0.31" in str(series_figure(values, "s"))


def test_worse_depends_on_the_direction() -> None:
    rising = monthly([0.2, 0.22] * 6 + [0.6])
    assert "for the worse" in reading(measure(series=rising))
    assert "for the better" in reading(measure(series=rising, direction="higher"))
    assert "Ask what changed" in reading(measure(series=rising, direction="none"))


def test_old_signals_are_counted_and_not_listed() -> None:
    many = monthly(([0.2, 0.22] * 8 + [0.6]) * 4)
    assert "and 5 earlier" in reading(measure(series=many))


def position(period: str, observed: int, band: str, expected: float | None = None) -> Position:
    detail = CrudePosition(band, "rate", expected=expected)
    return Position("hf", "1", period, "a", observed, 100, {"crude": detail})


def released(*periods: str) -> Result:
    detail = {"crude": CrudeResult(rate=0.2)}
    return Result(
        tuple(MeasureResult("hf", "1", p, 9, 9, 180, 900, ("a",), "", detail) for p in periods)
    )


def test_a_ratio_is_charted_where_every_period_has_an_expectation() -> None:
    periods = ("2020-01", "2020-02", "all")
    series = [position(p, 20, "review", 16.0) for p in periods]
    kind, points = series_of(standardised(), series, released(*periods))
    assert kind == "ratio"
    assert [point.value for point in points] == [1.25, 1.25]
    assert points[0].network_rate == 1.0
    series[0] = position("2020-01", 20, "review")
    kind, points = series_of(standardised(), series, released(*periods))
    assert kind == "proportion"
    assert (points[0].value, points[0].network_rate) == (0.2, 0.2)


def test_one_period_is_no_series() -> None:
    only = [position("2020-01", 20, "review"), position("all", 20, "review")]
    assert series_of(measure(), only, released("2020-01", "all"))[1] == ()


@pytest.mark.parametrize(
    ("bands", "found"),
    [
        (["review", "as expected", "review", "insufficient"], (2, 3)),
        (["review", "review"], None),
        (["review"] + ["as expected"] * 12, (0, 12)),
        ([], None),
    ],
)
def test_persistence_counts_the_last_judged_periods(
    bands: list[str], found: tuple[int, int] | None
) -> None:
    series = [position(f"2020-{i:02}", 20, band) for i, band in enumerate(bands)]
    told = persistence_of(measure(measure="hf"), series, released("all"))
    assert (told and (told.beyond, told.periods)) == found
