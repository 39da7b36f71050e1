"""What left the building, and how the figures were made: the small print, in full sentences."""

from fedqi.reports.data import MeasureReport, Provenance, ReportData
from fedqi.reports.numbers import decimal, in_unit, written
from fedqi.reports.series_chart import CHART_WORDS

INTERVAL_WORDS = {
    "wilson": "Wilson",
    "byar": "Byar",
    "exact_poisson": "exact Poisson",
    "midp_poisson": "mid-P Poisson",
    "student_t": "Student’s t",
    "random_effects": "random effects ± 1.96 standard errors",
    "fay_feuer": "Fay and Feuer",
    "conditional_mode": "conditional mode ± 1.96 standard deviations",
}
"""Names of the methods as people write them."""

LIMITLESS = frozenset({"meta", "direct", "hierarchical"})
"""Analyses that draw no funnel."""

BESIDE_WORDS = {
    "meta": (
        "Allowing for chance in small numbers, as counted: random effects (DerSimonian and Laird) "
        "of the log odds or log rates of all hospitals; the figure is what they predict of yours, "
        "drawn towards the median hospital as far as its numbers are small. “Review” and "
        "“Exemplary” lie beyond what 95 of 100 hospitals that differ like these would show."
    ),
    "direct": (
        "Adjusted within strata: the rate your hospital would have if its patients were those of "
        "all hospitals, stratum by stratum (interval of Fay and Feuer). “Review” and “Exemplary” "
        "lie beyond limits that allow for the ordinary differences between hospitals."
    ),
}
"""How analyses work that stand beside the others."""

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
    told = [_intervals(measures), _bands(measures), _hierarchical(measures)]
    told += [_overdispersion(measures), *_beside(measures)]
    told += [
        _clusters(measures),
        _benchmarks(measures),
        _ratios(measures),
        _adjusted_means(measures),
        _comparators(measures),
        _trend(measures),
    ]
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
    plain = [m for m in measures if m.basis not in LIMITLESS]
    kinds = sorted({kind for m in plain if (kind := _kind(m))})
    if not kinds:
        limited = "No funnel limits were released, so no hospital is placed against them."
        return limited if plain else ""
    return (
        f"Funnel limits: {'; '.join(kinds)}. “Review” and “Exemplary” lie beyond the limits that "
        "95 of 100 hospitals like the network stay within, so 1 in 20 of these is there by chance "
        "alone; “As expected” lies inside. No ranks are given: they change by chance from one "
        "period to the next."
    )


def allows_for_differences(measure: MeasureReport) -> bool:
    """Whether the limits of the verdict allow for ordinary differences between hospitals."""
    if measure.ratio_funnel is not None:
        return measure.ratio_funnel.tau2 is not None
    return measure.funnel is not None and measure.funnel.tau2 > 0


def _kind(measure: MeasureReport) -> str | None:
    if allows_for_differences(measure):
        return "normal, allowing for the ordinary differences between hospitals (s² + τ²)"
    if measure.ratio_funnel is not None:
        return "exact Poisson, by the events expected"
    if measure.funnel is None:
        return None
    if measure.funnel.within_sd is not None:
        return "normal, by how much values vary within hospitals (σ²/n)"
    family = "Poisson" if measure.scale == "rate" else "binomial"
    return f"exact {family} ({measure.funnel.kind.replace('_', ' ')})"


def _hierarchical(measures: list[MeasureReport]) -> str:
    if not any(m.basis == "hierarchical" for m in measures):
        return ""
    return (
        "Allowing for chance: a random-intercept logistic model (maximum likelihood from sums "
        "over all hospitals) gives every hospital an effect of its own, drawn towards the average "
        "as far as its numbers are small. Predicted are the events with that effect, expected "
        "those with the average one, both for your own patients. “Review” and “Exemplary” mean a "
        "probability of at least 97.5 % of being worse or better than average."
    )


def _beside(measures: list[MeasureReport]) -> list[str]:
    read = {reading.analysis for m in measures for reading in m.readings}
    return [words for name, words in BESIDE_WORDS.items() if name in read]


def _overdispersion(measures: list[MeasureReport]) -> str:
    limited = [m for m in measures if m.funnel is not None or m.ratio_funnel is not None]
    known = [m for m in limited if m.phi is not None]
    if not known:
        return ""
    beyond = [m for m in known if allows_for_differences(m)]
    within = [m for m in known if m not in beyond]
    text = ""
    if beyond:
        values = "; ".join(_phi(m) + _spread(m) for m in beyond)
        text = (
            "Hospitals differ more than chance alone explains (overdispersion φ, 1 if chance "
            f"explained all; standard deviation of their true figures): {values}. The limits allow "
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
    return f", {written(measure.between_site_sd, measure)}{in_unit(measure)}"


def _clusters(measures: list[MeasureReport]) -> str:
    effects = [
        f"{m.title}: {decimal(m.funnel.design_effect, 2)} count as one"
        for m in measures
        if m.funnel is not None and m.funnel.design_effect != 1
    ]
    if not effects:
        return ""
    return (
        "Opportunities of one patient go together, so fewer are independent; interval and limits "
        f"allow for it ({'; '.join(effects)})."
    )


def _benchmarks(measures: list[MeasureReport]) -> str:
    told = [
        f"{m.title}: {m.benchmark.label} of {m.benchmark.method}"
        for m in measures
        if m.benchmark and m.benchmark.method
    ]
    return f"Benchmarks: {'; '.join(told)}." if told else ""


def _adjusted_means(measures: list[MeasureReport]) -> str:
    if not any(m.scale == "mean" and m.basis != "crude" for m in measures):
        return ""
    return (
        "Adjusted mean: the network's, plus how far your own lies from what the risk model expects "
        "of your patients (least squares over all hospitals' patients, from sums). It adjusts for "
        "what that model knows, not for everything in which patients differ. The trend shows "
        "means as counted."
    )


def _ratios(measures: list[MeasureReport]) -> str:
    bases = {m.basis for m in measures if m.ratio}
    if not bases:
        return ""
    source = "the measure's published model" if bases == {"crude"} else "the risk model"
    return (
        f"Expected: how many events {source} predicts for patients like yours; a ratio over it "
        "adjusts for what that model knows, not for everything in which patients differ."
    )


def _comparators(measures: list[MeasureReport]) -> str:
    told = []
    if any(m.percentile_band for m in measures):
        told.append("The percentile band says how many of 100 hospitals have lower figures.")
    plain = [m for m in measures if m.basis == "crude"]
    if any(m.z_adjusted is not None for m in plain):
        told.append("Distance (z) is in standard errors, ordinary differences allowed for.")
    if any(m.shrunken is not None for m in plain):
        told.append(
            "The steadied figure draws yours towards the network's as far as chance demands "
            "(empirical Bayes)."
        )
    return " ".join(told)


def _trend(measures: list[MeasureReport]) -> str:
    kinds = {m.series_kind: None for m in measures if m.series}
    if not kinds:
        return ""
    charts = "; ".join(CHART_WORDS[kind] for kind in kinds)
    return (
        f"Trend: {charts}. Marked: a point beyond the limits; seven in a row rising or falling; "
        "two of three in the outer third on one side; seven in a row on one side of the mean "
        "(the rules of NHS “plot the dots”)."
    )
