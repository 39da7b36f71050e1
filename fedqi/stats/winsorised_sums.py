"""Winsorised overdispersion from sums: cut points from a public grid of z, then capped z².

The step of the grid counts, for each bin, the sites whose z falls in it; from the cut points,
public ever after, each site adds its own capped z². The pure functions that hold all z are in
:mod:`fedqi.stats.winsorising`.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate
from math import asinh, floor, sinh, sqrt

from fedqi.stats.overdispersion import Overdispersion, overdispersion

Z_BINS_PER_UNIT = 32
"""Bins per unit of asinh z: width 1/32 near 0, about |z|/32 far out."""

Z_REACH = 12
"""asinh of the largest z with a bin of its own, about 81,000."""


class WinsorKind(StrEnum):
    """How the cut points are chosen.

    - RANK: the value after the ⌊N·share⌋ outermost ones (Spiegelhalter's code).
    - QUANTILE: the quantiles ``share`` and ``1 - share``, R's type 7 (FunnelPlotR).

    On New York's hospitals φ is 1.92 by rank and 1.85 by quantile.
    """

    RANK = "rank"
    QUANTILE = "quantile"


@dataclass(frozen=True, slots=True)
class CutPoints:
    """Where z scores are capped.

    Parameters
    ----------
    low, high
        Middle of the bin (or between the middles of two bins) in which the exact cut point lies.
    error
        Largest possible distance of either from the exact cut point.
    capped
        Sites in bins wholly outside, which the cut points cap; fewer than the group minimum
        must not be singled out, see docs/statistics.md.
    """

    low: float
    high: float
    error: float
    capped: int

    def capped_square(self, z: float) -> float:
        """Return what a site adds: the square of its z within the cut points."""
        return min(max(z, self.low), self.high) ** 2


@dataclass(frozen=True, slots=True)
class WinsorisedSpread:
    """Overdispersion with capped z.

    Parameters
    ----------
    spread
        φ and τ².
    tolerance
        Largest distance of φ from that of exactly winsorised z.
    kind
        The custom followed.
    """

    spread: Overdispersion
    tolerance: float
    kind: WinsorKind


def z_grid() -> tuple[float, ...]:
    """Return the edges ``sinh(k/32)``, k from -384 to 384: fine near 0, relative far out."""
    most = Z_REACH * Z_BINS_PER_UNIT
    return tuple(sinh(k / Z_BINS_PER_UNIT) for k in range(-most, most + 1))


def z_bin(z: float) -> int:
    """Return the bin of a z score, the outermost one beyond the grid.

    Raises
    ------
    ValueError
        If z is not a number.
    """
    if z != z:
        raise ValueError("z is not a number")
    most = 2 * Z_REACH * Z_BINS_PER_UNIT - 1
    near = max(-float(Z_REACH), min(float(Z_REACH), asinh(z)))
    return min(max(floor((near + Z_REACH) * Z_BINS_PER_UNIT), 0), most)


def cut_points(
    counts: Sequence[int], share: float = 0.1, kind: WinsorKind = WinsorKind.RANK
) -> CutPoints:
    """Return the cut points that the counts of the grid allow.

    Parameters
    ----------
    counts
        Sites per bin of :func:`z_grid`, lowest first.
    share
        Share per tail, 0 <= share < 0.5.
    kind
        See :class:`WinsorKind`.

    Returns
    -------
    CutPoints
        Within ``error`` of the exact ones, if no z lies beyond the grid.

    Raises
    ------
    ValueError
        If the counts do not fit the grid, are negative or all 0, or the share is no such share.
    """
    if not 0 <= share < 0.5:
        raise ValueError(f"a share of {share} per tail, expected 0 to below 0.5")
    edges, sites = z_grid(), sum(counts)
    if len(counts) != len(edges) - 1 or min(counts) < 0 or sites == 0:
        raise ValueError(f"{len(counts)} bins with {sites} sites do not fit the grid of z")
    upto = list(accumulate(counts))
    ranks = _ranks(sites, share, kind)
    bins = [[(bisect_right(upto, rank), weight) for rank, weight in end] for end in ranks]
    low, high = (sum(weight * (edges[k] + edges[k + 1]) / 2 for k, weight in end) for end in bins)
    error = max(sum(weight * (edges[k + 1] - edges[k]) / 2 for k, weight in end) for end in bins)
    first, last = bins[0][0][0], bins[1][-1][0]
    return CutPoints(low, high, error, sites - sum(counts[first : last + 1]))


def winsorised_overdispersion(
    units: int,
    capped_squares: float,
    weights: float,
    weights_squared: float,
    cuts: CutPoints,
    kind: WinsorKind = WinsorKind.RANK,
) -> WinsorisedSpread:
    """Return φ and τ² from the capped z² of all sites.

    Moving both cut points by at most ε moves every capped z by at most ε, and hence φ by at most
    ``2ε√φ + ε²`` (Cauchy-Schwarz): the tolerance.

    Parameters
    ----------
    units
        Sites with a z, N.
    capped_squares
        Σ of :meth:`CutPoints.capped_square`.
    weights, weights_squared
        Σ w and Σ w² with w = 1/s², as in :func:`fedqi.stats.overdispersion.overdispersion`.
    cuts, kind
        The cut points and the custom they follow.

    References
    ----------
    Spiegelhalter DJ (2005). Qual Saf Health Care 14:347-351. doi:10.1136/qshc.2005.013755
    """
    spread = overdispersion(units, capped_squares, weights, weights_squared)
    tolerance = 2 * cuts.error * sqrt(spread.phi) + cuts.error**2
    return WinsorisedSpread(spread, tolerance, kind)


def _ranks(
    sites: int, share: float, kind: WinsorKind
) -> tuple[list[tuple[int, float]], list[tuple[int, float]]]:
    """Return (rank from 0, weight) of the values that make the lower and the upper cut point."""
    if kind is WinsorKind.RANK:
        cut = int(sites * share)
        return [(cut, 1.0)], [(sites - 1 - cut, 1.0)]
    place = (sites - 1) * share
    below = int(place)
    part = place - below
    if part == 0:
        return [(below, 1.0)], [(sites - 1 - below, 1.0)]
    lower = [(below, 1 - part), (below + 1, part)]
    upper = [(sites - 2 - below, part), (sites - 1 - below, 1 - part)]
    return lower, upper
