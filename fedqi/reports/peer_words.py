"""Peer groups: what a page says where hospitals are compared within groups."""

from collections.abc import Iterable, Sequence

from fedqi.benchmarking.result import Position, Result
from fedqi.reports.data import MeasureReport
from fedqi.reports.numbers import in_unit, written


def segment_of(positions: Iterable[Position]) -> str | None:
    """Return the peer group of a site's positions; None where the members are not divided."""
    return min({position.segment for position in positions} - {"*"}, default=None)


def peer_words(
    segment: str | None, released: Result, measures: Sequence[MeasureReport]
) -> tuple[str, ...]:
    """Say what "network" means on the page, and what all groups have together.

    A mean of all groups is not told: it is not the sum of the groups' means.

    Parameters
    ----------
    segment
        The hospital's peer group.
    released
        What all groups released.
    measures
        What the page shows.
    """
    if segment is None:
        return ()
    told = f"The network is your peer group, {segment}: every hospital is compared within its own."
    together = [_together(released, measure) for measure in measures if measure.scale != "mean"]
    return (told, f"All peer groups together: {'; '.join(together)}.") if together else (told,)


def _together(released: Result, measure: MeasureReport) -> str:
    observed, denominator = released.overall(measure.measure, measure.period)
    share = observed / denominator if denominator else 0.0
    return f"{measure.title} {written(share, measure)}{in_unit(measure)}"
