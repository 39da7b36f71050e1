"""Statistical process control: XmR charts with run rules, and Laney's p' chart."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class SpecialCause(StrEnum):
    """Why a point is unlikely to be chance; the names NHS plot-the-dots uses."""

    ABOVE_LIMIT = "Above UCL"
    BELOW_LIMIT = "Below LCL"
    SEVEN_ABOVE = "7 Points Above CL"
    SEVEN_BELOW = "7 Points Below CL"
    SEVEN_INCREASING = "7 Points Increasing"
    SEVEN_DECREASING = "7 Points Decreasing"
    TWO_OF_THREE_ABOVE = "2 in 3 Above CL"
    TWO_OF_THREE_BELOW = "2 in 3 Below CL"
    COMMON = "Common Cause"


@dataclass(frozen=True, slots=True)
class XmRChart:
    """An individuals chart; ``causes`` has one entry per value, in order."""

    centre: float
    lower: float
    upper: float
    mean_moving_range: float
    causes: tuple[SpecialCause, ...]


@dataclass(frozen=True, slots=True)
class LaneyChart:
    """A p' chart; ``lower``, ``upper`` and ``causes`` have one entry per period."""

    centre: float
    sigma_z: float
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    causes: tuple[SpecialCause, ...]


def xmr_chart(values: Sequence[float], screen: bool = True) -> XmRChart:
    """Return centre, limits and special causes of a series."""
    ...


def laney_chart(observed: Sequence[int], denominator: Sequence[int]) -> LaneyChart:
    """Return a p' chart of a series of proportions (Laney 2002)."""
    ...
