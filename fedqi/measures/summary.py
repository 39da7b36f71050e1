"""What the engine hands to an analysis: a measure's counts at one site, and nothing else."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from fedqi.measures.values import ComponentTable, ValueTable

T = TypeVar("T")

ALL_PERIODS = "all"
"""Name of the period of a measure without a calendar, and of all periods together."""

MAXIMUM_COUNT = 10_000_000
"""Largest numerator or denominator of one site in one period (and in all of them together)."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One provider in one period.

    Parameters
    ----------
    observed
        Numerator, 0 <= observed; of a proportion at most the denominator. Rows with a value, of a
        continuous measure; questionnaires with a score, of a survey.
    denominator
        Patients, stays or visits that count; of a rate the exposure in whole units.
    expected
        Events expected by the published model, where the measure supplies it.
    """

    observed: int
    denominator: int
    expected: float | None = None


@dataclass(frozen=True, slots=True)
class PatternTable:
    """Patients of one provider in one period, grouped by the covariates of the risk model.

    Parameters
    ----------
    values
        Covariate -> its value in each pattern: a number, or the index of a category's level.
    patients, events
        Of each pattern; their sums are the cell's denominator and observed. Of a rate, the
        exposure and its events; of a value, the rows with one and its sum in steps of the scale.
    squares
        Sum of the squared values of each pattern, in squared steps; empty unless there are values.
    """

    values: Mapping[str, tuple[float, ...]]
    patients: tuple[int, ...]
    events: tuple[int, ...]
    squares: tuple[int, ...] = ()

    @property
    def about_means(self) -> float:
        """Sum of squares about the mean of each pattern, in squared steps; 0 without values."""
        parts = zip(self.patients, self.events, self.squares, strict=True) if self.squares else ()
        # Whole numbers until the division: nothing cancels.
        return sum((n * square - total * total) / n for n, total, square in parts)


@dataclass(frozen=True, slots=True)
class MeasureSummary:
    """A measure evaluated at one site.

    Parameters
    ----------
    measure
        The measure's id.
    version
        The measure's version.
    digest
        SHA-256 of the measure's canonical JSON, lower-case hex.
    cells
        ``provider -> period -> Cell``; a period a provider has no rows in is absent.
    patterns
        ``provider -> period -> PatternTable`` of a measure with a risk model; else empty.
    values
        ``provider -> period -> ValueTable`` of a continuous measure or a survey; else empty.
    components
        ``provider -> period -> ComponentTable`` of a composite; else empty.
    """

    measure: str
    version: str
    digest: str
    cells: Mapping[str, Mapping[str, Cell]]
    patterns: Mapping[str, Mapping[str, PatternTable]] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, ValueTable]] = field(default_factory=dict)
    components: Mapping[str, Mapping[str, ComponentTable]] = field(default_factory=dict)

    @property
    def periods(self) -> tuple[str, ...]:
        """Periods in which at least one provider has data, in order."""
        return tuple(sorted({period for series in self.cells.values() for period in series}))

    def restricted(self, periods: Collection[str]) -> "MeasureSummary":
        """Return the summary with these periods only."""
        return replace(
            self,
            cells=_restricted(self.cells, periods),
            patterns=_restricted(self.patterns, periods),
            values=_restricted(self.values, periods),
            components=_restricted(self.components, periods),
        )

    def period_cells(self, period: str) -> list[Cell]:
        """Return the cells of one period, in the order of the providers."""
        return [series[period] for _, series in sorted(self.cells.items()) if period in series]

    def provider_totals(self) -> dict[str, Cell]:
        """Return each provider's cell over all its periods."""
        return {provider: pooled(series.values()) for provider, series in self.cells.items()}


def pooled(cells: Iterable[Cell]) -> Cell:
    """Add cells up; the expected events are known only if each cell has them."""
    cells = list(cells)
    expected = [cell.expected for cell in cells if cell.expected is not None]
    return Cell(
        observed=sum(cell.observed for cell in cells),
        denominator=sum(cell.denominator for cell in cells),
        expected=sum(expected) if expected and len(expected) == len(cells) else None,
    )


def _restricted(
    parts: Mapping[str, Mapping[str, T]], periods: Collection[str]
) -> dict[str, dict[str, T]]:
    return {
        provider: {period: part for period, part in series.items() if period in periods}
        for provider, series in parts.items()
    }
