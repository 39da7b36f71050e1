"""Public state of the ``crude`` analysis (see docs/statistics.md)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fedqi.benchmarking.crude_units import UnitState
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
        ``len(sites) + 1`` edges on the scale of the adjusted performance fraction; of a rate, on
        that of the adjusted rate, negative unless higher is better.
    sites
        Sites per bin; each bin and its complement hold at least m.
    performed, denominator
        Patients treated as wished (not the events, where lower is better) and all patients, of a
        rate its events and exposure, per bin; empty where the unit has one bin only.
    """

    edges: tuple[float, ...]
    sites: tuple[int, ...]
    performed: tuple[int, ...] = ()
    denominator: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class CrudeState(UnitState):
    """Everything the verified totals of the steps so far say."""

    counts: Mapping[str, Counts] = field(default_factory=dict)
    spreads: Mapping[str, Spread] = field(default_factory=dict)
    bins: Mapping[str, Bins] = field(default_factory=dict)

    @property
    def binned(self) -> tuple[str, ...]:
        """The one unit in which sites are counted in bins; none where two bins cannot stand.

        Without any event in the network there is no rate to place the others about.
        """
        if self.placed and self.is_rate and not self.target(ALL_PERIODS):
            return ()
        return self.placed

    @property
    def is_rate(self) -> bool:
        """Whether the denominator is an exposure."""
        return self.subject.measure.scoring == "rate"

    @property
    def counts_all(self) -> bool:
        """Whether all periods are counted together, in the second step, over released cells."""
        return self.has_calendar and ALL_PERIODS in self.units

    def pooled(self, unit: str) -> tuple[int, int]:
        """Return the numerator and denominator of a unit, from the counts of its periods."""
        counts = [self.counts[period] for period in self.parts(unit)]
        return sum(c.observed for c in counts), sum(c.denominator for c in counts)

    def target(self, unit: str) -> float:
        """Return the pooled rate of a unit; 0 without patients."""
        observed, denominator = self.pooled(unit)
        return observed / denominator if denominator else 0.0
