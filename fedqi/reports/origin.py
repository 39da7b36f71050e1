"""What left the building, and how the figures were made: the small print, in full sentences."""

from fedqi.reports.data import MeasureReport, Provenance, ReportData
from fedqi.reports.data_basic import Funnel
from fedqi.reports.numbers import base_of, decimal, per_decimal

INTERVAL_WORDS = {
    "wilson": "Wilson",
    "byar": "Byar",
    "exact_poisson": "exact Poisson",
    "midp_poisson": "mid-P Poisson",
}
"""Names of the methods as people write them."""

LARGE_PHI = 10.0
"""From here on plain funnel limits would call nearly every large hospital unusual."""


def departures(provenance: Provenance) -> str:
    """Say what left the building."""
    if provenance.numbers == 0:
        return "Nothing: no number of this report left your building."
    return (
        f"{provenance.numbers:,} numbers in {provenance.size:,} bytes, each masked so that only "
        "the sum over all hospitals of the cohort can be read. No patient record and no readable "
        "figure of your hospital was sent."
    )


def approval(provenance: Provenance) -> str:
    """Say who approved it and when, or that it is not recorded."""
    if provenance.numbers == 0:
        return "Nothing had to be approved."
    if provenance.approved_by is None:
        return "No approval by a person is recorded for this report."
    when = f" on {provenance.approved_on}" if provenance.approved_on else ""
    return f"{provenance.approved_by}{when}"


def acceptance(provenance: Provenance) -> str | None:
    """Say how many hospitals recomputed the totals before they believed them."""
    if provenance.accepted_by is None:
        return None
    members = provenance.members or provenance.accepted_by
    return (
        f"{provenance.accepted_by} of {members} hospitals recomputed every total themselves "
        "and accepted it"
    )


def custody(report: ReportData) -> str:
    """Say who holds this page."""
    if report.rehearsal:
        return (
            "This is a rehearsal: the rows of every hospital lay on one machine. In operation the "
            "page is made inside the hospital and nobody else holds it."
        )
    return (
        "This page was made inside your hospital from your own counts and the released totals; "
        "nobody but you holds it."
    )


def methods(report: ReportData) -> list[str]:
    """Return the paragraphs on method and limits that hold for this report's figures."""
    measures = [m for m in report.measures if m.rate is not None]
    told = [_intervals(measures), _bands(measures), _overdispersion(measures)]
    told += [_benchmarks(measures), _ratios(measures), _comparators(measures), _trend(measures)]
    told += list(report.method)
    return [text for text in told if text]


def definitions(report: ReportData) -> str:
    """Name every definition with its version and the beginning of its digest."""
    named = "; ".join(
        " ".join(filter(None, (m.title, m.measure, m.version, _digest(m)))) for m in report.measures
    )
    software = f"{report.software}." if report.software else None
    closing = " ".join(filter(None, (software, report.attribution)))
    return f"Definitions: {named}. {closing}".strip()


def _digest(measure: MeasureReport) -> str:
    return f"(sha256 {measure.digest[:12]}…)" if measure.digest else ""


def _intervals(measures: list[MeasureReport]) -> str:
    named = {
        (interval.method, interval.level)
        for m in measures
        for interval in (m.interval, m.ratio.interval if m.ratio else None)
        if interval is not None
    }
    if not named:
        return ""
    kinds = [
        f"{INTERVAL_WORDS.get(method, method)} ({decimal(100 * level, 0)} %)"
        for method, level in sorted(named)
    ]
    return f"Intervals: {', '.join(kinds)}. They tell how much chance alone can move a figure."


def _bands(measures: list[MeasureReport]) -> str:
    funnels = [m.funnel for m in measures if m.funnel]
    if not funnels:
        return "No funnel limits were released, so no hospital is placed against them."
    kinds = sorted({_kind(funnel) for funnel in funnels})
    return (
        f"Funnel limits: {'; '.join(kinds)}. “Review” and “Exemplary” lie beyond the limits that "
        "95 of 100 hospitals like the network stay within, so 1 in 20 of these is there by chance "
        "alone; “As expected” lies inside. No ranks are given: they change by chance from one "
        "period to the next."
    )


def _kind(funnel: Funnel) -> str:
    if funnel.tau2 > 0:
        return "normal, allowing for the ordinary differences between hospitals (s² + τ²)"
    return f"exact binomial ({funnel.kind.replace('_', ' ')})"


def _overdispersion(measures: list[MeasureReport]) -> str:
    known = [m for m in measures if m.phi is not None]
    if not known:
        return ""
    beyond = [m for m in known if m.funnel is not None and m.funnel.tau2 > 0]
    within = [m for m in known if m not in beyond]
    text = ""
    if beyond:
        values = "; ".join(_phi(m) + _spread(m) for m in beyond)
        text = (
            "Hospitals differ more than chance alone explains (overdispersion φ, 1 if chance "
            f"explained all; standard deviation of their true rates): {values}. The limits allow "
            "for these ordinary differences."
        )
    if within:
        text += (
            " Hospitals differ hardly more than chance alone explains (overdispersion φ near 1 or "
            f"below): {'; '.join(map(_phi, within))}."
        )
    if any((m.phi or 0.0) > LARGE_PHI for m in known):
        text += " With counts this large, limits from chance alone would flag nearly everyone."
    return text.strip()


def _phi(measure: MeasureReport) -> str:
    return f"{measure.title} φ {decimal(measure.phi or 0.0)}"


def _spread(measure: MeasureReport) -> str:
    if not measure.between_site_sd:
        return ""
    base = base_of(measure)
    spread = per_decimal(measure.between_site_sd, base)
    return f", {spread} per {base:,}"


def _benchmarks(measures: list[MeasureReport]) -> str:
    told = [
        f"{m.title}: {m.benchmark.label} of {m.benchmark.method}"
        for m in measures
        if m.benchmark and m.benchmark.method
    ]
    return f"Benchmarks: {'; '.join(told)}." if told else ""


def _ratios(measures: list[MeasureReport]) -> str:
    if not any(m.ratio for m in measures):
        return ""
    return (
        "Expected: how many events the measure's published model predicts for patients like "
        "yours; the ratio is observed over expected and adjusts for what that model knows, not "
        "for everything in which patients differ."
    )


def _comparators(measures: list[MeasureReport]) -> str:
    told = []
    if any(m.percentile_band for m in measures):
        told.append("The percentile band says how many of 100 hospitals have lower rates.")
    if any(m.z_adjusted is not None for m in measures):
        told.append("Distance (z) is in standard errors, ordinary differences allowed for.")
    if any(m.shrunken is not None for m in measures):
        told.append(
            "The steadied rate draws your rate towards the network's as far as chance demands "
            "(empirical Bayes)."
        )
    return " ".join(told)


def _trend(measures: list[MeasureReport]) -> str:
    if not any(m.series for m in measures):
        return ""
    return (
        "Trend: XmR chart, natural limits at the mean ± 2.66 times the mean moving range. Marked: "
        "a point beyond the limits; seven in a row on one side of the mean; seven in a row rising "
        "or falling; two of three in the outer third on one side."
    )
