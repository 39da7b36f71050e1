"""Public state and vector layout of the ``crude`` analysis (see docs/statistics.md)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedqi.benchmarking.analysis import Offering, Subject, Values
from fedqi.benchmarking.released import (
    atom_of,
    has_calendar,
    may_be_pooled,
    pooled_sites,
    released_periods,
)
from fedqi.measures import ALL_PERIODS, MAXIMUM_COUNT, Cell
from fedqi.secagg.encoding import Block

MAXIMUM_PROVIDERS = 10_000
MAXIMUM_EXPECTED = float(MAXIMUM_COUNT)


@dataclass(frozen=True, slots=True)
class Sums:
    """The sums of one unit (a period, or all of them) over providers and sites.

    Parameters
    ----------
    providers
        Providers with a denominator above zero.
    observed, denominator
        Sum r and sum n.
    denominator_squared
        Sum n**2.
    dispersion
        Sum r**2 / n.
    expected_providers, expected, expected_squared, ratio_dispersion
        Providers with E above zero, sum E, sum E**2 and sum (r - E)**2 / E; zero where the
        measure supplies no E.
    """

    providers: int
    observed: int
    denominator: int
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
    sums: Mapping[str, Sums] = field(default_factory=dict)
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

        Bins are made once, at one grain: bins of a month set against bins of all months could
        differ in a single site.
        """
        enough = ALL_PERIODS in self.units and (
            len(self.sites(ALL_PERIODS)) >= 2 * self.subject.minimum
        )
        return (ALL_PERIODS,) if enough else ()

    def sites(self, unit: str) -> tuple[str, ...]:
        """Return the sites behind a unit, sorted."""
        if unit == ALL_PERIODS and self.has_calendar:
            return pooled_sites(self.subject, self.offering)
        return self.offering.get(unit, ())


def sums_blocks(state: CrudeState, unit: str) -> list[Block]:
    """Return the blocks of the first sums of a unit."""
    atom = atom_of(state.subject, unit)

    def block(name: str, upper: float, resolution: float | None = None) -> Block:
        if resolution is None:
            return Block(f"{unit}/{name}", (1,), "count", 0, upper, atom=atom)
        return Block(f"{unit}/{name}", (1,), "real", 0, upper, resolution, atom)

    blocks = [
        block("providers", MAXIMUM_PROVIDERS),
        block("observed", MAXIMUM_COUNT),
        block("denominator", MAXIMUM_COUNT),
        block("denominator_squared", MAXIMUM_COUNT**2),
        block("dispersion", MAXIMUM_COUNT, 2.0**-28),
    ]
    if state.subject.measure.expected is not None:
        blocks += [
            block("expected_providers", MAXIMUM_PROVIDERS),
            block("expected", MAXIMUM_EXPECTED, 2.0**-28),
            block("expected_squared", MAXIMUM_EXPECTED**2, 2.0**-4),
            block("ratio_dispersion", MAXIMUM_EXPECTED, 2.0**-20),
        ]
    return blocks


def sums_of(cells: list[Cell]) -> Sums:
    """Add up one site's providers; cells without patients add nothing."""
    cells = [cell for cell in cells if cell.denominator > 0]
    expected = [cell.expected or 0.0 for cell in cells]
    return Sums(
        providers=len(cells),
        observed=sum(c.observed for c in cells),
        denominator=sum(c.denominator for c in cells),
        denominator_squared=sum(c.denominator**2 for c in cells),
        dispersion=sum(c.observed**2 / c.denominator for c in cells),
        expected_providers=sum(e > 0 for e in expected),
        expected=sum(expected),
        expected_squared=sum(e * e for e in expected),
        # Capped at the declared bound, so that one odd expected value cannot block a hospital.
        ratio_dispersion=min(
            sum((c.observed - e) ** 2 / e for c, e in zip(cells, expected, strict=True) if e > 0),
            MAXIMUM_EXPECTED,
        ),
    )


def sums_values(unit: str, sums: Sums, names: set[str]) -> dict[str, NDArray[Any]]:
    """Return the values of the blocks among ``names`` that belong to a unit's sums."""
    values = {f"{unit}/{name}": getattr(sums, name) for name in Sums.__dataclass_fields__}
    return {name: np.array([value]) for name, value in values.items() if name in names}


def read_sums(unit: str, total: Values) -> Sums:
    """Read a unit's sums back from a decoded total."""
    fields = Sums.__dataclass_fields__
    found = {n: total[f"{unit}/{n}"][0].item() for n in fields if f"{unit}/{n}" in total}
    return Sums(**found)
