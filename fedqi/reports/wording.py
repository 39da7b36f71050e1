"""The sentences of a report: plain, careful and supportive, each with its uncertainty."""

from fedqi.reports.data import MeasureReport, ReportData
from fedqi.reports.data_basic import Interval
from fedqi.reports.numbers import SMALL, base_of, count, in_unit, per, spoken
from fedqi.reports.verdict import verdict

BAND_WORDS = {
    "exemplary": "Exemplary",
    "as expected": "As expected",
    "review": "Review",
    "insufficient": "Too few data",
}
"""What a report calls a position: never a blame."""

BAND_SYMBOLS = {"exemplary": "★", "as expected": "●", "review": "◆", "insufficient": "○"}
"""The shape that stands for a position beside its word, in tables as in figures."""


def lead(report: ReportData) -> MeasureReport:
    """Return the measure of the first page: to review before others, then most to gain."""

    def weight(measure: MeasureReport) -> tuple[bool, bool, float]:
        compared = measure.band != "insufficient"
        return measure.band == "review", compared, (measure.gap or 0.0) if compared else 0.0

    return max(report.measures, key=weight)


def headline(measure: MeasureReport) -> str:
    """Say in natural frequencies what was seen, how sure it is, and how it compares."""
    if measure.scale == "mean":
        return (
            f"{_mean(measure)} {verdict(measure)}"
            if measure.rate is not None
            else _no_value(measure)
        )
    if measure.rate is None or measure.interval is None or measure.denominator == 0:
        return f"No {measure.patients} were counted at your hospital in this period."
    if measure.scale == "rate":
        seen = _frequency_of_events(measure)
    else:
        seen = _small(measure) if measure.denominator < SMALL else _frequency(measure)
    return f"{seen} {verdict(measure)}"


def _frequency(measure: MeasureReport) -> str:
    assert measure.rate is not None and measure.interval is not None
    base = base_of(measure)
    seen = per(measure.rate, base) if measure.observed else "none"
    return (
        f"Of {base:,} {measure.patients} at your hospital, {seen} {_verb(seen)} {measure.event} "
        f"({_sure(measure, measure.interval)}){_beside(measure)}."
    )


def _frequency_of_events(measure: MeasureReport) -> str:
    assert measure.rate is not None and measure.interval is not None
    seen = spoken(measure.rate, measure) if measure.observed else "no"
    return (
        f"In {base_of(measure):,} {measure.patients} your hospital counted {seen} {measure.event} "
        f"({_sure(measure, measure.interval)}){_beside(measure)}."
    )


def _mean(measure: MeasureReport) -> str:
    assert measure.rate is not None
    own = f"{spoken(measure.rate, measure)}{in_unit(measure)}"
    if measure.size == 1:
        return f"{measure.title}: your only value is {own}."
    sure = f" ({_sure(measure, measure.interval)})" if measure.interval else ""
    whom = f"your {measure.size:,} {measure.patients}"
    if measure.basis != "crude":
        whom += ", adjusted for case mix,"
    beside = f"; in the network it was {spoken(measure.network_rate or 0.0, measure)}"
    told = beside if measure.network_rate is not None else ""
    return f"{measure.title}: the mean of {whom} was {own}{sure}{told}."


def _no_value(measure: MeasureReport) -> str:
    if not measure.denominator:
        return f"No {measure.patients} were counted at your hospital in this period."
    return (
        f"{measure.title}: none of your {measure.denominator:,} {measure.patients} has a value in "
        "this period."
    )


def _beside(measure: MeasureReport) -> str:
    """Say the comparator: what a fitted model expects of these patients, else the network."""
    if measure.basis != "crude" and measure.expected is not None:
        expected = spoken(measure.expected / measure.denominator, measure)
        return f"; for patients like yours {expected} were expected"
    if measure.network_rate is None:
        return ""
    return f"; in the network it was {spoken(measure.network_rate, measure)}"


def _sure(measure: MeasureReport, interval: Interval) -> str:
    if measure.scale == "proportion" and (interval.upper - interval.lower) * base_of(measure) < 1:
        return "chance moves that by less than 1"
    return f"{spoken(interval.lower, measure)} to {spoken(interval.upper, measure)}"


def _small(measure: MeasureReport) -> str:
    """Say the counts themselves: "29 of 100" would pretend that there were a hundred."""
    n = measure.denominator
    whom = f"your {n} {measure.patients}" if n > 1 else f"your one of the {measure.patients}"
    if measure.observed == 0:
        seen = f"None of {whom} was {measure.event}"
    elif measure.observed == n and n > 1:
        seen = f"All {n} of your {measure.patients} were {measure.event}"
    else:
        seen = f"{measure.observed} of {whom} {_verb(str(measure.observed))} {measure.event}"
    if measure.basis != "crude" and measure.expected is not None:
        return f"{seen}; of patients like yours about {_about(measure.expected)} were expected."
    if measure.network_rate is None:
        return f"{seen}."
    expected = _about(measure.network_rate * measure.denominator)
    return f"{seen}; at the network's rate it would have been about {expected}."


def _about(expected: float) -> str:
    return count(expected) if expected >= 0.5 else "none"


def _verb(number: str) -> str:
    return "was" if number in {"1", "none"} else "were"


def caution(measure: MeasureReport) -> str:
    """Say what a single figure is worth, beside every flag."""
    if measure.band in {"review", "exemplary"}:
        told = (
            "A single period misleads: in one large surgical programme 62.7 % of hospitals newly "
            "flagged for mortality were as expected in the next report."
        )
    else:
        told = "A single figure misleads in both directions."
    if measure.series:
        return f"{told} Read the position beside your own trend."
    return f"{told} This report holds one period only: wait for the next before you conclude."


SYNTHETIC = (
    "Synthetic rows: every row behind these figures was made up from the definition of the "
    "measure. They say nothing about any hospital or patient."
)
"""Of a page that nobody may take for a finding."""


def local_notice(measure: MeasureReport) -> str | None:
    """Say plainly that a hospital outside the cohort is not in the totals."""
    if measure.in_cohort:
        return None
    return (
        "Your hospital is not in the network's totals: it was compared here, locally, against the "
        "benchmark that the others froze."
    )


def period_words(period: str) -> str:
    """Return a period as a heading says it."""
    return "all periods together" if period == "all" else period
