"""The sentences of a report: plain, careful and supportive, each with its uncertainty."""

from fedqi.reports.data import Interval, MeasureReport, ReportData
from fedqi.reports.numbers import (
    SMALL,
    base_of,
    count,
    per,
    plenty,
    two_sided,
)

BAND_WORDS = {
    "exemplary": "Exemplary",
    "as expected": "As expected",
    "review": "Review",
    "insufficient": "Too few data",
}
"""What a report calls a position: never a blame."""

BAND_SYMBOLS = {"exemplary": "★", "as expected": "●", "review": "◆", "insufficient": "○"}
"""The shape that stands for a position beside its word, in tables as in figures."""

PRINCIPAL, OUTER = 1.96, 3.09
"""Adjusted z of the limits that 95 of 100 and 998 of 1,000 hospitals stay within."""


CHANCE = "chance and ordinary differences between hospitals"


def lead(report: ReportData) -> MeasureReport:
    """Return the measure of the first page: to review before others, then most to gain."""

    def weight(measure: MeasureReport) -> tuple[bool, bool, float]:
        compared = measure.band != "insufficient"
        return measure.band == "review", compared, (measure.gap or 0.0) if compared else 0.0

    return max(report.measures, key=weight)


def headline(measure: MeasureReport) -> str:
    """Say in natural frequencies what was seen, how sure it is, and how it compares."""
    if measure.rate is None or measure.interval is None or measure.denominator == 0:
        return f"No {measure.patients} were counted at your hospital in this period."
    seen = _small(measure) if measure.denominator < SMALL else _frequency(measure)
    return f"{seen} {_verdict(measure)}"


def _frequency(measure: MeasureReport) -> str:
    assert measure.rate is not None and measure.interval is not None
    base = base_of(measure)
    network = (
        ""
        if measure.network_rate is None
        else f"; in the network it was {per(measure.network_rate, base)}"
    )
    seen = per(measure.rate, base) if measure.observed else "none"
    return (
        f"Of {base:,} {measure.patients} at your hospital, {seen} {_verb(seen)} {measure.event} "
        f"({_sure(measure.interval, base)}){network}."
    )


def _sure(interval: Interval, base: int) -> str:
    if (interval.upper - interval.lower) * base < 1:
        return "chance moves that by less than 1"
    return f"{per(interval.lower, base)} to {per(interval.upper, base)}"


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
    if measure.network_rate is None:
        return f"{seen}."
    return f"{seen}; at the network's rate it would have been about {_about(measure)}."


def _about(measure: MeasureReport) -> str:
    expected = (measure.network_rate or 0.0) * measure.denominator
    return count(expected) if expected >= 0.5 else "none"


def _verb(number: str) -> str:
    return "was" if number in {"1", "none"} else "were"


def decisive_z(measure: MeasureReport) -> float | None:
    """Return the adjusted z behind the band: the ratio's where there is one."""
    if measure.ratio is not None and measure.ratio.z_adjusted is not None:
        return measure.ratio.z_adjusted
    return measure.z_adjusted


def _verdict(measure: MeasureReport) -> str:
    if measure.band == "insufficient":
        return "That is too little to compare, and says nothing for or against your care."
    z = decisive_z(measure)
    if z is None and measure.network_rate is None:
        return "There is no network figure to set beside it."
    if measure.ratio is None and measure.rate == measure.network_rate:
        return "There is no difference to explain."
    if abs(z or 0.0) <= PRINCIPAL:
        opening = "The" if measure.ratio is None else "Adjusted for case mix, the"
        return f"{opening} difference can be explained by {CHANCE}."
    rarely = "rarely" if abs(z or 0.0) > OUTER else "seldom"
    if measure.ratio is None:
        return f"{CHANCE[0].upper()}{CHANCE[1:]} {rarely} explain such a difference."
    more = "more" if measure.ratio.value > 1 else "less"
    return (
        f"Adjusted for case mix that is {more} than expected: {CHANCE} {rarely} explain such a "
        "difference."
    )


def certainty(measure: MeasureReport, sites: int) -> str | None:
    """Say how often an ordinary hospital lies this far out, and how many do by chance alone."""
    z = decisive_z(measure)
    if z is None or measure.band == "insufficient":
        return None
    share = two_sided(z)
    figure = "a rate" if measure.ratio is None else "an adjusted ratio"
    among = "more than half of them" if share > 0.5 else f"{plenty(share)} hospitals"
    told = (
        f"If your hospital were like the others, {figure} at least this far out would be seen in "
        f"{among}."
    )
    others = measure.sites or sites
    if abs(z) > PRINCIPAL and share * others >= 0.5:
        told += f" Among {others} hospitals expect {count(share * others)} by chance alone."
    return told


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
