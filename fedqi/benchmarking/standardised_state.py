"""Public state and steps of the model-based analyses (see docs/statistics.md)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from fedqi.benchmarking.analysis import Offering, Subject
from fedqi.benchmarking.released import (
    atom_of,
    has_calendar,
    may_be_pooled,
    pooled_sites,
    released_periods,
)
from fedqi.benchmarking.support import SupportedModel
from fedqi.measures import ALL_PERIODS
from fedqi.stats.calibration import ScoreCounts
from fedqi.stats.hierarchical import HierarchicalFit
from fedqi.stats.regression import Fit
from fedqi.stats.regression_blocks import Family
from fedqi.stats.regression_design import Design

_FAMILIES = {"rate": Family.POISSON, "continuous": Family.GAUSSIAN}


class Stage(IntEnum):
    """What the next step sums."""

    COUNTS = 0
    SUPPORT = 1
    PLAIN = 2
    MOMENTS = 3
    SPREAD = 4
    SCORES = 5
    HISTOGRAM = 6
    FINISHED = 7


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over all released periods; ``outcome`` is that of scaled values, if there are any."""

    observed: int = 0
    denominator: int = 0
    providers: int = 0
    outcome: float = 0.0


@dataclass(frozen=True, slots=True)
class PeriodSums:
    """Sums over all sites in one period.

    Parameters
    ----------
    observed, denominator
        Events, and patients or exposure.
    providers
        With patients.
    expected
        Sum of E by the model of all periods.
    outcome
        Sum of scaled values, if there are any.
    """

    observed: int
    denominator: int
    providers: int = 0
    expected: float = 0.0
    outcome: float = 0.0


@dataclass(frozen=True, slots=True)
class Residuals:
    """How far providers are from what a model expects of them.

    Parameters
    ----------
    providers
        With patients.
    expected
        Sum of E.
    z_squared
        Sum of (O - E)² / V.
    weights, weights_squared
        Sums of w and w², w = E² / V the inverse variance of O / E.
    """

    providers: int = 0
    expected: float = 0.0
    z_squared: float = 0.0
    weights: float = 0.0
    weights_squared: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class ModelState:
    """Everything the verified totals of the steps so far say.

    Parameters
    ----------
    subject
        The measure in this job.
    hierarchical
        Whether a spread between providers is fitted after the plain regression.
    stage
        What the next step sums.
    offering
        Period -> sites.
    totals
        Over all released periods.
    model
        Columns that enough sites support.
    plain, mixed
        The regressions, once begun.
    residuals, reference
        Of the fitted and of the frozen model.
    edges, histogram
        Bins of the score, and patients in them.
    series
        Released period -> sums.
    scatter, within
        Of scaled values: their sum of squares about the mean, and the variance of their residuals
        within providers.
    failure
        Why there is no model, in words; empty while there is one, or still may be.
    """

    subject: Subject
    hierarchical: bool
    stage: Stage = Stage.COUNTS
    offering: Offering = field(default_factory=dict)
    totals: Totals = Totals()
    model: SupportedModel | None = None
    plain: Fit | None = None
    mixed: HierarchicalFit | None = None
    residuals: Residuals = Residuals()
    reference: Residuals | None = None
    edges: tuple[float, ...] = ()
    histogram: ScoreCounts | None = None
    series: Mapping[str, PeriodSums] = field(default_factory=dict)
    scatter: float = 0.0
    within: float = 0.0
    failure: str = ""

    @property
    def where(self) -> str:
        """The model in words, for messages."""
        return f"{self.subject.measure.name}, risk model"

    @property
    def family(self) -> Family:
        """Distribution of the outcome: of a rate, Poisson with the exposure as offset."""
        return _FAMILIES.get(self.subject.measure.scoring, Family.BINOMIAL)

    @property
    def weight(self) -> int:
        """What the model rests on: patients, exposure, or patients with a value."""
        totals = self.totals
        return totals.observed if self.family is Family.GAUSSIAN else totals.denominator

    @property
    def outcome(self) -> float:
        """Sum of what the model explains: events, or scaled values."""
        totals = self.totals
        return totals.outcome if self.family is Family.GAUSSIAN else totals.observed

    @property
    def released(self) -> tuple[str, ...]:
        """Periods that enough sites offer."""
        return released_periods(self.subject, self.offering)

    @property
    def charted(self) -> tuple[str, ...]:
        """Periods that have results of their own: those of a calendar, beside all together."""
        return self.released if has_calendar(self.subject) else ()

    @property
    def design(self) -> Design:
        """Columns of the measure's risk model, before support is known."""
        design = self.subject.measure.design
        assert design is not None
        return design

    @property
    def modelled(self) -> bool:
        """Whether a model is fitted: over all released periods together, if they may be pooled."""
        return bool(self.released) and may_be_pooled(self.subject, self.offering)

    @property
    def sites(self) -> tuple[str, ...]:
        """Sites behind the model, sorted."""
        return pooled_sites(self.subject, self.offering)

    @property
    def atom(self) -> str | None:
        """Atom of the blocks over all periods; none with a calendar, whose cells are released."""
        return atom_of(self.subject, ALL_PERIODS)

    @property
    def fitted_model(self) -> SupportedModel:
        """The model, once it is known."""
        assert self.model is not None
        return self.model

    @property
    def plain_fit(self) -> Fit:
        """The plain regression, once begun."""
        assert self.plain is not None
        return self.plain

    @property
    def mixed_fit(self) -> HierarchicalFit:
        """The hierarchical regression, once begun."""
        assert self.mixed is not None
        return self.mixed

    @property
    def coefficients(self) -> tuple[float, ...]:
        """Coefficients of the scaled columns: where the next sums are taken, or the estimate."""
        return self.mixed.coefficients if self.mixed is not None else self.plain_fit.coefficients

    @property
    def sigma(self) -> float:
        """Spread between providers; 0 without a hierarchical fit."""
        return self.mixed.sigma if self.mixed is not None else 0.0
