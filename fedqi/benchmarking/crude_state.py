"""Public state of the ``crude`` analysis (see docs/statistics.md)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fedqi.benchmarking.analysis import Offering, Subject
from fedqi.benchmarking.released import (
    has_calendar,
    may_be_pooled,
    pooled_sites,
    released_periods,
)
from fedqi.measures import ALL_PERIODS


@dataclass(frozen=True, slots=True)
class Counts:
    """What is counted first of one unit (a period, or all of them), over providers and sites.

    Parameters
    ----------
    providers
        Providers with a denominator above zero.
    observed, denominator
        Sum r and sum n; n is the exposure of a rate.
    """

    providers: int
    observed: int
    denominator: int


@dataclass(frozen=True, slots=True)
class Spread:
    """How the providers of one unit lie around the pooled rate p, which is known by then.

    Parameters
    ----------
    denominator_squared
        Sum n**2.
    dispersion
        Sum (r - n p)**2 / n.
    expected_providers, expected, expected_squared, ratio_dispersion
        Providers with E above zero, sum E, sum E**2 and sum (r - E)**2 / E; zero where the
        measure supplies no E.
    """

    denominator_squared: int
    dispersion: float
    expected_providers: int = 0
    expected: float = 0.0
    expected_squared: float = 0.0
    ratio_dispersion: float = 0.0


@dataclass(frozen=True, slots=True)
class Bins:
    """Merged bins of adjusted performance, worst first, with their sums.

    Parameters
    ----------
    edges
        ``len(sites) + 1`` edges on the scale of the adjusted performance fraction.
    sites
        Sites per bin; each bin and its complement hold at least m.
    performed, denominator
        Patients treated as wished (not the events, where lower is better) and all patients,
        per bin; empty where the unit has one bin only.
    """

    edges: tuple[float, ...]
    sites: tuple[int, ...]
    performed: tuple[int, ...] = ()
    denominator: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class CrudeState:
    """Everything the verified totals of the steps so far say."""

    subject: Subject
    step: int = 0
    offering: Offering = field(default_factory=dict)
    counts: Mapping[str, Counts] = field(default_factory=dict)
    spreads: Mapping[str, Spread] = field(default_factory=dict)
    bins: Mapping[str, Bins] = field(default_factory=dict)

    @property
    def released(self) -> tuple[str, ...]:
        """Periods that enough sites offer."""
        return released_periods(self.subject, self.offering)

    @property
    def has_calendar(self) -> bool:
        """Whether "all" is a unit of its own, summed from the periods."""
        return has_calendar(self.subject)

    @property
    def units(self) -> tuple[str, ...]:
        """Released periods and, for a measure with a calendar, all of them together."""
        if self.has_calendar and self.released and self.together:
            return (*self.released, ALL_PERIODS)
        return self.released

    @property
    def together(self) -> bool:
        """Whether all periods may be summed together."""
        return may_be_pooled(self.subject, self.offering)

    @property
    def binned(self) -> tuple[str, ...]:
        """The one unit in which sites are counted in bins; none where two bins cannot stand.

        A rate has none: the public grid is one of proportions.

        Bins are made once, at one grain: bins of a month set against bins of all months could
        differ in a single site.
        """
        enough = (
            self.subject.measure.scoring == "proportion"
            and ALL_PERIODS in self.units
            and len(self.sites(ALL_PERIODS)) >= 2 * self.bin_minimum
        )
        return (ALL_PERIODS,) if enough else ()

    @property
    def bin_minimum(self) -> int:
        """Fewest sites of a bin: m of them offer every released period.

        Bins over several periods, less the period that most of a bin's sites offer alone, would
        leave the few others.
        """
        everyone = self.sites(ALL_PERIODS)
        whole = set(everyone).intersection(*(self.sites(period) for period in self.released))
        return self.subject.minimum + len(everyone) - len(whole)

    @property
    def counts_all(self) -> bool:
        """Whether all periods are counted together, in the second step, over released cells."""
        return self.has_calendar and ALL_PERIODS in self.units

    def pooled(self, unit: str) -> tuple[int, int]:
        """Return the numerator and denominator of a unit, from the counts of its periods."""
        parts = self.released if unit == ALL_PERIODS and self.has_calendar else (unit,)
        counts = [self.counts[period] for period in parts]
        return sum(c.observed for c in counts), sum(c.denominator for c in counts)

    def target(self, unit: str) -> float:
        """Return the pooled rate of a unit; 0 without patients."""
        observed, denominator = self.pooled(unit)
        return observed / denominator if denominator else 0.0

    def is_small(self, unit: str) -> bool:
        """Whether so few sites stand behind a unit that its spread is summed coarsely."""
        return len(self.sites(unit)) < 2 * self.subject.minimum

    def sites(self, unit: str) -> tuple[str, ...]:
        """Return the sites behind a unit, sorted."""
        if unit == ALL_PERIODS and self.has_calendar:
            return pooled_sites(self.subject, self.offering)
        return self.offering.get(unit, ())
