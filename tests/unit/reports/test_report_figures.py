import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from fedqi.reports import render_report
from fedqi.reports.data_basic import Funnel, Histogram, Target
from fedqi.reports.data_model import RatioFunnel
from fedqi.reports.forest_figure import forest_figure, forest_rows, readable_ticks
from fedqi.reports.funnel_figure import funnel_figure, ratio_funnel_figure
from fedqi.reports.funnel_view import grid, rate_curves, ratio_curves, ratio_view
from fedqi.reports.histogram_figure import edge_words, histogram_figure, own_bin
from fedqi.reports.numbers import count, decimal, plenty, two_sided
from fedqi.reports.series_figure import series_figure
from fedqi.reports.series_words import month_words, reading
from fedqi.reports.style import spread
from fedqi.reports.tables import NONE, comparisons, overview
from fedqi.reports.titles import common_words
from fedqi.stats import (
    adjusted_limits,
    adjusted_rate_limits,
    adjusted_ratio_limits,
    funnel_limits,
    rate_funnel_limits,
    ratio_funnel_limits,
)
from tests.unit.reports.reported import adjusted, falls, measure, monthly, report, standardised


@pytest.mark.parametrize("tau2", [0.0, 0.0005])
def test_the_drawn_limits_are_those_of_the_position(tau2: float) -> None:
    sizes = np.array([50.0, 638.0])
    low, high = rate_curves(measure(), Funnel(0.2, (0, 1), (0, 1), tau2), sizes, 0.95)
    own = adjusted_limits(638, 0.2, 0.95, tau2) if tau2 else funnel_limits(638, 0.2, 0.95)
    assert (low[1], high[1]) == pytest.approx((own.lower, own.upper))


@pytest.mark.parametrize("tau2", [0.0, 0.0005])
def test_the_limits_of_a_rate_are_those_of_its_position(tau2: float) -> None:
    sizes = np.array([500.0, 6380.0])
    low, high = rate_curves(falls(), Funnel(0.005, (0, 1), (0, 1), tau2), sizes, 0.95)
    own = (
        adjusted_rate_limits(6380, 0.005, 0.95, tau2)
        if tau2
        else rate_funnel_limits(6380, 0.005, 0.95)
    )
    assert (low[1], high[1]) == pytest.approx((own.lower, own.upper))


def test_the_limits_of_a_ratio_are_exact_or_allow_for_differences() -> None:
    sizes = np.array([5.5, 33.25])
    low, high = ratio_curves(RatioFunnel(33.25, (0, 2), (0, 2)), sizes, 0.95)
    exact = ratio_funnel_limits(33.25, 0.95)
    assert (low[1], high[1]) == pytest.approx((exact.lower, exact.upper))
    low, high = ratio_curves(RatioFunnel(33.25, (0, 2), (0, 2), tau2=0.01), sizes, 0.998)
    wide = adjusted_ratio_limits(33.25, 0.998, 0.01)
    assert (low[1], high[1]) == pytest.approx((wide.lower, wide.upper))


def test_the_funnel_of_ratios_stands_over_the_expected_events() -> None:
    view = ratio_view(standardised())
    assert view is not None
    assert view.own_size == 141.8
    assert view.sizes[0] < 141.8 < view.sizes[-1]
    picture = str(ratio_funnel_figure(standardised(), "r"))
    assert "your hospital 1.28" in picture
    assert "events expected of patients like yours" in picture
    assert ratio_funnel_figure(measure(), "r") is None


def test_the_funnel_of_a_rate_says_its_exposure() -> None:
    picture = str(funnel_figure(falls(), "f"))
    assert "falls per 1,000 bed days" in picture
    assert "your hospital 5.8" in picture


@pytest.mark.parametrize("size", [1, 2, 12, 638, 10_000_000])
def test_the_sizes_drawn_hold_the_own_one(size: int) -> None:
    sizes = grid(size)
    assert sizes[0] >= 1
    assert sizes[0] <= size <= sizes[-1]
    assert (np.diff(sizes) > 0).all()


def test_the_funnel_shows_every_comparator() -> None:
    picture = str(funnel_figure(measure(targets=(Target("national target", 0.18),)), "f"))
    for words in ("your hospital 28.5", "network 20.0", "benchmark 15.0", "national target 18.0"):
        assert words in picture
    assert funnel_figure(measure(funnel=None), "f") is None


def test_labels_in_the_margin_keep_apart() -> None:
    placed = spread([5.0, 5.1, 5.2, 39.9, 40.0], 2.0, 0.0, 40.0)
    assert all(b - a >= 2.0 - 1e-9 for a, b in pairwise(placed))
    assert placed[-1] <= 40.0
    assert spread([1.0, 9.0], 2.0, 0.0, 10.0) == [1.0, 9.0]


def test_pictures_keep_their_words_as_text_and_their_ids_apart() -> None:
    picture = str(histogram_figure(measure(), "own"))
    assert "<text" in picture
    assert "xmlns" not in picture
    assert all(name.startswith("own-") for name in re.findall(r'id="([^"]+)"', picture))


def test_the_forest_uses_rates_where_one_ratio_is_missing() -> None:
    both = [adjusted(1.28, 2.0), measure(title="B")]
    assert forest_rows(both)[0].value == pytest.approx(182 / 638 / 0.2)
    assert forest_rows(both[:1])[0].value == 1.28
    assert "not adjusted" in str(forest_figure(both, "f"))
    assert forest_figure(both[:1], "f") is None


def test_the_forest_survives_nothing_seen() -> None:
    none = measure(0, 0, band="insufficient", title="Nobody")
    zero = measure(0, 41, title="Zero")
    assert "no ratio" in str(forest_figure([none, zero, measure()], "f"))


def test_one_is_always_a_tick() -> None:
    ticks = readable_ticks(0.6, 1.8)
    assert 1.0 in ticks
    assert ticks == sorted(ticks)
    assert all(0.6 <= tick <= 1.8 for tick in ticks)


def test_the_series_names_what_stands_out() -> None:
    outlier = measure(series=monthly([0.2, 0.22] * 8 + [0.6, 0.21]))
    assert "May 2017: above the upper limit" in reading(outlier)
    assert "stable" in reading(measure(series=monthly([0.2, 0.22, 0.21] * 6)))
    run = measure(
        series=monthly([0.2, 0.22] * 6 + [0.19, 0.18, 0.19, 0.18, 0.19, 0.18, 0.19, 0.18])
    )
    assert "Jan 2017 to Aug 2017: seven or more in a row below your mean" in reading(run)
    assert "for the better" in reading(run)


def test_a_short_series_has_no_limits() -> None:
    short = measure(series=monthly([0.2, 0.22]))
    assert "limits would not hold yet" in reading(short)
    assert "upper limit" not in str(series_figure(short, "s"))
    assert series_figure(measure(series=monthly([0.2])), "s") is None


def test_months_are_written_out() -> None:
    assert month_words("2017-01") == "Jan 2017"
    assert month_words("2017-Q1") == "2017-Q1"


@pytest.mark.parametrize(("rate", "own"), [(0.0, 0), (0.17, 1), (0.209, 1), (0.21, 2), (1.0, 2)])
def test_the_own_bin(rate: float, own: int) -> None:
    assert own_bin(Histogram((0.0, 0.17, 0.21, 1.0), (8, 8, 8)), rate) == own


def test_outer_bins_are_open() -> None:
    found = Histogram((0.0, 0.17, 0.21, 1.0), (8, 8, 8))
    assert [edge_words(measure(), found, i) for i in range(3)] == [
        "below 17.0",
        "from 17.0 to 21.0",
        "from 21.0 up",
    ]


def test_a_hospital_outside_the_cohort_is_not_among_the_counted() -> None:
    assert str(histogram_figure(measure(), "h")).count(">you<") == 1
    assert "without you" not in render_report(report(measure()))
    assert "the counts are without you" in render_report(report(measure(in_cohort=False)))


def test_the_overview_has_ratios_only_if_all_have() -> None:
    assert overview([adjusted(1.28, 2.0)]).rows[0].cells[2:] == ("142.2", "1.28", "1.15 to 1.41")
    mixed = overview([adjusted(1.28, 2.0), measure(0, 0, band="insufficient")])
    assert mixed.rows[1].cells[3] == NONE
    assert "rate" in overview([adjusted(1.28, 2.0), measure()]).headings


def test_comparators_that_nobody_has_are_left_out() -> None:
    assert "target" not in comparisons([measure()]).headings
    shown = comparisons([measure(), measure(0, 0)])
    assert len(shown.rows) == 1
    assert len(shown.rows[0][1]) == len(shown.headings)


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.8, "more than half"),
        (0.31, "about 3 in 10"),
        (0.1, "about 1 in 10"),
        (0.0255, "about 1 in 40"),
        (0.002, "about 1 in 500"),
        (0.0001, "fewer than 1 in 1,000"),
    ],
)
def test_probabilities_as_odds(share: float, words: str) -> None:
    assert plenty(share) == words


def test_numbers_for_people() -> None:
    assert count(46_315_223) == "46,315,223"
    assert decimal(-0.04) == "0.0"
    assert decimal(-1.27, 2) == "−1.27"
    assert two_sided(1.959964) == pytest.approx(0.05, abs=1e-6)


def test_titles_share_only_whole_words_and_keep_one_each() -> None:
    assert common_words(["a b c", "a b d"]) == ["a", "b"]
    assert common_words(["a b", "a b c"]) == []
    assert common_words(["a b c"]) == []
    assert common_words(["x y", "z y"]) == []


def contrast(first: str, second: str) -> float:
    """Contrast as the web content accessibility guidelines define it."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted([luminance(first), luminance(second)], reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_every_text_colour_stands_out() -> None:
    from fedqi.reports import render, style

    sheet = (Path(render.__file__).parent / "templates" / "style.css").read_text()
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", sheet))
    for name in ("ink", "soft", "own", "aim"):
        assert contrast(colours[name], "#ffffff") >= 4.5
        assert contrast(colours[name], colours["wash"]) >= 4.5
    for colour in (style.OWN, style.NETWORK, style.AIM, style.MUTED, style.INK):
        assert contrast(colour, "#ffffff") >= 4.5
    assert contrast(style.OWN, style.INNER) >= 4.5
