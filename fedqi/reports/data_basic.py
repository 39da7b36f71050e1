"""The smallest parts of a report's data: intervals, limits, comparators; see fedqi.reports.data."""

from dataclasses import dataclass
from typing import Literal, Self, get_args

from fedqi import stats

Direction = Literal["lower", "higher", "none"]
"""Which is better."""

Scale = Literal["proportion", "rate", "mean"]
"""Events of a denominator of people, events over an exposure, or the mean of a value."""

RatioKind = Literal["observed", "predicted"]
"""What stands over the expected: what was seen, or what a hierarchical model predicts."""

SeriesKind = Literal["proportion", "rate", "ratio", "value"]
"""What a series is made of, by which its chart is chosen."""

BandName = Literal["exemplary", "as expected", "review", "insufficient"]
"""Where a hospital stands; `insufficient` is not a judgement."""


def band_name(band: str) -> BandName:
    """Return a band as the report knows it.

    Raises
    ------
    ValueError
        If it is none of them.
    """
    names: tuple[BandName, ...] = get_args(BandName)
    for name in names:
        if name == band:
            return name
    raise ValueError(f"the band {band!r} is none of {', '.join(names)}")


@dataclass(frozen=True, slots=True)
class Interval:
    """An interval around an own figure, on the figure's scale.

    Parameters
    ----------
    lower, upper
        Ends, ``lower <= upper``.
    level
        Coverage, such as 0.95.
    method
        Its name in words, such as ``"Wilson"``.
    """

    lower: float
    upper: float
    level: float = 0.95
    method: str = "Wilson"

    @classmethod
    def of(cls, found: stats.Interval) -> Self:
        """Return an interval that was computed, with its method."""
        return cls(found.lower, found.upper, found.level, found.method)


@dataclass(frozen=True, slots=True)
class Ratio:
    """Events over those expected for these patients.

    Parameters
    ----------
    value
        Observed / expected, or predicted / expected.
    interval
        Around the value.
    limits
        The 95 % funnel limits of the ratio at this hospital's size, overdispersion included:
        between them most hospitals lie. None where too few sites stand for them.
    z_adjusted
        Distance of the ratio from 1 in standard errors, overdispersion included; where it is
        given, it decides the band.
    kind
        What stands above the line.
    """

    value: float
    interval: Interval
    limits: tuple[float, float] | None = None
    z_adjusted: float | None = None
    kind: RatioKind = "observed"


@dataclass(frozen=True, slots=True)
class Funnel:
    """What the funnel is drawn from; its limits over the sizes are computed by the report.

    Parameters
    ----------
    target
        Rate in the middle, 0 to 1: the network's, or a target.
    limits_95, limits_998
        Limits (lower, upper) at this hospital's size, as its position states them.
    tau2
        Additive between-site variance on the rate's scale; 0 for plain limits.
    kind
        Which exact limits are drawn where tau2 is 0: a value of `fedqi.stats.FunnelKind`; of a
        mean "normal".
    within_sd
        Standard deviation of the values within hospitals, of a mean.
    design_effect
        Opportunities that are worth one independent patient, of an opportunity score.
    """

    target: float
    limits_95: tuple[float, float]
    limits_998: tuple[float, float]
    tau2: float = 0.0
    kind: str = "symmetric"
    within_sd: float | None = None
    design_effect: float = 1.0


@dataclass(frozen=True, slots=True)
class Histogram:
    """Sites per coarse bin of the rate, lowest first; ``len(edges) == len(sites) + 1``."""

    edges: tuple[float, ...]
    sites: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A rate that others have reached.

    Parameters
    ----------
    value
        As a rate, 0 to 1.
    label
        In words, such as ``"achievable benchmark"``.
    method
        How it was computed, as a sentence without its full stop.
    """

    value: float
    label: str = "achievable benchmark"
    method: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """A standard that was set outside the network, as a rate, 0 to 1."""

    label: str
    value: float


@dataclass(frozen=True, slots=True)
class SeriesPoint:
    """One period of this hospital, with the network's figure beside it where it was released.

    ``observed`` is over ``denominator``: patients, an exposure, or expected events; of a mean it
    is the sum of the values.
    """

    period: str
    observed: float
    denominator: float
    network_rate: float | None = None

    @property
    def value(self) -> float:
        """What is charted."""
        return self.observed / self.denominator


@dataclass(frozen=True, slots=True)
class Persistence:
    """How often this hospital was to review: in ``beyond`` of the last ``periods`` judged.

    Parameters
    ----------
    by_chance
        Probability of at least as many for a hospital that is as expected throughout.
    flagged, returned
        Times that any hospital was flagged and judged again, and how many then no longer were;
        None where not released.
    """

    beyond: int
    periods: int
    by_chance: float | None = None
    flagged: int | None = None
    returned: int | None = None


@dataclass(frozen=True, slots=True)
class PeriodBand:
    """Where this hospital stood in one period."""

    period: str
    band: BandName
