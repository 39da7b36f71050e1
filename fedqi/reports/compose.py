"""From a site's positions and the released result to its report."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from fedqi.benchmarking.plan import CollectionPlan
from fedqi.benchmarking.result import MeasureResult, Position, Result
from fedqi.errors import PolicyError
from fedqi.measures import ALL_PERIODS, Measure
from fedqi.reports import data
from fedqi.reports.absence import absences, unfinished
from fedqi.reports.analyses import LADDER, failure_of
from fedqi.reports.data_basic import Interval, Scale, Target
from fedqi.reports.data_model import Reading
from fedqi.reports.data_parts import Ascertainment, ItemAnswers
from fedqi.reports.own_series import bands_of, persistence_of, series_of
from fedqi.reports.peer_words import peer_words, segment_of
from fedqi.stats import rate_interval, wilson

DEFAULT_EVENT = Measure.model_fields["words"].get_default(call_default_factory=True).event
EVENTS, EXPOSURE = "events", "units of exposure"
"""How a rate speaks that brings no words of its own."""

Complete = Mapping[str, Mapping[str, tuple[int, float]]]
"""Measure id to period to cases found, and those that were to be expected."""

Asked = Mapping[str, Sequence[str]]
"""Measure id to the analyses that the job was to run."""


def asked_of(plan: CollectionPlan) -> Asked:
    """Return what a job was to run, measure by measure."""
    asked: dict[str, list[str]] = {}
    for part in plan.parts:
        asked.setdefault(part.subject.measure.id, []).append(part.analysis.name)
    return asked


def measure_reports(
    measures: Sequence[Measure],
    result: Result,
    positions: Sequence[Position],
    site: str,
    provider: str | None = None,
    commands: Mapping[str, str] | None = None,
    asked: Asked | None = None,
    complete: Complete | None = None,
) -> tuple[data.MeasureReport, ...]:
    """Return the report's part of every measure in which a provider has a position.

    Parameters
    ----------
    measures
        Definitions, in the order of the collection.
    result
        What was released.
    positions
        Of this site.
    site
        Its id.
    provider
        Which of its providers; the site itself where None.
    commands
        Measure id to the command that lists the local cases.
    asked
        What the job was to run; an analysis without figures is then named.
    complete
        Measure id to its periods' cases found and expected.

    Returns
    -------
    tuple
        Of the measures that can be shown; :func:`fedqi.reports.absence.absences` has the others.
    """
    own = [p for p in positions if p.provider == (provider or site)]
    reports = []
    for measure in measures:
        series = sorted((p for p in own if p.measure == measure.id), key=lambda p: p.period)
        chosen = principal(series)
        if chosen is None:
            continue
        released = result.find(measure.id, chosen.period)
        made = one_measure(measure, released, chosen, site, (asked or {}).get(measure.id, ()))
        if any(reading.band is not None for reading in made.readings):
            made = replace(
                made,
                cases_command=(commands or {}).get(measure.id),
                ascertainment=ascertainment_of((complete or {}).get(measure.id, {}), series),
            )
            reports.append(with_trend(made, series, result))
    return tuple(reports)


def ascertainment_of(
    complete: Mapping[str, tuple[int, float]], series: Sequence[Position]
) -> Ascertainment | None:
    """Return how complete the cases of the periods shown are; None where nothing is known."""
    shown = [complete[position.period] for position in series if position.period in complete]
    if not shown:
        return None
    return Ascertainment(sum(found for found, _ in shown), sum(expected for _, expected in shown))


def principal(series: Sequence[Position]) -> Position | None:
    """Return the position a report opens with: all periods together, else the last one."""
    for position in series:
        if position.period == ALL_PERIODS:
            return position
    return series[-1] if series else None


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


def rehearsal_report(
    measures: Sequence[Measure],
    result: Result,
    positions: Sequence[Position],
    site: str,
    asked: Asked | None = None,
    complete: Complete | None = None,
    synthetic: bool = False,
) -> data.ReportData:
    """Return the report of one site of a rehearsal, for its first provider.

    Hospitals are counted that stand behind some total: others had no figures to add.
    `synthetic` says that the rows were made up.

    Raises
    ------
    PolicyError
        If the site has no figures.
    """
    provider = min((position.provider for position in positions), default=None)
    everybody, segment = result, segment_of(positions)
    result = everybody.within(segment or "*")
    reports = measure_reports(
        measures, result, positions, site, provider, asked=asked, complete=complete
    )
    absent = absences(measures, result, reports)
    if not reports:
        told = " ".join(f"{each.title}: {each.reason}" for each in absent)
        raise PolicyError(f"site {site} has no figures to report on. {told}".strip())
    return data.ReportData(
        collaborative="Rehearsal",
        site=site,
        site_name=site,
        period="all periods together" if reports[0].period == ALL_PERIODS else reports[0].period,
        sites=len({name for released in result.results for name in released.survivors}),
        measures=reports,
        provenance=data.Provenance(numbers=0, size=0),
        data_status="A rehearsal in one process: nothing left the building.",
        absent=absent,
        method=peer_words(segment, everybody, reports),
        rehearsal=True,
        synthetic=synthetic,
        segment=segment,
    )
