"""The achievable benchmark and percentile bands from one fixed public grid.

Sites count themselves into the grid (one sum); neighbouring grid bins are merged until each
merged bin and its complement hold enough sites; only then are patients summed per merged bin.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import pi, sin

GRID_BINS = 256
"""Bins of the public grid."""


@dataclass(frozen=True, slots=True)
class BinnedBenchmark:
    """The achievable benchmark as far as bins show it.

    Parameters
    ----------
    value
        Pooled performance Σx/Σd of the best bins.
    sites, denominator
        Sites and patients behind it.
    method
        "achievable benchmark" where at least three bins stand, "better half" for two.
    lower, upper
        The exact benchmark of unbinned sites is certain to lie between these; None for
        "better half", which is not an approximation of it.
    """

    value: float
    sites: int
    denominator: int
    method: str
    lower: float | None = None
    upper: float | None = None

    @property
    def tolerance(self) -> float | None:
        """Largest possible distance from the exact benchmark."""
        if self.lower is None or self.upper is None:
            return None
        return max(self.upper - self.value, self.value - self.lower)


def performance_grid(bins: int = GRID_BINS) -> tuple[float, ...]:
    """Return the ``bins + 1`` edges sin²(πk/2K), equally spaced on the arcsine-root scale.

    On that scale the standard error of a proportion depends on n alone, so bins are narrow where
    proportions are precise, near 0 and 1 (Freeman & Tukey 1950, doi:10.1214/aoms/1177729756).
    """
    return tuple(sin(pi * k / (2 * bins)) ** 2 for k in range(bins)) + (1.0,)


def bin_of(value: float, edges: Sequence[float]) -> int:
    """Return the index of the bin that holds a value; bins are [lower, upper), the last closed."""
    ...


def merge_bins(counts: Sequence[int], minimum: int) -> tuple[int, ...]:
    """Return the grid edges to keep, as indices: worst bin first."""
    ...


def merged_counts(counts: Sequence[int], kept: Sequence[int]) -> tuple[int, ...]:
    """Return the sites per merged bin."""
    ...


def binned_benchmark(
    edges: Sequence[float],
    sites: Sequence[int],
    performed: Sequence[int],
    denominator: Sequence[int],
) -> BinnedBenchmark | None:
    """Return the benchmark of merged bins, worst first; None for fewer than two bins."""
    ...


def percentile_band(
    value: float, edges: Sequence[float], sites: Sequence[int]
) -> tuple[float, float]:
    """Return the percentages of sites below a site's bin and up to its end."""
    ...
