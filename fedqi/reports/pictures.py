"""The pictures of a page, each with its heading and the sentence below it."""

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from fedqi.reports.calibration_figure import calibration_figure
from fedqi.reports.components_figure import components_figure
from fedqi.reports.data import MeasureReport, ReportData
from fedqi.reports.data_model import RiskModel
from fedqi.reports.distribution_figure import distribution_figure
from fedqi.reports.forest_figure import forest_figure, is_adjusted
from fedqi.reports.funnel_figure import funnel_figure, ratio_funnel_figure
from fedqi.reports.histogram_figure import (
    edge_words,
    histogram_figure,
    is_narrow,
    own_bin,
)
from fedqi.reports.items_figure import items_figure
from fedqi.reports.numbers import in_unit, written
from fedqi.reports.persistence_figure import persistence_figure
from fedqi.reports.persistence_words import persistence_words
from fedqi.reports.series_chart import CHART_NAMES
from fedqi.reports.series_figure import series_figure
from fedqi.reports.series_words import chart, reading
from fedqi.reports.shrinkage_figure import shrinkage_figure
from fedqi.reports.titles import common_words

MARKS = "Diamond: review; dot: as expected; star: exemplary; ring: too few data."


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure with its heading and the sentence below it."""

    title: str
    markup: Markup
    caption: str
    wide: bool = True


@dataclass(frozen=True, slots=True)
class LeadPictures:
    """The pictures of the lead measure: two on the first page, the others in its section."""

    first: Picture | None
    second: Picture | None
    others: tuple[Picture, ...]


def lead_pictures(report: ReportData, first: MeasureReport, title: str) -> LeadPictures:
    """Share out the lead measure's pictures; the second is all measures, where there are some."""
    found = list(_positions(first, "lead"))
    opening, rest = found[:1], found[1:]
    if (own := trend(first, "lead-trend")) is not None:
        rest = [own, *rest]
    rest += [*inner(first, "lead"), *lasting(first, "lead")]
    if (second := all_measures(report, title)) is None and rest:
        second, rest = rest[0], rest[1:]
    return LeadPictures(opening[0] if opening else None, second, tuple(rest))


def other_pictures(measure: MeasureReport, name: str) -> tuple[Picture, ...]:
    """Return the pictures of a measure beside the lead: where it stands, its trend, its parts."""
    found = [next(_positions(measure, name), None), trend(measure, f"{name}-trend")]
    shown = tuple(picture for picture in found if picture is not None)
    return (*shown, *inner(measure, name), *lasting(measure, name))


def inner(measure: MeasureReport, name: str) -> Iterator[Picture]:
    """Yield what lies behind a mean or a composite."""
    if (markup := distribution_figure(measure, f"{name}-distribution")) is not None:
        yield Picture(
            "Where the values lie",
            Markup(markup),
            "The mark is the median, the box holds the middle half of the values, the line eight "
            "of ten. All are read off a public grid, so they are as exact as the grid is fine.",
        )
    if (markup := items_figure(measure, f"{name}-items")) is not None:
        yield Picture(
            "Question by question",
            Markup(markup),
            "Beside each bar the mean answer. Answers that too few hospitals have stand together.",
        )
    if (markup := components_figure(measure, f"{name}-components")) is not None:
        yield Picture(
            "Component by component",
            Markup(markup),
            "A dot is your hospital with its 95 % interval, the upright line all hospitals "
            "together. Begin where the distance is largest.",
        )


def lasting(measure: MeasureReport, name: str) -> Iterator[Picture]:
    """Yield the own positions over the periods, with what they are worth."""
    told = persistence_words(measure)
    markup = persistence_figure(measure, f"{name}-persistence") if told else None
    if told is not None and markup is not None:
        yield Picture("Your position, period by period", Markup(markup), f"{told} {MARKS}")


def _positions(measure: MeasureReport, name: str) -> Iterator[Picture]:
    """Yield where the hospital stands, by the most adjusted analysis first."""
    if (markup := shrinkage_figure(measure, f"{name}-shrinkage")) is not None:
        yield _shrinkage_picture(measure, Markup(markup))
    if (markup := ratio_funnel_figure(measure, f"{name}-ratios")) is not None:
        yield _ratio_picture(Markup(markup))
    # Beside an adjusted ratio the plain rate would be a second message.
    elif (markup := funnel_figure(measure, f"{name}-rates")) is not None:
        yield _rate_picture(measure, Markup(markup))


def _shrinkage_picture(measure: MeasureReport, markup: Markup) -> Picture:
    spread = measure.shrinkage.spread if measure.shrinkage else None
    shaded = (
        "Shaded: where 95 of 100 hospitals would truly lie with patients like yours."
        if spread
        else "The hospitals do not differ beyond chance."
    )
    return Picture(
        "How much of the difference is left when chance is allowed for",
        markup,
        f"The fewer the patients, the further a ratio is drawn towards the average. {shaded} The "
        "lines are 95 % intervals. Of the other hospitals no single one is known to anybody.",
    )


def _ratio_picture(markup: Markup) -> Picture:
    return Picture(
        "Adjusted for case mix: observed against expected, by size",
        markup,
        "Your ratio of observed to expected events and its interval; shaded: where hospitals like "
        "the network lie, by their size.",
    )


def _rate_picture(measure: MeasureReport, markup: Markup) -> Picture:
    figure = "mean" if measure.scale == "mean" else "rate"
    return Picture(
        f"Your {figure} among hospitals of all sizes",
        markup,
        f"Your {figure} and its interval; shaded: where hospitals like the network lie, by their "
        "size.",
    )


def collection_heading(full: ReportData) -> str:
    """Return the heading over all measures, with what their titles share."""
    shared = " ".join(common_words([m.title for m in full.measures]))
    return f"All measures of this collection{f': {shared} …' if shared else ''}"


def all_measures(report: ReportData, title: str) -> Picture | None:
    """Return all measures side by side; None for fewer than two."""
    if (markup := forest_figure(report.measures, "forest")) is not None:
        adjusted = is_adjusted(report.measures)
        return Picture(
            f"{title} (adjusted for case mix)" if adjusted else title,
            Markup(markup),
            f"Left of 1: less than {'expected' if adjusted else 'in the network'}; right of 1: "
            "more. The line through a point is its 95 % interval.",
        )
    return None


def trend(measure: MeasureReport, name: str) -> Picture | None:
    """Return the own periods, and what the rules find in them."""
    if (markup := series_figure(measure, name)) is None:
        return None
    told = reading(measure)
    if any(point.network_rate is not None for point in measure.series):
        line = "what is expected" if measure.series_kind == "ratio" else "the network"
        told += f" The dashed line is {line}."
    if chart(measure) is not None:
        named = CHART_NAMES[measure.series_kind]
        told += (
            f" Diamonds lie beyond the natural limits, rings belong to a run or trend ({named})."
        )
    return Picture(f"Your own trend: {measure.title}", Markup(markup), told)


def histogram(measure: MeasureReport, name: str) -> Picture | None:
    """Return the released spread of hospitals; None where there is none."""
    markup = histogram_figure(measure, name)
    if markup is None or measure.histogram is None or measure.rate is None:
        return None
    counted = "" if measure.in_cohort else "; the counts are without you"
    own = edge_words(measure, measure.histogram, own_bin(measure.histogram, measure.rate))
    rate = f"{written(measure.rate, measure)}{in_unit(measure)}"
    mixed = " Rates as counted, not adjusted." if measure.ratio else ""
    return Picture(
        "How many hospitals lie where",
        Markup(markup),
        f"Yours: {rate}, in the hatched range {own}{counted}.{mixed}",
        wide=not is_narrow(measure.histogram),
    )


def calibration(measure: MeasureReport, model: RiskModel, name: str) -> Picture | None:
    """Return the plot of observed against expected, group by group."""
    if (markup := calibration_figure(measure, model, name)) is None:
        return None
    return Picture(
        "Do its expectations come true?",
        Markup(markup),
        "A dot is a group of patients of similar risk in all hospitals; on the dashed line the "
        "model is right.",
        wide=False,
    )
