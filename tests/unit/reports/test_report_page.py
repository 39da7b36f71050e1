import re
import sys
from dataclasses import replace
from html.parser import HTMLParser

import pytest

import fedqi.reports
from fedqi.errors import ConfigurationError
from fedqi.reports import render_index, render_report
from fedqi.reports.data import ReportData
from fedqi.reports.data_basic import Persistence, Target
from fedqi.reports.data_model import Absent
from fedqi.reports.data_parts import Ascertainment
from tests.unit.reports.reported import (
    FAILED,
    adjusted,
    everything,
    falls,
    hierarchical,
    measure,
    monthly,
    report,
    standardised,
)

VOID = {"meta", "link", "br", "img", "hr", "input"}

HOSTILE = '<script>alert("x")</script> & \'"'


class Page(HTMLParser):
    """Checks nesting and ids while it reads."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.ids: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.described: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append((tag, found))
        if "id" in found:
            self.ids.append(str(found["id"]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] == ["desc"]:
            self.described.append(data)
        elif "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))

    def attributes(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


SPECIAL = {
    "rate": report(falls()),
    "standardised": report(standardised()),
    "hierarchical": report(hierarchical()),
    "all analyses": report(hierarchical(), measure(measure="b", title="B"), standardised()),
    "failed": report(replace(measure(), readings=(FAILED, *hierarchical().readings[:1]))),
    "absent": report(absent=(Absent("Stroke", "Not released: too few hospitals."),)),
    "everything": everything(),
    "tiny": report(measure(3, 12, band="insufficient", benchmark=None, gap=None)),
    "nobody": report(measure(0, 0, band="insufficient", funnel=None, z=None, z_adjusted=None)),
    "no events": report(measure(0, 41, band="as expected")),
    "only events": report(measure(41, 41)),
    "outside": report(measure(in_cohort=False)),
    "no network": report(
        measure(
            network_rate=None, funnel=None, histogram=None, benchmark=None, gap=None,
            z=None, z_adjusted=None, phi=None, shrunken=None, reliability=None,
            percentile_band=None, band="as expected",
        )
    ),
    "trend": report(measure(series=monthly([0.2, 0.22] * 18))),
    "short trend": report(measure(series=monthly([0.2, 0.22]))),
    "mixed": report(adjusted(1.1, 0.4, band="as expected"), measure(measure="b", title="B")),
    "long titles": report(
        measure(title="Readmission within 30 days after heart failure"),
        measure(title="Readmission within 30 days after chronic obstructive pulmonary disease"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("data", SPECIAL.values(), ids=SPECIAL.keys())
def test_every_special_case_gives_a_well_formed_self_contained_page(data: ReportData) -> None:
    text = render_report(data)
    page = Page(text)
    assert len(page.ids) == len(set(page.ids))
    assert "://" not in text
    for tag, attributes in page.tags:
        assert tag not in {"script", "link", "img", "iframe", "object"}
        for name, value in attributes.items():
            assert not name.startswith("on")
            if name in {"href", "src"}:
                assert str(value).startswith("#")
    for target in re.findall(r"url\(#([^)]+)\)", text) + re.findall(r'href="#([^"]+)"', text):
        assert target in page.ids
    assert not re.search(r"@import|url\((?!#)", text)
    assert not re.search(r"\b(nan|inf|None(?! of))\b", page.text)


@pytest.mark.parametrize("data", SPECIAL.values(), ids=SPECIAL.keys())
def test_every_figure_has_a_text_alternative(data: ReportData) -> None:
    page = Page(render_report(data))
    pictures = page.attributes("svg")
    assert len(page.attributes("desc")) == len(pictures)
    for picture in pictures:
        assert picture["role"] == "img"
        assert {picture["aria-labelledby"], picture["aria-describedby"]} <= set(page.ids)
    assert all(len(told) > 40 for told in page.described)
    assert len(page.attributes("figure")) == len(page.attributes("figcaption")) == len(pictures)


def test_what_failed_or_is_not_shown_is_said() -> None:
    assert "no maximum was found" in Page(render_report(SPECIAL["failed"])).text
    assert "Stroke Not released: too few hospitals." in Page(render_report(SPECIAL["absent"])).text


def test_what_scrolls_can_be_reached_by_keyboard_and_has_a_name() -> None:
    page = Page(render_report(report(hierarchical())))
    scrolled = [a for a in page.attributes("div") if "scroll" in str(a.get("class"))]
    assert scrolled
    assert all(a["tabindex"] == "0" and a["role"] == "region" for a in scrolled)
    assert all(a["aria-label"] for a in scrolled)


def test_a_risk_model_has_an_appendix_and_a_plain_measure_has_none() -> None:
    told = Page(render_report(report(hierarchical()))).text
    for words in ("Appendix: the risk model of Heart failure", "2.72", "91 of 100 pairs"):
        assert words in told
    assert "Appendix" not in Page(render_report(report())).text


def test_the_page_is_accessible_in_its_frame() -> None:
    page = Page(render_report(everything()))
    assert page.attributes("html")[0]["lang"] == "en-GB"
    assert all(th["scope"] in {"row", "col"} for th in page.attributes("th"))
    assert len(page.attributes("h1")) == 1
    assert len(page.attributes("caption")) == len(page.attributes("table"))


def test_the_same_data_give_the_same_bytes() -> None:
    assert render_report(everything()) == render_report(everything())


def test_whatever_was_typed_is_escaped() -> None:
    hostile = replace(
        measure(cases_command=HOSTILE, targets=(Target(HOSTILE, 0.1),)),
        title=HOSTILE, event=HOSTILE, patients=HOSTILE, reason=HOSTILE,
    )  # fmt: skip
    other = replace(hostile, measure="b", title=f"b {HOSTILE}")
    data = report(
        hostile, other, collaborative=HOSTILE, site=HOSTILE, site_name=HOSTILE, period=HOSTILE,
        data_status=HOSTILE, last_plan=HOSTILE, method=(HOSTILE,), software=HOSTILE,
        attribution=HOSTILE,
    )  # fmt: skip
    text = render_report(data)
    page = Page(text)
    assert "<script" not in text
    assert '<script>alert("x")</script>' in page.text
    assert "<script" not in render_index(HOSTILE, [("a.html", data)])


def test_dollars_are_no_formulae() -> None:
    page = Page(render_report(report(measure(event="billed above $5 and below $9"))))
    assert page.text.count("billed above $5 and below $9, per 100") == 1


def test_nothing_is_made_up() -> None:
    bare = Page(render_report(report())).text
    assert "Last plan" not in bare
    assert "to review" not in bare
    assert "Case completeness is not known" in bare
    full = report(
        measure(
            persistence=Persistence(2, 3),
            cases_command="fedqi-site cases hf",
            ascertainment=Ascertainment(638, 840),
        ),
        last_plan="pharmacist call at day 3",
    )
    told = Page(render_report(full)).text
    assert "Last plan: pharmacist call at day 3" in told
    assert "2 of last 3" in told
    assert "638 of 840 heart-failure patients that were to be expected are in your data" in told
    assert "find the missing ones first" in told
    assert "Case completeness is not known" not in told
    assert "fedqi-site cases hf" in told


def test_made_up_rows_are_marked_on_every_sheet_and_others_never() -> None:
    page, marked = (render_report(report(synthetic=each)) for each in (False, True))
    assert 'class="watermark"' not in page
    assert "Synthetic rows" not in page
    assert marked.count('class="watermark"') == marked.count('<article class="page"')
    assert "say nothing about any hospital" in marked


def test_order_of_the_page() -> None:
    told = Page(render_report(everything())).text
    marks = [
        "July 2019", "Of 100", "Review", "To gain", "Our plan", "All measures",
        "A single period", "Your own trend", "How many hospitals", "Your comparators",
        "Method and limits", "What left your building",
    ]  # fmt: skip
    places = [told.find(mark) for mark in marks]
    assert -1 not in places
    assert places[1:] == sorted(places[1:])


def test_position_is_a_word_and_a_shape() -> None:
    told = Page(render_report(everything())).text
    for shape in ("◆ Review", "● As expected", "★ Exemplary"):
        assert shape in told


def test_shared_beginnings_of_titles_are_said_once() -> None:
    told = Page(render_report(SPECIAL["long titles"])).text
    assert "collection: Readmission within 30 days after …" in told
    assert "Chronic obstructive pulmonary disease" in told


def test_a_page_without_measures_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        render_report(replace(report(), measures=()))


def test_the_index_links_every_report() -> None:
    page = Page(render_index("All", [("a.html", report()), ("b.html", everything())]))
    assert [a["href"] for a in page.attributes("a")] == ["a.html", "b.html"]


def test_the_missing_extra_names_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(ConfigurationError, match=r'pip install "fedqi\[reports\]"'):
        _ = fedqi.reports.render_report


def test_other_names_are_not_there() -> None:
    with pytest.raises(AttributeError, match="no attribute"):
        _ = fedqi.reports.nothing
