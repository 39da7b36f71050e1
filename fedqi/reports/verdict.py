"""The verdict in words: how far chance explains it, and where two methods disagree."""

from fedqi.reports.data import MeasureReport
from fedqi.reports.data_model import Reading, Shrinkage
from fedqi.reports.numbers import count, decimal, plenty, two_sided

PRINCIPAL, OUTER = 1.96, 3.09
"""Adjusted z of the limits that 95 of 100 and 998 of 1,000 hospitals stay within."""

CHANCE = "chance and ordinary differences between hospitals"

UNADJUSTED = frozenset({"crude", "meta"})
"""Analyses that do not allow for case mix of themselves."""

SURE, LIKELY = 0.975, 0.9
"""Probabilities from which words say "very probably" and "probably"."""

BASIS_WORDS = {
    "crude": "as counted",
    "meta": "as counted, and allowing for chance in small numbers",
    "direct": "adjusted for case mix within strata",
    "standardised": "adjusted for case mix",
    "hierarchical": "adjusted for case mix, and for chance in small numbers",
}
"""What an analysis allows for, after "compared"."""


def decisive_z(measure: MeasureReport) -> float | None:
    """Return the adjusted z behind the band: the ratio's where there is one.

    A hierarchical verdict rests on a probability and has none.
    """
    if measure.basis == "hierarchical":
        return None
    if measure.ratio is not None and measure.ratio.z_adjusted is not None:
        return measure.ratio.z_adjusted
    return measure.z_adjusted


def is_adjusted(measure: MeasureReport) -> bool:
    """Whether the verdict allows for case mix: by a model of its own, or one that was published."""
    return measure.ratio is not None or measure.basis not in UNADJUSTED


def verdict(measure: MeasureReport) -> str:
    """Say how the hospital compares, as far as the most adjusted analysis knows."""
    if measure.band == "insufficient":
        return "That is too little to compare, and says nothing for or against your care."
    if measure.basis == "hierarchical" and measure.shrinkage is not None:
        return _hierarchical(measure, measure.shrinkage)
    z = decisive_z(measure)
    if z is None and measure.network_rate is None:
        return "There is no network figure to set beside it."
    if measure.ratio is None and measure.rate == measure.network_rate:
        return "There is no difference to explain."
    if abs(z or 0.0) <= PRINCIPAL:
        opening = "Adjusted for case mix, the" if is_adjusted(measure) else "The"
        return f"{opening} difference can be explained by {CHANCE}."
    rarely = "rarely" if abs(z or 0.0) > OUTER else "seldom"
    if measure.ratio is None:
        return f"{CHANCE[0].upper()}{CHANCE[1:]} {rarely} explain such a difference."
    more = "more" if measure.ratio.value > 1 else "less"
    return (
        f"Adjusted for case mix that is {more} than expected: {CHANCE} {rarely} explain such a "
        "difference."
    )


def _hierarchical(measure: MeasureReport, found: Shrinkage) -> str:
    if measure.direction == "none":
        more = "more" if found.steadied.value > 1 else "fewer"
        return f"Allowing for chance, that is {more} than at the average hospital."
    if measure.band == "as expected":
        return (
            "Allowing for chance in small numbers, your hospital cannot be told from the average "
            "hospital."
        )
    than = "worse" if measure.band == "review" else "better"
    return f"Allowing for chance in small numbers, that is very probably {than} than average."


def certainty(measure: MeasureReport, sites: int) -> str | None:
    """Say how sure the verdict is, and how many hospitals chance alone would mark."""
    if measure.band == "insufficient":
        return None
    if measure.basis == "hierarchical" and measure.shrinkage is not None:
        return probability(measure.shrinkage)
    z = decisive_z(measure)
    if z is None:
        return None
    share = two_sided(z)
    figure = "a mean" if measure.scale == "mean" else "a rate"
    if is_adjusted(measure):
        figure = f"an adjusted {'mean' if measure.ratio is None else 'ratio'}"
    among = "more than half of them" if share > 0.5 else f"{plenty(share)} hospitals"
    told = (
        f"If your hospital were like the others, {figure} at least this far out would be seen in "
        f"{among}."
    )
    others = measure.sites or sites
    if abs(z) > PRINCIPAL and share * others >= 0.5:
        told += f" Among {others} hospitals expect {count(share * others)} by chance alone."
    return told


def probability(found: Shrinkage) -> str | None:
    """Say the probability of being worse than average, and what many comparisons do to it."""
    worse = found.probability_worse
    if worse is None:
        return None
    told = f"Probability that your hospital is truly worse than average: {chances(worse)}."
    if max(worse, 1 - worse) < SURE:
        return told
    if found.stands_out:
        return f"{told} It stands out even when all {found.providers} comparisons count together."
    return (
        f"{told} Of {found.providers} average hospitals about {decimal(found.false_alarms)} would "
        "be marked like this by chance; taken together with all those comparisons, yours does "
        "not stand out."
    )


def chances(share: float) -> str:
    """Write a probability so that nothing reads as certain: "81 %", "over 99.9 %"."""
    if share > 0.999:
        return "over 99.9 %"
    if share < 0.001:
        return "under 0.1 %"
    # One place where the next whole per cent would be 0 or 100, or a threshold lies between.
    return f"{decimal(100 * share, 1 if share > 0.97 or share < 0.03 else 0)} %"


def plain_and_hierarchical(measure: MeasureReport) -> tuple[Reading, Reading] | None:
    """Return the most adjusted plain reading beside the hierarchical one, if both judge."""
    judged = [r for r in measure.readings if r.band not in {None, "insufficient"}]
    plain = [r for r in judged if r.analysis != "hierarchical"]
    other = [r for r in judged if r.analysis == "hierarchical"]
    return (plain[-1], other[-1]) if plain and other else None


def disagreement(measure: MeasureReport) -> str | None:
    """Say in words where the plain and the hierarchical comparison disagree, and why they may."""
    pair = plain_and_hierarchical(measure)
    if pair is None or pair[0].band == pair[1].band:
        return None
    plain, other = pair
    if other.band == "as expected":
        return (
            f"The two methods disagree. {_compared(plain)}, your hospital lies outside the limits; "
            "once chance in small numbers is allowed for, it cannot be told from the average. "
            f"{_advice(measure)}"
        )
    return (
        f"The two methods disagree. {_compared(plain)}, your hospital is among the ordinary "
        "differences between hospitals; the other method asks whether it differs from the average "
        "hospital at all, and that is very probable. A difference can be real and still be an "
        f"ordinary one. {_advice(measure)}"
    )


def _compared(reading: Reading) -> str:
    words = BASIS_WORDS[reading.analysis]
    return f"Compared {words}"


def _advice(measure: MeasureReport) -> str:
    return (
        f"With {measure.size:,} {measure.patients} neither settles it: plain comparisons "
        "raise false alarms, steadied ones miss hospitals that truly differ. Look at the cases "
        "and at the next report."
    )
