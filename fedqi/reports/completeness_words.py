"""How complete the figures are, and which shares stand beside a mean: in words."""

from fedqi.reports.data import MeasureReport
from fedqi.reports.data_parts import Share
from fedqi.reports.numbers import decimal, plainly

HARDLY = 0.9
"""Share of the expected cases below which the missing ones come first."""


def completeness_words(measure: MeasureReport) -> str | None:
    """Say how many have a value; a figure over half of them says little. None where not known."""
    found = measure.completeness
    if found is None or found.own is None:
        return None
    answered = "came back with a score" if measure.items else "have a value"
    network = "" if found.network is None else f"; in the network {per_cent(found.network)}"
    opening = "Response" if measure.items else "Completeness"
    return (
        f"{opening}: {measure.observed:,} of your {found.size:,} {measure.patients} {answered} "
        f"({per_cent(found.own)}{network})."
    )


def ascertainment_words(measure: MeasureReport) -> str | None:
    """Say how many of the cases to be expected were found; None where that is not known."""
    found = measure.ascertainment
    if found is None or found.expected <= 0:
        return None
    told = (
        f"Case completeness: {found.found:,} of {plainly(found.expected)} {measure.patients} that "
        f"were to be expected are in your data ({per_cent(found.found / found.expected)})."
    )
    if found.found < HARDLY * found.expected:
        told += " The figures speak of these only: find the missing ones first."
    return told


def share_words(measure: MeasureReport, share: Share) -> str:
    """Say one share, own beside the network's."""
    if share.own is None:
        own = f"not known of your {measure.patients}"
    else:
        own = f"{per_cent(share.own)} of your {measure.patients}"
    if share.interval is not None:
        low, high = share.interval.lower, share.interval.upper
        own += f" ({decimal(100 * low)} to {per_cent(high)})"
    return f"{share.label[:1].upper()}{share.label[1:]}: {own}{_beside(share)}."


def _beside(share: Share) -> str:
    if share.network is None:
        return ""
    told = f"; in the network {per_cent(share.network)}"
    if share.network_range is None:
        return told
    low, high = (decimal(100 * end) for end in share.network_range)
    return told if low == high else f"{told}, for certain between {low} and {high} %"


def per_cent(share: float) -> str:
    """Write a share in per cent; the whole has no places."""
    return f"{decimal(100 * share, 0 if share in (0, 1) else 1)} %"
