"""Public state of the ``direct`` analysis: strata, and which of them stand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import product
from math import sqrt

from fedqi.benchmarking.crude_state import Counts
from fedqi.benchmarking.crude_units import UnitState
from fedqi.stats.regression_design import CategoryTerm

MOST_STRATA = 256


class Stage(IntEnum):
    """What the next step sums."""

    COUNTS = 0
    SUPPORT = 1
    STRATA = 2
    SPREAD = 3
    FINISHED = 4


@dataclass(frozen=True, slots=True)
class Spread:
    """How providers' standardised rates lie about the common one.

    Parameters
    ----------
    providers
        With patients in every stratum.
    z_squared
        Sum of squared distances in standard errors.
    weights, weights_squared
        Sums of w and w², w the inverse variance of the rate.
    """

    providers: int = 0
    z_squared: float = 0.0
    weights: float = 0.0
    weights_squared: float = 0.0


@dataclass(frozen=True, slots=True)
class DirectState(UnitState):
    """Everything the verified totals of the steps so far say.

    Parameters
    ----------
    stage
        The next step.
    counts
        Of each released period.
    providers
        With patients, over all periods.
    groups
        Strata that are taken together, by their places; each alone where enough sites have it.
    patients, observed
        Of each group, over all sites.
    complete
        Sites with a provider that has patients in every group: those behind the spread.
    spread
        How the providers lie.
    failure
        Why there is no figure.
    """

    stage: Stage = Stage.COUNTS
    counts: Mapping[str, Counts] = field(default_factory=dict)
    providers: int = 0
    groups: tuple[tuple[int, ...], ...] = ()
    patients: tuple[int, ...] = ()
    observed: tuple[int, ...] = ()
    complete: int = 0
    spread: Spread = Spread()
    failure: str | None = None

    @property
    def is_rate(self) -> bool:
        """Whether the denominator is an exposure."""
        return self.subject.measure.scoring == "rate"

    @property
    def pooled(self) -> tuple[int, int]:
        """Events, and patients or exposure, of all released periods."""
        counts = self.counts.values()
        return sum(c.observed for c in counts), sum(c.denominator for c in counts)

    @property
    def covariates(self) -> tuple[CategoryTerm, ...]:
        """What the strata are made of: every term of the risk model, all of them categories."""
        design = self.subject.measure.design
        assert design is not None
        return tuple(term for term in design.terms if isinstance(term, CategoryTerm))

    @property
    def strata(self) -> tuple[tuple[str, ...], ...]:
        """Levels of each stratum, the last covariate changing fastest."""
        return tuple(product(*(term.levels for term in self.covariates)))

    @property
    def weights(self) -> tuple[float, ...]:
        """Share of each group in the patients of all sites."""
        total = sum(self.patients)
        return tuple(each / total for each in self.patients)

    def variances(self) -> tuple[float, ...]:
        """Variance of one patient's outcome (of one unit of exposure) in each group."""
        rates = [r / n if n else 0.0 for r, n in zip(self.observed, self.patients, strict=True)]
        return tuple(rates) if self.is_rate else tuple(p * (1 - p) for p in rates)

    @property
    def is_coarse(self) -> bool:
        """Whether so few sites stand behind the spread that it is summed coarsely."""
        return self.complete < 2 * self.subject.minimum

    @property
    def largest_weight(self) -> float:
        """Most that the inverse variance of a rate can be, for all patients at one provider.

        By Cauchy's inequality Σ w²σ²/n is at least (Σ wσ)²/Σn.
        """
        spread = sum(w * sqrt(v) for w, v in zip(self.weights, self.variances(), strict=True))
        return sum(self.patients) / spread**2 if spread else 0.0


def standing(sites: tuple[int, ...], minimum: int) -> tuple[tuple[int, ...], ...]:
    """Return the groups of strata that at least m sites have, each stratum with patients in one.

    Strata that fewer sites have are taken together with the one that stands and that the fewest
    sites have: by itself their sum might be that of one site, and it could be had as the
    difference between the whole and the others.

    Parameters
    ----------
    sites
        How many sites have patients in each stratum.
    minimum
        Group minimum m.

    Returns
    -------
    tuple of tuple of int
        Places of the strata of each group, in order; none where no stratum stands.
    """
    kept = [place for place, count in enumerate(sites) if count >= minimum]
    rare = [place for place, count in enumerate(sites) if 0 < count < minimum]
    if not kept:
        return ()
    if not rare:
        return tuple((place,) for place in kept)
    host = min(kept, key=lambda place: sites[place])
    joined = tuple(sorted([host, *rare]))
    return tuple(sorted([joined, *((place,) for place in kept if place != host)]))
