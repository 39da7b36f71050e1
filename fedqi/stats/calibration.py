"""Discrimination and calibration of a model from patients counted by score and outcome.

Scores are probabilities. Patients are counted in bins of a public grid, merged so that enough
sites stand in each; from the counts the c-statistic and the calibration table follow.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fedqi.stats.performance_bins import performance_grid
from fedqi.stats.regression_blocks import Floats

SCORE_BINS = 256
"""Finest bins; a power of two."""

SCORE_EDGES = np.array(performance_grid(SCORE_BINS))
"""Equally spaced on the arcsine-square-root scale, as the bins of performance are."""

TREE_NODES = 2 * SCORE_BINS - 1
"""Bins of all sizes: node k has the children 2k + 1 and 2k + 2, node 0 is everything."""

CALIBRATION_GROUPS = 10


def score_bins(scores: ArrayLike, edges: ArrayLike = SCORE_EDGES) -> NDArray[np.intp]:
    """Return the bin of each score; a bin holds its lower edge, the last one 1 too."""
    places = np.searchsorted(np.asarray(edges), np.asarray(scores), side="right") - 1
    return np.clip(places, 0, len(np.asarray(edges)) - 2)


def claims(scores: ArrayLike) -> NDArray[np.int64]:
    """Return 0/1 for every bin of the tree: whether any patient of this site lies in it.

    Parameters
    ----------
    scores
        Of the site's patients (or patterns).

    Returns
    -------
    ndarray of int64
        Shape ``(511,)``.
    """
    found = np.zeros(TREE_NODES, dtype=np.int64)
    found[SCORE_BINS - 1 + score_bins(scores)] = 1
    for node in range(SCORE_BINS - 2, -1, -1):
        found[node] = max(found[2 * node + 1], found[2 * node + 2])
    return found


def supported_edges(summed: ArrayLike, minimum: int) -> tuple[float, ...]:
    """Return the edges of the finest bins of which each has patients of at least m sites.

    A bin of the tree is halved where both halves keep m sites; where one half has fewer, it joins
    the neighbouring bin of the other half.

    Parameters
    ----------
    summed
        Claims summed over sites, shape ``(511,)``.
    minimum
        m, fewest sites in a bin.

    Returns
    -------
    tuple of float
        Rising, from 0 to 1.
    """
    sites = np.asarray(summed)

    def starts(node: int, first: int, width: int) -> list[int]:
        if width == 1:
            return [first]
        low, high, half = 2 * node + 1, 2 * node + 2, width // 2
        enough = sites[low] >= minimum, sites[high] >= minimum
        lower = starts(low, first, half) if enough[0] else [first]
        upper = starts(high, first + half, half) if enough[1] else []
        if not enough[0] and upper:
            return [first, *upper[1:]]
        return lower + upper

    kept = starts(0, 0, SCORE_BINS)
    return (*(float(SCORE_EDGES[index]) for index in kept), 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class ScoreCounts:
    """Patients of one site, or all, per bin of the score.

    Parameters
    ----------
    patients, events
        Counts, shape ``(bins,)``.
    expected
        Summed scores, shape ``(bins,)``.
    """

    patients: NDArray[np.int64]
    events: NDArray[np.int64]
    expected: Floats


def score_counts(
    scores: ArrayLike, weight: ArrayLike, outcome: ArrayLike, edges: ArrayLike = SCORE_EDGES
) -> ScoreCounts:
    """Count patients and events per bin.

    Parameters
    ----------
    scores
        Probability of each pattern.
    weight, outcome
        Patients and events of each pattern.
    edges
        Of the bins, rising from 0 to 1.
    """
    length = len(np.asarray(edges)) - 1
    p, n, y = (np.asarray(each, dtype=np.float64) for each in (scores, weight, outcome))
    places = score_bins(p, edges)
    return ScoreCounts(
        np.rint(np.bincount(places, n, length)).astype(np.int64),
        np.rint(np.bincount(places, y, length)).astype(np.int64),
        np.asarray(np.bincount(places, n * p, length)),
    )


def c_statistic(patients: ArrayLike, events: ArrayLike) -> float | None:
    """Return the probability that a patient with the event has the higher score.

    Pairs within one bin count one half: with bins so wide that this matters, it is too low.

    Parameters
    ----------
    patients, events
        Per bin, lowest scores first.

    Returns
    -------
    float or None
        None where there are no events, or nothing but events.

    References
    ----------
    Hanley JA, McNeil BJ (1982). Radiology 143:29-36.
    """
    n, y = np.asarray(patients, dtype=np.float64), np.asarray(events, dtype=np.float64)
    others = n - y
    pairs = float(y.sum() * others.sum())
    if pairs == 0:
        return None
    below = np.cumsum(others) - others
    return float(np.sum(y * (below + others / 2))) / pairs


@dataclass(frozen=True, slots=True)
class CalibrationGroup:
    """Patients with similar scores: how many had the event, and how many were expected to."""

    lower: float
    upper: float
    patients: int
    observed: int
    expected: float


def calibration_table(
    edges: Sequence[float], counts: ScoreCounts, groups: int = CALIBRATION_GROUPS
) -> tuple[CalibrationGroup, ...]:
    """Return about equally large groups of neighbouring bins, lowest scores first.

    Parameters
    ----------
    edges
        Of the bins.
    counts
        Summed over sites.
    groups
        How many at most.

    References
    ----------
    Hosmer DW, Lemeshow S (1980). Communications in Statistics A9:1043-1069.
    """
    total = int(counts.patients.sum())
    if total == 0:
        return ()
    middles = (np.cumsum(counts.patients) - counts.patients / 2) / total
    group = np.minimum((middles * groups).astype(int), groups - 1)
    found = []
    for each in np.unique(group):
        inside = np.flatnonzero(group == each)
        found.append(
            CalibrationGroup(
                float(edges[inside[0]]),
                float(edges[inside[-1] + 1]),
                int(counts.patients[inside].sum()),
                int(counts.events[inside].sum()),
                float(counts.expected[inside].sum()),
            )
        )
    return tuple(found)
