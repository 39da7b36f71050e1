"""Which units (periods, and all of them together) the ``crude`` analysis may release, and bin."""

from dataclasses import dataclass, field

from fedqi.benchmarking.analysis import Offering, Subject
from fedqi.benchmarking.released import (
    has_calendar,
    may_be_pooled,
    pooled_sites,
    released_periods,
)
from fedqi.measures import ALL_PERIODS
from fedqi.stats import MeasureQuality


@dataclass(frozen=True, slots=True)
class UnitState:
    """What is public of any crude analysis, whatever it sums.

    Parameters
    ----------
    subject
        What is measured.
    step
        The next one.
    offering
        Period -> sites.
    quality
        How many hospitals are large enough to be told apart; None before it is summed.
    flags
        Providers flagged in one period and judged in the next, and how many of them returned;
        None before they are summed, and where nobody asks.
    """

    subject: Subject
    step: int = 0
    offering: Offering = field(default_factory=dict)
    quality: MeasureQuality | None = None
    flags: tuple[int, int] | None = None

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
    def whole(self) -> tuple[str, ...]:
        """The unit of all periods, where it is released.

        Bins are made once, at one grain: bins of a month set against bins of all months could
        differ in a single site.
        """
        return (ALL_PERIODS,) if ALL_PERIODS in self.units else ()

    @property
    def placed(self) -> tuple[str, ...]:
        """The unit in which sites are placed on a grid; none where two bins cannot stand."""
        enough = len(self.sites(ALL_PERIODS)) >= 2 * self.bin_minimum
        return self.whole if self.whole and enough else ()

    @property
    def bin_minimum(self) -> int:
        """Fewest sites of a bin: m of them offer every released period.

        Bins over several periods, less the period that most of a bin's sites offer alone, would
        leave the few others.
        """
        everyone = self.sites(ALL_PERIODS)
        whole = set(everyone).intersection(*(self.sites(period) for period in self.released))
        return self.subject.minimum + len(everyone) - len(whole)

    def parts(self, unit: str) -> tuple[str, ...]:
        """Return the periods that a unit is made of."""
        return self.released if unit == ALL_PERIODS and self.has_calendar else (unit,)

    def is_small(self, unit: str) -> bool:
        """Whether so few sites stand behind a unit that its spread is summed coarsely."""
        return len(self.sites(unit)) < 2 * self.subject.minimum

    def sites(self, unit: str) -> tuple[str, ...]:
        """Return the sites behind a unit, sorted."""
        if unit == ALL_PERIODS and self.has_calendar:
            return pooled_sites(self.subject, self.offering)
        return self.offering.get(unit, ())
