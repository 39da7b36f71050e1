"""Where sites stand with a mean or a rate: public grids, and the best tenth of merged bins."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import asinh, sinh

from fedqi.stats.achievable_benchmark import BEST_SHARE

GRID_BINS = 256
"""Bins of a public grid of means or rates."""

GREATEST_RATIO = 16
"""End of the grid of rates, as a multiple of the pooled rate."""

_NARROWEST = 1 / 1500
"""Width of the bins next to the pooled mean over the distance to a bound, times the bins."""


@dataclass(frozen=True, slots=True)
class Pared:
    """Pooled value of the best bins of sites.

    Parameters
    ----------
    value
        Σ total / Σ size over the best tenth of the size.
    sites, size
        Of the bins these are taken from.
    method
        "achievable benchmark" where at least three bins stand, "better half" for two.
    """

    value: float
    sites: int
    size: int
    method: str


def mean_grid(
    centre: float, lower: float, upper: float, bins: int = GRID_BINS
) -> tuple[float, ...]:
    """Return rising edges from one bound to the other, narrow next to the pooled mean.

    ``centre ± d sinh(k a)/sinh(K a)`` on either side, d the distance to the bound: away from the
    centre the width of a bin is a fixed part (some 6 %) of the distance, so that means are told
    apart whatever the width of the bounds.

    Parameters
    ----------
    centre
        Pooled mean, within the bounds.
    lower, upper
        Bounds of the value.
    bins
        Even; half of them on either side, where there is room.

    Raises
    ------
    ValueError
        If the centre is outside, or the bins are odd or none.
    """
    if not lower <= centre <= upper or lower >= upper or bins < 2 or bins % 2:
        raise ValueError(f"a grid of {bins} bins about {centre} from {lower} to {upper}")
    half = bins // 2
    steepness = asinh(1 / _NARROWEST) / half
    parts = [_NARROWEST * sinh(steepness * k) for k in range(1, half)]
    inner = [centre - (centre - lower) * part for part in reversed(parts)]
    inner += [centre, *(centre + (upper - centre) * part for part in parts)]
    return (lower, *sorted({edge for edge in inner if lower < edge < upper}), upper)


def rate_grid(pooled: float, bins: int = GRID_BINS) -> tuple[float, ...]:
    """Return edges ``16θ(k/K)²``: evenly spaced square roots, on which chance is alike everywhere.

    Raises
    ------
    ValueError
        If the pooled rate θ is not above 0, or there are no bins.
    """
    if not pooled > 0 or bins < 1:
        raise ValueError(f"a grid of {bins} bins about the rate {pooled}")
    return tuple(GREATEST_RATIO * pooled * (k / bins) ** 2 for k in range(bins + 1))


def adjusted_rate(events: float, exposure: float, pooled: float) -> float:
    """Return ``(r + 1)/(T + 1/θ)``: one event more, in the exposure that the network needs for it.

    To a rate what (x+1)/(d+2) is to a proportion: it keeps providers with hardly any exposure
    from standing at an end of the order. The mean of the posterior under Gamma(1, 1/θ).

    Raises
    ------
    ValueError
        If θ is not above 0.
    """
    if not pooled > 0:
        raise ValueError(f"the pooled rate is {pooled}, expected a number above 0")
    return (events + 1) / (exposure + 1 / pooled)


def pared_bins(totals: Sequence[float], sizes: Sequence[int], sites: Sequence[int]) -> Pared | None:
    """Return the pooled value of the best tenth of the patients or the exposure.

    As in :func:`fedqi.stats.performance_bins.binned_benchmark`: whole bins from the best end, and
    of the one where the tenth is reached the missing share at its own mean.

    Parameters
    ----------
    totals, sizes, sites
        Per merged bin, best first: events or sum of values; patients or exposure; sites.

    Returns
    -------
    Pared or None
        None for one bin, or where the best bin is empty.

    References
    ----------
    Kiefe CI et al. (1998). Int J Qual Health Care 10:443-447. doi:10.1093/intqhc/10.5.443
    """
    if len(sizes) < 2 or not sizes[0]:
        return None
    if len(sizes) == 2:
        return Pared(totals[0] / sizes[0], sites[0], sizes[0], "better half")
    needed = float(BEST_SHARE * sum(sizes))
    total, size, last = 0.0, 0, 0
    while size + sizes[last] < needed:
        total, size, last = total + totals[last], size + sizes[last], last + 1
    taken = total + (needed - size) * totals[last] / sizes[last]
    return Pared(
        taken / needed, sum(sites[: last + 1]), sum(sizes[: last + 1]), "achievable benchmark"
    )
