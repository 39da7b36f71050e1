"""What the picture of a distribution shows: densities on the public grid, and where it is cut."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from fedqi.reports.data_parts import Distribution

CUT = 0.03
"""Largest share of the values that lies beyond an end of the axis."""

WORTH = 0.25
"""Of what is shown in any case, the least width of a tail that is cut off."""


@dataclass(frozen=True, slots=True)
class DistributionView:
    """The bins between the ends of the axis.

    Parameters
    ----------
    edges, densities
        Share of the values per unit of the value, of each bin drawn.
    below, above
        Share of the values beyond either end.
    """

    edges: tuple[float, ...]
    densities: tuple[float, ...]
    below: float
    above: float


def distribution_view(found: Distribution) -> DistributionView:
    """Return the bins that are drawn: a long thin tail would leave no room for the rest.

    Every quantile of both and the limit stay within the axis, and a tail that takes little room.
    """
    total = sum(found.counts)
    shown = [*found.network, *found.own, *([] if found.limit is None else [found.limit])]
    under = [0, *accumulate(found.counts)]
    wide = WORTH * (max(shown) - min(shown))
    first = _first(found.edges, [count / total for count in under], min(shown), wide)
    over = [(total - count) / total for count in under]
    turned = [-edge for edge in reversed(found.edges)]
    last = len(found.edges) - 1 - _first(turned, over[::-1], -max(shown), wide)
    edges = found.edges[first : last + 1]
    densities = tuple(
        count / total / (high - low)
        for count, low, high in zip(found.counts[first:last], edges, edges[1:], strict=False)
    )
    return DistributionView(edges, densities, under[first] / total, over[last])


def _first(edges: Sequence[float], beyond: Sequence[float], least: float, wide: float) -> int:
    """Return the last edge, not above `least`, beyond which hardly anything lies; else the first.

    A part narrower than `wide` is not worth cutting off.
    """
    place = max(
        place
        for place, (edge, share) in enumerate(zip(edges, beyond, strict=True))
        if place == 0 or (share <= CUT and edge <= least)
    )
    return place if edges[place] - edges[0] > wide else 0
