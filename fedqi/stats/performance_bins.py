"""The achievable benchmark and percentile bands from one fixed public grid.

Sites count themselves into the grid (one sum); neighbouring grid bins are merged until each
merged bin and its complement hold enough sites; only then are patients summed per merged bin.
Everything here is performance, patients treated as wished over all patients: higher is better.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from math import pi, sin

from fedqi.stats.achievable_benchmark import BEST_SHARE

GRID_BINS = 256
"""Bins of the public grid; why this number: docs/statistics.md."""

FEWEST_BINS = 3
"""With fewer merged bins the best bin is no tenth but a half, and is called so."""


@dataclass(frozen=True, slots=True)
class BinnedBenchmark:
    """The achievable benchmark as far as bins show it.

    Parameters
    ----------
    value
        Pooled performance of the best tenth of patients ("better half": of the better bin).
    sites, denominator
        Sites and patients of the bins that these patients are taken from.
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


@dataclass(frozen=True, slots=True)
class _Bin:
    lower: float
    upper: float
    sites: int
    performed: int
    denominator: int


def performance_grid(bins: int = GRID_BINS) -> tuple[float, ...]:
    """Return the ``bins + 1`` edges ``sin²(πk/2K)`` of the public grid, from 0 to 1.

    They are equally spaced on the arcsine-square-root scale, on which the chance error of a
    proportion depends on n alone: bins are narrow near 0 and 1, where proportions are precise.

    References
    ----------
    Freeman MF, Tukey JW (1950). Ann Math Stat 21:607-611. doi:10.1214/aoms/1177729756
    """
    if bins < 1:
        raise ValueError(f"a grid of {bins} bins, expected at least 1")
    return (*(sin(pi * k / (2 * bins)) ** 2 for k in range(bins)), 1.0)


def bin_of(value: float, edges: Sequence[float]) -> int:
    """Return the index of the bin that holds a value.

    Parameters
    ----------
    value
        An adjusted performance fraction, within the edges.
    edges
        Rising; bin k is [edges[k], edges[k+1]), the last one closed.

    Raises
    ------
    ValueError
        If the value is outside the edges.
    """
    if not edges[0] <= value <= edges[-1]:
        raise ValueError(f"{value} is outside the grid of {edges[0]} to {edges[-1]}")
    return min(bisect_right(edges, value), len(edges) - 1) - 1


def merge_bins(counts: Sequence[int], minimum: int) -> tuple[int, ...]:
    """Return which grid edges stay, so that every merged bin holds enough sites.

    From the best end downwards a bin is closed as soon as it holds ``minimum`` sites and as many
    remain; what remains last is the worst bin. No rule gives more bins of neighbours. Only whole
    numbers are compared, so every site computes the same layout. The complement of a bin holds
    the other bins, hence also ``minimum`` sites.

    Parameters
    ----------
    counts
        Sites per grid bin, worst first.
    minimum
        Fewest sites per merged bin, at least 1.

    Returns
    -------
    tuple of int
        Indices of the kept edges, rising, first 0 and last ``len(counts)``; two indices mean one
        bin, which no benchmark can be made from.

    Raises
    ------
    ValueError
        If a count is negative, or ``minimum`` below 1.
    """
    if minimum < 1 or any(count < 0 for count in counts):
        raise ValueError("counts must not be negative and the minimum must be at least 1")
    kept = [len(counts)]
    below, inside = sum(counts), 0
    for index in range(len(counts) - 1, 0, -1):
        inside += counts[index]
        below -= counts[index]
        if inside >= minimum and below >= minimum:
            kept.append(index)
            inside = 0
    return (0, *reversed(kept))


def merged_counts(counts: Sequence[int], kept: Sequence[int]) -> tuple[int, ...]:
    """Return the sites per merged bin, given the edges that :func:`merge_bins` kept."""
    return tuple(sum(counts[start:end]) for start, end in pairwise(kept))


def binned_benchmark(
    edges: Sequence[float],
    sites: Sequence[int],
    performed: Sequence[int],
    denominator: Sequence[int],
) -> BinnedBenchmark | None:
    """Return the achievable benchmark of merged bins.

    From the best bin downwards, as many patients as make a tenth of all are pooled; the last bin,
    where the tenth is reached, gives its missing share at its own mean:
    ``(Σx + q (T/10 - Σd)) / (T/10)``, the sums over the bins taken whole, q the last bin's
    performance, T all patients. The exact benchmark stops at a site inside that last bin;
    ``lower`` and ``upper`` bound it rigorously.

    Parameters
    ----------
    edges
        Edges of the merged bins on the scale of the adjusted performance fraction.
    sites, performed, denominator
        Per merged bin, worst first: sites, Σx and Σd.

    Returns
    -------
    BinnedBenchmark or None
        For two bins the better one, labelled "better half"; None for one bin, or where the best
        bin has no patients.

    Raises
    ------
    ValueError
        If the lengths do not fit, or some Σx is not within 0 and Σd.

    References
    ----------
    Kiefe CI et al. (1998). Int J Qual Health Care 10:443-447. doi:10.1093/intqhc/10.5.443
    """
    bins = [
        _Bin(*each)
        for each in zip(edges[:-1], edges[1:], sites, performed, denominator, strict=True)
    ]
    if any(not 0 <= each.performed <= each.denominator for each in bins):
        raise ValueError("a bin's performance is not within 0 and its patients")
    if len(bins) < 2 or bins[-1].denominator == 0:
        return None
    if len(bins) < FEWEST_BINS:
        best = bins[-1]
        value = best.performed / best.denominator
        return BinnedBenchmark(value, best.sites, best.denominator, "better half")
    return _pared(bins)


def percentile_band(
    value: float, edges: Sequence[float], sites: Sequence[int]
) -> tuple[float, float]:
    """Return between which percentiles of the sites a site stands; 100 is the best.

    Parameters
    ----------
    value
        The site's adjusted performance fraction.
    edges, sites
        Merged bins, worst first, and the sites in each.

    Returns
    -------
    tuple of float
        Percentage of sites in worse bins, and in worse bins and its own.
    """
    own, total = bin_of(value, edges), sum(sites)
    if total == 0:
        return 0.0, 100.0
    below = sum(sites[:own])
    return 100 * below / total, 100 * (below + sites[own]) / total


def _pared(bins: Sequence[_Bin]) -> BinnedBenchmark:
    needed = BEST_SHARE * sum(each.denominator for each in bins)
    last = len(bins) - 1
    while sum(each.denominator for each in bins[last:]) < needed:
        last -= 1
    whole, cut = bins[last + 1 :], bins[last]
    missing = needed - sum(each.denominator for each in whole)
    taken = sum(each.performed for each in whole) + missing * cut.performed / cut.denominator
    lower, upper = _bounds(whole, cut, float(needed))
    return BinnedBenchmark(
        float(taken / needed),
        sum(each.sites for each in bins[last:]),
        sum(each.denominator for each in bins[last:]),
        "achievable benchmark",
        lower,
        upper,
    )


def _bounds(whole: Sequence[_Bin], cut: _Bin, needed: float) -> tuple[float, float]:
    """Bound the exact benchmark, which adds the best d patients of the cut bin to the whole bins.

    d runs from the shortfall to the whole cut bin. With e a bound of the adjusted performance of
    k sites, Σ(x+1) <= e Σ(d+2), hence Σx <= e Σd + k(2e-1). Above, e is the upper edge for the
    sites taken and the lower edge for those left. Below, e is the mean of the cut bin, which its
    best sites reach or exceed.
    """
    x, d = sum(each.performed for each in whole), sum(each.denominator for each in whole)
    sites, events, patients = cut.sites, float(cut.performed), float(cut.denominator)
    ends = (max(needed - d, 0.0), patients)
    mean = (events + sites) / (patients + 2 * sites)
    spare = sites * min(0.0, 2 * cut.lower - 1)
    least = [(0.0, 0.0), (sites * min(0.0, 2 * mean - 1), mean)]
    most = [
        (0.0, 1.0),
        (events, 0.0),
        (sites * max(0.0, 2 * cut.upper - 1), cut.upper),
        (events - cut.lower * patients - spare, cut.lower),
    ]

    def rate(part: float, added: float) -> float:
        return (x + added) / (d + part)

    return (
        min(rate(part, max(a + b * part for a, b in least)) for part in _corners(least, ends)),
        max(rate(part, min(a + b * part for a, b in most)) for part in _corners(most, ends)),
    )


def _corners(lines: Sequence[tuple[float, float]], ends: tuple[float, float]) -> Iterator[float]:
    """Yield the ends and where two lines (intercept, slope) cross between them.

    Between corners the envelope of the lines is straight and a rate along it monotone.
    """
    yield from ends
    for (a, b), (c, d) in combinations(lines, 2):
        if b != d and ends[0] < (c - a) / (b - d) < ends[1]:
            yield (c - a) / (b - d)
