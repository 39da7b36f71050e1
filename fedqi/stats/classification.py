"""One word for where a site stands."""

from enum import StrEnum
from typing import Literal

from fedqi.stats.intervals import normal_quantile

Direction = Literal["lower", "higher", "none"]


class Band(StrEnum):
    """What a position says in one word."""

    EXEMPLARY = "exemplary"
    AS_EXPECTED = "as expected"
    REVIEW = "review"
    INSUFFICIENT = "insufficient"


def classify(
    z_adjusted: float,
    denominator: float,
    direction: Direction,
    minimum_denominator: float = 25,
    level: float = 0.95,
) -> Band:
    """Return the band of a site.

    Parameters
    ----------
    z_adjusted
        Standard errors from the target, overdispersion included; positive is a higher value.
    denominator
        Patients behind the value.
    direction
        Which is better: "lower", "higher", or "none" for a measure that is only described.
    minimum_denominator
        Below it the band is "insufficient", whatever z.
    level
        Coverage of the limits beyond which a value stands out.

    Returns
    -------
    Band
        "review" beyond the limit in the bad direction, "exemplary" in the good one.
    """
    if denominator < minimum_denominator:
        return Band.INSUFFICIENT
    if direction == "none" or abs(z_adjusted) <= normal_quantile(level):
        return Band.AS_EXPECTED
    better = (z_adjusted > 0) == (direction == "higher")
    return Band.EXEMPLARY if better else Band.REVIEW
