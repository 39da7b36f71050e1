"""What a report needs to know of a risk model, and of a measure itself; see fedqi.reports.data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from fedqi.reports.data_basic import BandName, Interval, Ratio

Basis = Literal["crude", "meta", "direct", "standardised", "hierarchical"]
"""The analysis behind a verdict, in ascending order of what it allows for."""

Effect = Literal["odds ratio", "rate ratio", "difference"]
"""What a coefficient of a risk model tells: of a logistic, a Poisson or a linear one."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one analysis says of a hospital; the verdict is that of the most adjusted one.

    Parameters
    ----------
    analysis
        Its name.
    value, interval
        A rate, or with ``is_ratio`` a ratio; None without patients, or where it failed.
    band
        Where it places the hospital; None where it failed.
    failed
        Why there is no figure, as a sentence.
    """

    analysis: str
    value: float | None = None
    interval: Interval | None = None
    band: BandName | None = None
    is_ratio: bool = False
    failed: str | None = None


@dataclass(frozen=True, slots=True)
class RatioFunnel:
    """What the funnel of observed over expected is drawn from.

    Parameters
    ----------
    expected
        Events expected at this hospital: its place on the axis.
    limits_95, limits_998
        Limits (lower, upper) there, as its position states them.
    tau2
        Additive between-site variance on the ratio's scale; None for exact limits.
    scale
        Variance of the observed count over the expected one; 1 if Poisson.
    """

    expected: float
    limits_95: tuple[float, float]
    limits_998: tuple[float, float]
    tau2: float | None = None
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Shrinkage:
    """A hospital's ratio before and after allowing for chance.

    Parameters
    ----------
    observed
        Observed over expected, both at the average hospital of the same model.
    steadied
        Predicted over expected.
    spread
        Between which ratios 95 of 100 hospitals truly lie; None where they do not differ.
    probability_worse
        Of being truly worse than the average hospital; None where neither direction is worse.
    stands_out
        Whether that holds when all comparisons are made together.
    providers
        How many comparisons there are.
    false_alarms
        How many of as many average hospitals would be called to review by chance, on average.
    """

    observed: Ratio
    steadied: Ratio
    spread: tuple[float, float] | None
    probability_worse: float | None
    stands_out: bool
    providers: int
    false_alarms: float


@dataclass(frozen=True, slots=True)
class Coefficient:
    """One column of a model, on the scale it was fitted on, and its standard error."""

    name: str
    estimate: float
    standard_error: float


@dataclass(frozen=True, slots=True)
class CalibrationRow:
    """Patients of similar risk in all hospitals: how many had the event, how many should have."""

    patients: int
    observed: int
    expected: float


@dataclass(frozen=True, slots=True)
class RiskModel:
    """A fitted risk model as everyone may see it.

    Parameters
    ----------
    analysis
        Which analysis fitted it.
    coefficients
        In model order, the intercept first: logarithms of ratios, or differences of means.
    effect
        What a coefficient is of.
    c_statistic
        How well it tells patients with and without the event apart; None if not released.
    calibration
        Lowest risk first; may be empty.
    r_squared
        Share of the values' variation that it explains; None of events.
    sigma
        Standard deviation between hospitals on the log-odds scale; None where not fitted.
    joined, left_out
        Levels that too few hospitals have, by covariate; terms that too few support.
    reference
        The own ratio against the frozen model, where the measure brings one.
    """

    analysis: str
    coefficients: tuple[Coefficient, ...]
    effect: Effect = "odds ratio"
    r_squared: float | None = None
    c_statistic: float | None = None
    calibration: tuple[CalibrationRow, ...] = ()
    sigma: float | None = None
    joined: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    reference: Ratio | None = None


@dataclass(frozen=True, slots=True)
class Quality:
    """Whether a measure can tell hospitals apart at all.

    Parameters
    ----------
    reliability
        Share of the differences between hospitals that is no chance, at this hospital's size.
    minimum_volume
        Patients (or exposure) from which that share is ``threshold``.
    differs
        False where hospitals differ no more than chance: then no volume is enough.
    threshold
        The reliability usually asked for.
    share_below
        Share of the hospitals with less than the minimum volume; None where not released.
    own_case_mix
        Whether the volume is one of patients like the own ones, as a risk model sees them.
    """

    reliability: float | None
    minimum_volume: float | None
    differs: bool = True
    threshold: float = 0.7
    share_below: float | None = None
    own_case_mix: bool = False


@dataclass(frozen=True, slots=True)
class Absent:
    """A measure, or a period of it, that the report cannot show, and why, as a sentence."""

    title: str
    reason: str
