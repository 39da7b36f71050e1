"""Public state of the ``crude`` analysis of a value or a survey (see docs/statistics.md)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fedqi.benchmarking.crude_units import UnitState
from fedqi.measures import ALL_PERIODS, Scale


@dataclass(frozen=True, slots=True)
class ValueSums:
    """What is summed first of one unit, over providers and sites.

    Parameters
    ----------
    providers
        Providers with a value.
    values, asked
        Rows with a value (questionnaires with a score), and all rows of the population.
    total
        Sum of (value - origin), in the unit of the values.
    responders
        Values that make a responder.
    """

    providers: int
    values: int
    asked: int
    total: float
    responders: int = 0


@dataclass(frozen=True, slots=True)
class ValueSpread:
    """How values vary, around the pooled mean that is known by then.

    Parameters
    ----------
    count_squared
        Sum n**2 over providers.
    within
        Sum of squares of the values about their provider's mean.
    between
        Sum n (provider's mean - pooled mean)**2.
    """

    count_squared: int
    within: float
    between: float


@dataclass(frozen=True, slots=True)
class MeanBins:
    """Merged bins of the sites' means, lowest first.

    Parameters
    ----------
    edges
        ``len(sites) + 1`` edges in the unit of the values.
    sites
        Sites per bin; each bin and its complement hold at least m.
    values, total
        Values and the sum of (value - origin) per bin; empty where the unit has one bin only.
    """

    edges: tuple[float, ...]
    sites: tuple[int, ...]
    values: tuple[int, ...] = ()
    total: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class HeldBins:
    """Merged bins of single values or answers, each held by at least m sites.

    Parameters
    ----------
    kept
        Indices of the edges of the public grid that are left; empty where too few sites hold any.
    counts
        Values per merged bin, once summed; empty where there is one bin only.
    """

    kept: tuple[int, ...]
    counts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemSums:
    """Answers to one item: how many, their sum, and how many per merged bin of the scale."""

    answers: HeldBins
    answered: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class ValueState(UnitState):
    """Everything the verified totals of the steps so far say."""

    sums: Mapping[str, ValueSums] = field(default_factory=dict)
    spreads: Mapping[str, ValueSpread] = field(default_factory=dict)
    means: Mapping[str, MeanBins] = field(default_factory=dict)
    values: Mapping[str, HeldBins] = field(default_factory=dict)
    items: Mapping[str, tuple[ItemSums, ...]] = field(default_factory=dict)

    @property
    def scale(self) -> Scale:
        """How the values are written."""
        found = self.subject.measure.scale
        assert found is not None
        return found

    @property
    def sums_all(self) -> bool:
        """Whether all periods together are a unit of their own."""
        return self.has_calendar and ALL_PERIODS in self.units

    def target(self, unit: str) -> float:
        """Return the pooled mean of a unit; the origin without values."""
        sums = [self.sums[period] for period in self.parts(unit)]
        count = sum(each.values for each in sums)
        total = sum(each.total for each in sums)
        return self.scale.origin + total / count if count else self.scale.origin

    def count(self, unit: str) -> int:
        """Return the values of a unit, from its periods."""
        return sum(self.sums[period].values for period in self.parts(unit))
