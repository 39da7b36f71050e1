"""What lies behind a mean or a composite: what is read, what is drawn, what the CSV says."""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from io import StringIO
from xml.etree import ElementTree

import pytest

from fedqi.reports.completeness_words import completeness_words, share_words
from fedqi.reports.components_figure import components_figure
from fedqi.reports.data import MeasureReport
from fedqi.reports.data_basic import PeriodBand, Persistence, band_name
from fedqi.reports.data_parts import Answers, Distribution, ItemAnswers, Share
from fedqi.reports.distribution_figure import describe, distribution_figure
from fedqi.reports.distribution_view import distribution_view
from fedqi.reports.export import report_csv
from fedqi.reports.items_figure import group_words, ink_on, items_figure, shade
from fedqi.reports.persistence_figure import persistence_figure
from fedqi.reports.persistence_words import persistence_words
from fedqi.reports.render import render_report
from tests.unit.reports import collaborative
from tests.unit.reports.reported import measure
from tests.unit.reports.test_report_means import days, page, reported, run


def figures(name: str, site: str = "h00") -> dict[str, list[str]]:
    """Return figure -> value, lower, upper of all periods, as the CSV has them."""
    rows = csv.DictReader(StringIO(report_csv(reported(name, site))))
    return {
        f"{row['figure']} {row['upper']}" if row["figure"] == "network values" else row["figure"]: [
            row["value"], row["lower"], row["upper"]
        ]
        for row in rows
        if row["period"] == "all"
    }  # fmt: skip


def mine(name: str, site: str = "h00") -> list[collaborative.Row]:
    return [row for row in collaborative.rows(name) if row["hospital"] == site]


def test_the_distribution_holds_every_value_of_all_hospitals() -> None:
    found = page("stays").distribution
    assert found is not None
    counted = Counter()  # type: Counter[int]
    for value in days():
        counted[next(i for i, edge in enumerate(found.edges[1:]) if value <= edge)] += 1
    assert found.counts == tuple(counted[i] for i in range(len(found.counts)))
    told = figures("stays")
    assert sum(int(v[0]) for name, v in told.items() if name.startswith("network values")) == 5402


def test_the_median_lies_in_the_bin_of_the_true_one() -> None:
    found = page("stays").distribution
    assert found is not None
    true = sorted(days("h00"))[len(days("h00")) // 2]
    own = found.own[found.shares.index(0.5)]
    assert true - 1 <= own <= true + 1
    assert float(figures("stays")["quantile 0.5"][0]) == own


def test_the_share_beyond_the_limit_is_exact_at_an_edge_of_the_grid() -> None:
    true = sum(value > 14 for value in days("h00")) / len(days("h00"))
    network = sum(value > 14 for value in days()) / len(days())
    (share,) = page("stays").shares
    assert share.own == pytest.approx(true)
    assert share_words(page("stays"), share) == (
        f"Above 14 days: {100 * true:.1f} % of your stays; in the network {100 * network:.1f} %."
    )
    assert float(figures("stays")["share above 14 days"][0]) == share.own


def test_responders_are_those_of_the_rows() -> None:
    own = mine("knees")
    true = sum(row["after"] - row["before"] >= 7 for row in own) / len(own)
    (share,) = page("knees").shares
    assert share.own == pytest.approx(true)
    assert share.interval is not None and share.interval.lower < true < share.interval.upper
    assert share_words(page("knees"), share).startswith(
        f"At least 7 points higher than before: {100 * true:.1f} % of your operated knees ("
    )


def test_a_share_read_off_a_bin_says_between_what_it_lies() -> None:
    rough = Share("above 9 days", None, 0.2, network_range=(0.15, 0.25))
    assert share_words(measure(patients="stays"), rough) == (
        "Above 9 days: not known of your stays; in the network 20.0 %, for certain between 15.0 "
        "and 25.0 %."
    )


def test_the_response_rate_is_that_of_the_rows_and_opens_the_page() -> None:
    own = mine("voices")
    answered = sum(row["kind"] != "" for row in own)
    told = completeness_words(page("voices"))
    share = f"{100 * answered / len(own):.1f}"
    assert told == (
        f"Response: {answered} of your {len(own)} questionnaires came back with a score "
        f"({share} %; in the network 74.6 %)."
    )
    whole = render_report(reported("voices"))
    assert 0 < whole.index(told) < whole.index("<h1>")
    assert completeness_words(measure()) is None


def test_the_cases_to_be_expected_open_the_page() -> None:
    own = mine("register")
    expected = len(own) + sum(row["smoker"] == "true" for row in own)
    told = render_report(reported("register"))
    words = f"{len(own)} of {expected} heart-attack patients that were to be expected"
    assert 0 < told.index(words) < told.index("<h1>")
    found = figures("register")
    assert (found["cases found"][0], float(found["cases expected"][0])) == (str(len(own)), expected)
    assert page("whole").ascertainment is None


def test_quantiles_of_a_handful_are_not_drawn() -> None:
    found = page("stays", "h19").distribution
    assert found is not None
    assert (found.own, len(found.network)) == ((), 5)


def test_items_have_the_answers_of_the_rows_in_the_released_groups() -> None:
    kind = page("voices").items[0]
    assert kind.label == "kind"
    assert kind.own is not None and kind.network is not None
    answers = [row["kind"] for row in mine("voices") if row["kind"] != ""]
    assert kind.groups == ((1, 2), (3, 3), (4, 4), (5, 5))
    assert kind.own.counts == tuple(
        sum(first <= each <= last for each in answers) for first, last in kind.groups
    )
    assert kind.own.mean == pytest.approx(sum(answers) / len(answers))
    assert figures("voices")["answers 1 to 2: kind"][0] == str(kind.own.counts[0])
    assert figures("voices")["network answers 5: kind"][0] == str(kind.network.counts[3])


def test_components_are_those_of_the_rows() -> None:
    due = [row for row in mine("whole") if row["smoker"] == "true"]
    advised = sum(row["advice"] == "true" for row in due)
    found = page("whole").components[2]
    assert (found.label, found.size) == ("advice to stop smoking", len(due))
    assert found.own == pytest.approx(advised / len(due))
    everyone = [row for row in collaborative.rows("whole") if row["smoker"] == "true"]
    network = sum(row["advice"] == "true" for row in everyone) / len(everyone)
    assert found.network == pytest.approx(network)
    assert float(figures("whole")["component advice to stop smoking"][0]) == found.own


@pytest.mark.parametrize("name", ["stays", "knees", "voices", "whole", "chances"])
def test_no_page_knows_a_figure_of_another_hospital(name: str) -> None:
    """A page is a function of the released totals and the own position alone."""
    made = run(name)
    others = [str(site) for site in made.cohort if site != "h00"]
    text = report_csv(reported(name)) + render_report(reported(name))
    assert not [site for site in others if re.search(rf"\b{site}\b", text)]
    for site in others:
        estimate = made.site(site).position().analyses["crude"].estimate
        # A round figure may be there by chance.
        assert len(repr(estimate)) < 8 or repr(estimate) not in text


GRID = Distribution((0, 1, 2, 4, 100), (20, 42, 37, 1), (0.1, 0.5, 0.9), (1.2, 2, 3), (1, 2, 4))


def test_a_thin_tail_is_cut_off_and_told() -> None:
    view = distribution_view(GRID)
    assert list(view.edges) == [0, 1, 2, 4]
    assert view.densities == pytest.approx((0.2, 0.42, 0.185))
    assert (view.below, view.above) == (0, 0.01)
    assert "1.0 % above 4" in str(distribution_figure(measure(distribution=GRID), "d"))


def test_what_is_pointed_at_is_never_cut_off() -> None:
    assert distribution_view(replace(GRID, limit=50.0)).edges[-1] == 100
    assert distribution_view(replace(GRID, own=(1, 2, 4.5))).edges[-1] == 100
    low = Distribution((-100, -4, -2, -1), (1, 60, 39), (0.5,), (-3.0,), (-3.5,))
    assert list(distribution_view(low).edges) == [-4, -2, -1]
    assert distribution_view(low).below == 0.01


def test_the_distribution_is_told_in_words() -> None:
    own = measure(scale="mean", unit="days", distribution=replace(GRID, limit=3.0), interval=None)
    assert describe(own, replace(GRID, limit=3.0)) == (
        "All hospitals: 10 of 100 up to 1.2; 50 of 100 up to 2.0; 90 of 100 up to 3.0 days. "
        "Your hospital: 10 of 100 up to 1.0; 50 of 100 up to 2.0; 90 of 100 up to 4.0 days. "
        "The dashed line is the limit of 3 days."
    )
    assert distribution_figure(measure(), "d") is None


def luminance(colour: Sequence[float]) -> float:
    parts = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))


@pytest.mark.parametrize("most", [2, 4, 5, 7, 10])
@pytest.mark.parametrize("reverse", [False, True])
def test_every_percentage_in_a_bar_can_be_read(most: int, reverse: bool) -> None:
    groups = tuple((answer, answer) for answer in range(most + 1))
    item = ItemAnswers("q", groups, None, None, reverse)
    for place in range(most + 1):
        face = shade(item, place)
        ink = (1, 1, 1) if ink_on(face) == "white" else (0x1B / 255, 0x27 / 255, 0x33 / 255)
        light, dark = sorted((luminance(face), luminance(ink)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_the_better_answer_is_the_darker() -> None:
    groups = ((1, 2), (3, 3), (4, 5))
    plain = [sum(shade(ItemAnswers("q", groups, None, None), i)) for i in range(3)]
    turned = [sum(shade(ItemAnswers("q", groups, None, None, reverse=True), i)) for i in range(3)]
    assert plain == sorted(plain, reverse=True)
    assert turned == sorted(turned)
    assert [group_words(group) for group in groups] == ["1 to 2", "3", "4 to 5"]


def test_an_item_that_too_few_answered_says_so() -> None:
    item = ItemAnswers("pain relieved", ((1, 1), (2, 2)), Answers(1.5, (4, 4)), None)
    drawn = str(items_figure(measure(items=(item,)), "i"))
    assert "all: too few answers" in drawn
    assert "mean 1.50 of 8 answers (1: 50 %, 2: 50 %); all hospitals no answers to show" in drawn


def test_a_component_nobody_was_due_says_so() -> None:
    rows = (Share("advice", None, 0.6, size=0), Share("aspirin", 0.9, None, size=30))
    drawn = str(components_figure(measure(components=rows), "c"))
    assert "nobody was due it" in drawn
    assert "all hospitals not released" in drawn


@pytest.mark.parametrize("name", ["stays", "voices", "whole"])
def test_every_picture_has_a_title_and_a_description(name: str) -> None:
    html = render_report(reported(name))
    for markup in re.findall(r"<svg.*?</svg>", html, re.DOTALL):
        root = ElementTree.fromstring(markup)
        assert [child.tag for child in root][:2] == ["title", "desc"]
        assert all(root[i].text for i in (0, 1))


def banded(*bands: str) -> MeasureReport:
    found = tuple(PeriodBand(f"2024-{i + 1:02}", band_name(b)) for i, b in enumerate(bands))
    return measure(bands=found)


def test_the_strip_has_one_mark_a_period() -> None:
    drawn = str(persistence_figure(banded("review", "as expected", "insufficient"), "p"))
    assert "Jan 2024 Review, Feb 2024 As expected, Mar 2024 Too few data." in drawn
    assert persistence_figure(banded("review"), "p") is None


def test_persistence_in_words() -> None:
    told = persistence_words(
        measure(patients="stays", persistence=Persistence(3, 12, 0.003, flagged=9, returned=8))
    )
    assert told == (
        "In 3 of the last 12 periods with enough stays your hospital was to review. A hospital "
        "that is as expected throughout would be there at least as often with a probability of "
        "about 1 in 350. In the network, of 9 times that a hospital was to review, it was no "
        "longer so in the next period 8 times (89 %)."
    )
    calm = persistence_words(measure(patients="stays", persistence=Persistence(0, 5, 1.0)))
    assert calm == "In none of the last 5 periods with enough stays your hospital was to review."
    assert persistence_words(measure()) is None


def test_the_page_and_the_csv_agree_on_persistence() -> None:
    own = page("stays")
    assert own.persistence is not None
    assert own.persistence.beyond == sum(each.band == "review" for each in own.bands)
    assert figures("stays")["periods to review"][0] == str(own.persistence.beyond)
    position = run("stays").site("h00").position().analyses["crude"].persistence
    assert (own.persistence.beyond, own.persistence.periods) == (position.flagged, position.judged)
    assert own.persistence.by_chance == position.by_chance


def test_a_hospital_with_few_patients_has_a_page_of_every_kind() -> None:
    for name in ("stays", "knees", "voices", "whole", "chances"):
        assert page(name, "h19").measure == name
        assert render_report(reported(name, "h19")).endswith("</html>")
