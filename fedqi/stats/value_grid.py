"""Quantiles and shares beyond a limit, from counts on a coarse public grid of values."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True, slots=True)
class Bracketed:
    """A figure read off a grid, and between what the exact one lies.

    Parameters
    ----------
    value
        Interpolated: values are taken as evenly spread within a bin.
    lower, upper
        Certain bounds.
    """

    value: float
    lower: float
    upper: float

    @property
    def tolerance(self) -> float:
        """Largest possible distance from the exact figure."""
        return max(self.upper - self.value, self.value - self.lower)


def even_grid(lower: float, upper: float, bins: int) -> tuple[float, ...]:
    """Return ``bins + 1`` evenly spaced edges over the declared bounds of a value.

    Raises
    ------
    ValueError
        If there is no bin, or the bounds do not rise.
    """
    if bins < 1 or not lower < upper:
        raise ValueError(f"{bins} bins from {lower} to {upper}")
    width = (upper - lower) / bins
    return (*(lower + width * k for k in range(bins)), upper)


def value_bin(value: float, edges: Sequence[float]) -> int:
    """Return the bin of a value: (edges[k], edges[k+1]], the first one closed below too.

    Closed above, so that "at most" an edge is a sum of whole bins.

    Raises
    ------
    ValueError
        If the value is outside the edges.
    """
    if not edges[0] <= value <= edges[-1]:
        raise ValueError(f"a value is outside the grid of {edges[0]} to {edges[-1]}")
    return max(bisect_left(edges, value), 1) - 1


def merge_held(holders: Sequence[int], minimum: int) -> tuple[int, ...]:
    """Return which edges stay, so that every merged bin is held by enough sites.

    A site may have values in several bins, so holders of neighbours must not be added up: a
    merged bin counts as held by as many sites as the best-held of its parts. From the lowest bin
    upwards one is closed as soon as it is held and another such remains.

    Parameters
    ----------
    holders
        Sites with a value, per bin of the grid.
    minimum
        Fewest sites per merged bin, at least 1.

    Returns
    -------
    tuple of int
        Indices of the kept edges, rising, first 0 and last ``len(holders)``; nothing where no bin
        is held by enough.

    Raises
    ------
    ValueError
        If a count is negative, or ``minimum`` below 1.
    """
    if minimum < 1 or any(count < 0 for count in holders):
        raise ValueError("counts must not be negative and the minimum must be at least 1")
    held = [index for index, count in enumerate(holders) if count >= minimum]
    if not held:
        return ()
    return (0, *(index + 1 for index in held[:-1]), len(holders))


def grid_quantile(edges: Sequence[float], counts: Sequence[int], share: float) -> Bracketed:
    """Return the smallest value that at least a ``share`` of all values do not exceed.

    The inverse of the empirical distribution function (R's type 1): a value that occurs. Its bin
    is certain; inside it the value is interpolated.

    Parameters
    ----------
    edges
        Rising, ``len(counts) + 1``.
    counts
        Values per bin, as placed by :func:`value_bin`.
    share
        In [0, 1]; 0.5 is the median, 0 the smallest value.

    Returns
    -------
    Bracketed
        The bounds are the edges of its bin.

    Raises
    ------
    ValueError
        If the grid does not fit, is empty, or the share is none.

    References
    ----------
    Hyndman RJ, Fan Y (1996). Am Stat 50:361-365. doi:10.1080/00031305.1996.10473566
    """
    total = _require_grid(edges, counts)
    if not 0 <= share <= 1:
        raise ValueError(f"a share of {share}, expected 0 to 1")
    upto = list(accumulate(counts))
    rank = max(share * total, 1.0)
    # A float share of a whole number may come out one rounding error above that number.
    rank = float(round(rank)) if abs(rank - round(rank)) <= 1e-12 * rank else rank
    own = bisect_left(upto, rank)
    below = upto[own] - counts[own]
    part = (rank - below) / counts[own]
    value = edges[own] + min(max(part, 0.0), 1.0) * (edges[own + 1] - edges[own])
    return Bracketed(value, edges[own], edges[own + 1])


def share_above(edges: Sequence[float], counts: Sequence[int], limit: float) -> Bracketed:
    """Return which share of all values lies above a limit; exact where the limit is an edge.

    Parameters
    ----------
    edges, counts
        As in :func:`grid_quantile`.
    limit
        In the unit of the values; may lie outside the grid.

    Raises
    ------
    ValueError
        If the grid does not fit or is empty.
    """
    total = _require_grid(edges, counts)
    if limit >= edges[-1]:
        return Bracketed(0.0, 0.0, 0.0)
    if limit < edges[0]:
        return Bracketed(1.0, 1.0, 1.0)
    own = bisect_right(edges, limit) - 1
    above = sum(counts[own + 1 :])
    # On the lowest edge too there may be values, and they are not above it.
    if limit == edges[own] and own > 0:
        exact = (above + counts[own]) / total
        return Bracketed(exact, exact, exact)
    part = (edges[own + 1] - limit) / (edges[own + 1] - edges[own])
    return Bracketed(
        (above + part * counts[own]) / total, above / total, (above + counts[own]) / total
    )


def _require_grid(edges: Sequence[float], counts: Sequence[int]) -> int:
    total = sum(counts)
    if len(edges) != len(counts) + 1 or total <= 0 or min(counts) < 0:
        raise ValueError(f"{len(counts)} bins with {total} values do not fit {len(edges)} edges")
    return total
