"""From what is known to the page: one HTML file that needs nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template, select_autoescape
from markupsafe import Markup

from fedqi.reports import origin
from fedqi.reports.action import action, strengths
from fedqi.reports.data import MeasureReport, ReportData
from fedqi.reports.forest_figure import forest_figure, is_adjusted
from fedqi.reports.funnel_figure import funnel_figure
from fedqi.reports.histogram_figure import (
    edge_words,
    histogram_figure,
    is_narrow,
    own_bin,
)
from fedqi.reports.numbers import base_of, per_decimal
from fedqi.reports.series_figure import reading, series_figure
from fedqi.reports.tables import comparisons, overview
from fedqi.reports.titles import common_words, shortened
from fedqi.reports.wording import (
    BAND_SYMBOLS,
    BAND_WORDS,
    caution,
    certainty,
    headline,
    lead,
    local_notice,
    period_words,
)


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure with its heading and the sentence below it."""

    title: str
    markup: Markup
    caption: str
    wide: bool = True


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """One row of an index: where the report is, and its headline."""

    href: str
    site: str
    site_name: str
    symbol: str
    band: str
    headline: str


def render_report(report: ReportData) -> str:
    """Return a hospital's report as one self-contained HTML document.

    The same data give the same bytes: no clock, no random ids.

    Parameters
    ----------
    report
        What the page needs to know; at least one measure.

    Raises
    ------
    ValueError
        If the report holds no measure.
    """
    if not report.measures:
        raise ValueError("a report without a measure; expected at least one")
    return _template("template.html.j2").render(_context(report))


def render_index(title: str, entries: Sequence[tuple[str, ReportData]]) -> str:
    """Return a page that links the reports of several hospitals, for demonstrations.

    Parameters
    ----------
    title
        Heading.
    entries
        Relative link and report of every hospital, in the order to be shown.
    """
    rows = []
    for href, report in entries:
        first = lead(report)
        symbol, band = BAND_SYMBOLS[first.band], BAND_WORDS[first.band]
        rows.append(IndexEntry(href, report.site, report.site_name, symbol, band, headline(first)))
    return _template("index.html.j2").render(title=title, entries=rows)


@cache
def _template(name: str) -> Template:
    environment = Environment(
        loader=PackageLoader("fedqi.reports", "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


def _context(full: ReportData) -> dict[str, object]:
    report = replace(full, measures=shortened(full.measures))
    first = lead(report)
    return {
        "report": report,
        "lead": first,
        "headline": headline(first),
        "band": BAND_WORDS[first.band],
        "symbol": BAND_SYMBOLS[first.band],
        "certainty": certainty(first, report.sites),
        "caution": caution(first),
        "notices": _notices(report),
        "status": _status(report),
        "period": period_words(report.period),
        "picture": _first_picture(first),
        "action": action(first),
        "strengths": strengths(report.measures),
        "second": _second_picture(report, first, _heading(full)),
        "table": overview(report.measures),
        "pictures": _later_pictures(report, first),
        "histograms": _histograms(report.measures),
        "comparisons": comparisons(report.measures),
        "departures": origin.departures(report.provenance),
        "approval": origin.approval(report.provenance),
        "acceptance": origin.acceptance(report.provenance),
        "custody": origin.custody(report),
        "methods": origin.methods(report),
        "definitions": origin.definitions(full),
    }


def _notices(report: ReportData) -> list[str]:
    """Return what is unlike a usual report, each thing once."""
    found = [notice for m in report.measures if (notice := local_notice(m))]
    return list(dict.fromkeys(found))


def _status(report: ReportData) -> str:
    """Return the state of the data; silence on completeness would read as completeness."""
    told = [report.data_status] if report.data_status else []
    if report.ascertainment is None:
        told.append("Case completeness is not known here: no register to count against was given.")
    return " ".join(told)


def _first_picture(first: MeasureReport) -> Picture | None:
    if (markup := funnel_figure(first, "funnel")) is None:
        return None
    judged = " before adjustment for case mix" if first.ratio else ""
    return Picture(
        first.title,
        Markup(markup),
        f"Your rate{judged} and its interval; shaded: where hospitals like the network lie, by "
        "their size.",
    )


def _heading(full: ReportData) -> str:
    shared = " ".join(common_words([m.title for m in full.measures]))
    return f"All measures of this collection{f': {shared} …' if shared else ''}"


def _second_picture(report: ReportData, first: MeasureReport, title: str) -> Picture | None:
    """Return all measures side by side, or where there is one only, its trend."""
    if (markup := forest_figure(report.measures, "forest")) is not None:
        adjusted = is_adjusted(report.measures)
        return Picture(
            f"{title} (adjusted for case mix)" if adjusted else title,
            Markup(markup),
            f"Left of 1: less often than {'expected' if adjusted else 'in the network'}; right of "
            "1: more often. The line through a point is its 95 % interval.",
        )
    return _trend(first, "trend") if len(report.measures) == 1 else None


def _later_pictures(report: ReportData, first: MeasureReport) -> list[Picture]:
    """Return the trends that the first page did not show, the lead measure's first."""
    if len(report.measures) == 1:
        return []
    ordered = [first, *(m for m in report.measures if m is not first)]
    found = [_trend(m, f"trend-{i}") for i, m in enumerate(ordered)]
    return [picture for picture in found if picture is not None]


def _trend(measure: MeasureReport, name: str) -> Picture | None:
    if (markup := series_figure(measure, name)) is None:
        return None
    beside = any(point.network_rate is not None for point in measure.series)
    dashes = " The dashed line is the network." if beside else ""
    return Picture(
        f"Your own trend: {measure.title}",
        Markup(markup),
        f"{reading(measure)}{dashes} Diamonds lie beyond the natural limits, rings belong to a "
        "run or trend.",
    )


def _histograms(measures: Sequence[MeasureReport]) -> list[Picture]:
    found = []
    for i, measure in enumerate(measures):
        markup = histogram_figure(measure, f"histogram-{i}")
        if markup is None or measure.histogram is None or measure.rate is None:
            continue
        base = base_of(measure)
        counted = "" if measure.in_cohort else "; the counts are without you"
        own = edge_words(measure.histogram, own_bin(measure.histogram, measure.rate), base)
        caption = f"Yours: {per_decimal(measure.rate, base)} per {base:,}, in the hatched range {own}{counted}."
        wide = not is_narrow(measure.histogram)
        found.append(Picture(measure.title, Markup(markup), caption, wide))
    return found
