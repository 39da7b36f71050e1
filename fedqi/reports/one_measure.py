"""One measure of one provider: its definition, the released figures and the own position."""

from collections.abc import Sequence
from dataclasses import replace

from fedqi.benchmarking.result import MeasureResult, Position, Result
from fedqi.measures import Measure
from fedqi.reports import data
from fedqi.reports.absence import unfinished
from fedqi.reports.analyses import LADDER, failure_of
from fedqi.reports.data_basic import Interval, Scale, Target
from fedqi.reports.data_model import Reading
from fedqi.reports.data_parts import ItemAnswers
from fedqi.reports.own_series import bands_of, persistence_of, series_of
from fedqi.stats import rate_interval, wilson

DEFAULT_EVENT = Measure.model_fields["words"].get_default(call_default_factory=True).event
EVENTS, EXPOSURE = "events", "units of exposure"
"""How a rate speaks that brings no words of its own."""


def one_measure(
    measure: Measure,
    released: MeasureResult,
    position: Position,
    site: str,
    asked: Sequence[str] = (),
) -> data.MeasureReport:
    """Join one measure's definition, released figures and own position.

    The analyses are read in ascending order of what they allow for, so that the verdict is that
    of the last one.
    """
    made = counted(measure, released, position, site)
    for name, read in LADDER.items():
        common, own = released.analyses.get(name), position.analyses.get(name)
        if (why := failure_of(common) or failure_of(own)) is not None:
            made = with_reading(made, Reading(name, failed=f"The analysis failed: {why}"))
        elif common is not None and own is not None:
            made = read(made, common, own)
        elif name in asked:
            made = with_reading(made, Reading(name, failed=unfinished(common is None)))
    return made


def with_reading(made: data.MeasureReport, reading: Reading) -> data.MeasureReport:
    """Add what an analysis could not say."""
    return replace(made, readings=(*made.readings, reading))


def counted(
    measure: Measure, released: MeasureResult, position: Position, site: str
) -> data.MeasureReport:
    """Return what is known before any analysis: the counts and their own interval."""
    observed, size = position.observed, position.denominator
    scale = scale_of(measure)
    interval = rate_interval if scale == "rate" else wilson
    # A mean is not known from counts: its analysis brings it.
    known = size > 0 and scale != "mean"
    event, patients = words_of(measure)
    return data.MeasureReport(
        measure=measure.id,
        version=measure.version,
        digest=measure.digest,
        title=measure.title,
        event=event,
        patients=patients,
        direction=measure.direction,
        period=position.period,
        observed=observed,
        denominator=size,
        rate=observed / size if known else None,
        interval=Interval.of(interval(observed, size)) if known else None,
        band="insufficient",
        in_cohort=site in released.survivors,
        targets=tuple(
            Target(name.replace("-", " "), value) for name, value in measure.targets.items()
        ),
        sites=released.sites,
        providers=released.providers,
        scale=scale,
        unit=unit_of(measure),
        bounds=None if measure.scale is None else (measure.scale.lower, measure.scale.upper),
        from_zero=is_from_zero(measure),
        items=asked_items(measure),
    )


def scale_of(measure: Measure) -> Scale:
    """Return what kind of figure a measure has; a composite is a proportion."""
    if measure.scale is not None:
        return "mean"
    return "rate" if measure.scoring == "rate" else "proportion"


def unit_of(measure: Measure) -> str:
    """Return what a mean is counted in, as far as the definition says it."""
    if measure.words.unit is not None:
        return measure.words.unit
    if measure.value is not None and measure.value.minutes is not None:
        return "minutes"
    return "points" if measure.items else ""


def is_from_zero(measure: Measure) -> bool:
    """Whether the figure has a natural zero, so that ratios of it mean something."""
    if measure.scale is None:
        return True
    changes = measure.value is not None and measure.value.change is not None
    return not measure.items and not changes and measure.scale.lower >= 0


def asked_items(measure: Measure) -> tuple[ItemAnswers, ...]:
    """Return the items of a survey, every answer by itself, before anything is counted."""
    return tuple(
        ItemAnswers(
            item.item,
            tuple((answer, answer) for answer in range(item.range[0], item.range[1] + 1)),
            own=None,
            network=None,
            reverse=item.reverse,
        )
        for item in measure.items
    )


def words_of(measure: Measure) -> tuple[str, str]:
    """Return the event and what it is counted in; a composite has words of its own."""
    words = measure.words
    if measure.scoring == "composite" and words.event == DEFAULT_EVENT:
        return composite_words(measure)
    if measure.scoring == "rate" and words.event == DEFAULT_EVENT:
        return EVENTS, EXPOSURE if words.patients == "patients" else words.patients
    return words.event, words.patients


def composite_words(measure: Measure) -> tuple[str, str]:
    """Return the event of a composite that brings no words for it."""
    patients = measure.words.patients
    if measure.rule == "opportunity":
        return "taken", "opportunities for care"
    return "given all the care that was due", patients


def with_trend(
    made: data.MeasureReport, series: Sequence[Position], result: Result
) -> data.MeasureReport:
    """Add the own periods, and in how many of the last ones it was to review."""
    kind, points = series_of(made, series, result)
    return replace(
        made,
        series=points,
        series_kind=kind,
        persistence=persistence_of(made, series, result),
        bands=bands_of(made, series),
    )
