"""The pictures of a page, each with its heading and the sentence below it."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

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
from fedqi.reports.titles import common_words


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure with its heading and the sentence below it."""

    title: str
    markup: Markup
    caption: str
    wide: bool = True


def first_picture(first: MeasureReport) -> Picture | None:
    """Return the lead measure among the sizes of hospitals; None without limits."""
    if (markup := funnel_figure(first, "funnel")) is None:
        return None
    judged = " before adjustment for case mix" if first.ratio else ""
    return Picture(
        first.title,
        Markup(markup),
        f"Your rate{judged} and its interval; shaded: where hospitals like the network lie, by "
        "their size.",
    )


def collection_heading(full: ReportData) -> str:
    """Return the heading over all measures, with what their titles share."""
    shared = " ".join(common_words([m.title for m in full.measures]))
    return f"All measures of this collection{f': {shared} …' if shared else ''}"


def second_picture(report: ReportData, first: MeasureReport, title: str) -> Picture | None:
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


def later_pictures(report: ReportData, first: MeasureReport) -> list[Picture]:
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


def histograms(measures: Sequence[MeasureReport]) -> list[Picture]:
    """Return the released spread of hospitals, measure by measure."""
    found = []
    for i, measure in enumerate(measures):
        markup = histogram_figure(measure, f"histogram-{i}")
        if markup is None or measure.histogram is None or measure.rate is None:
            continue
        base = base_of(measure)
        counted = "" if measure.in_cohort else "; the counts are without you"
        own = edge_words(measure.histogram, own_bin(measure.histogram, measure.rate), base)
        rate = f"{per_decimal(measure.rate, base)} per {base:,}"
        caption = f"Yours: {rate}, in the hatched range {own}{counted}."
        wide = not is_narrow(measure.histogram)
        found.append(Picture(measure.title, Markup(markup), caption, wide))
    return found
