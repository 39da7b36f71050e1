"""Distribution of sites in the ``crude`` analysis: counts on a public grid, then merged bins.

Sites, not providers, are placed on the grid: the minimum counts organisations.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedqi.benchmarking.analysis import Values
from fedqi.benchmarking.crude_state import Bins, CrudeState
from fedqi.benchmarking.released import atom_of
from fedqi.errors import RemoteProtocolError
from fedqi.measures import MAXIMUM_COUNT, Cell, Measure
from fedqi.secagg.encoding import Block
from fedqi.stats import (
    adjusted_performance,
    adjusted_rate,
    bin_of,
    merge_bins,
    merged_counts,
    performance_grid,
    rate_grid,
)

GRID_EDGES = performance_grid()
"""Edges of the public grid of proportions; the one of rates lies about the pooled rate."""


def performed(cell: Cell, measure: Measure) -> int:
    """Return the patients treated as wished: those without the event where lower is better."""
    return cell.observed if measure.direction == "higher" else cell.denominator - cell.observed


def achieved(state: CrudeState, cell: Cell) -> int:
    """Return what a bin adds up over its denominator: events of a rate, else `performed`."""
    return cell.observed if state.is_rate else performed(cell, state.subject.measure)


def grid_edges(state: CrudeState, unit: str) -> tuple[float, ...]:
    """Return the edges of the public grid, worst first."""
    if not state.is_rate:
        return GRID_EDGES
    return best_last(rate_grid(state.target(unit)), state.subject.measure)


def best_last(edges: Sequence[float], measure: Measure) -> tuple[float, ...]:
    """Return edges of a rate with the best ones last: negative unless higher is better."""
    if measure.direction == "higher":
        return tuple(edges)
    return tuple(-edge for edge in reversed(edges))


def standing(measure: Measure, cell: Cell, pooled_rate: float) -> float:
    """Return where a cell with a denominator stands, on the scale of the grid.

    Parameters
    ----------
    measure
        The measure.
    cell
        The site's counts.
    pooled_rate
        Of a rate: the network's; rates beyond the end of the grid stand at its end.
    """
    if measure.scoring != "rate":
        return adjusted_performance(performed(cell, measure), cell.denominator)
    rate = adjusted_rate(cell.observed, cell.denominator, pooled_rate)
    rate = min(rate, rate_grid(pooled_rate)[-1])
    return rate if measure.direction == "higher" else -rate


def grid_block(state: CrudeState, unit: str) -> Block:
    """Return the block that counts sites per bin of the public grid."""
    length = len(grid_edges(state, unit)) - 1
    return Block(f"{unit}/sites", (length,), "count", 0, 1, atom=atom_of(state.subject, unit))


def grid_values(state: CrudeState, unit: str, cell: Cell) -> dict[str, NDArray[Any]]:
    """Place this site on the grid; a site without patients stands nowhere."""
    edges = grid_edges(state, unit)
    counts = np.zeros(len(edges) - 1, dtype=np.int64)
    if cell.denominator > 0:
        counts[own_bin(state, unit, edges, cell)] = 1
    return {f"{unit}/sites": counts}


def merged(state: CrudeState, unit: str, total: Values) -> Bins:
    """Merge the grid's bins until each and its complement holds at least m sites.

    Raises
    ------
    RemoteProtocolError
        If more sites stand on the grid than offer the unit.
    """
    counts = [int(count) for count in total[f"{unit}/sites"]]
    if min(counts) < 0 or sum(counts) > len(state.sites(unit)):
        raise RemoteProtocolError(
            f"{state.subject.measure.id}, {unit}: {sum(counts)} sites on the grid, at most "
            f"{len(state.sites(unit))} offer it"
        )
    kept = merge_bins(counts, state.bin_minimum)
    edges = grid_edges(state, unit)
    return Bins(edges=tuple(edges[index] for index in kept), sites=merged_counts(counts, kept))


def bin_blocks(state: CrudeState, unit: str) -> list[Block]:
    """Return the blocks that sum patients per merged bin; none where one bin is all."""
    length = len(state.bins[unit].sites)
    if length < 2:
        return []
    atom = atom_of(state.subject, unit)
    return [
        Block(f"{unit}/bin_{name}", (length,), "count", 0, MAXIMUM_COUNT, atom=atom)
        for name in ("performed", "denominator")
    ]


def bin_values(state: CrudeState, unit: str, cell: Cell) -> dict[str, NDArray[Any]]:
    """Place this site's patients in the bin in which the site was counted."""
    edges = state.bins[unit].edges
    length = len(edges) - 1
    if length < 2 or cell.denominator == 0:
        return {}
    place = own_bin(state, unit, edges, cell)
    values = {"performed": achieved(state, cell), "denominator": cell.denominator}
    return {
        f"{unit}/bin_{name}": np.where(np.arange(length) == place, value, 0)
        for name, value in values.items()
    }


def own_bin(state: CrudeState, unit: str, edges: Sequence[float], cell: Cell) -> int:
    """Return the bin of a site with these counts."""
    return bin_of(standing(state.subject.measure, cell, state.target(unit)), edges)


def with_sums(state: CrudeState, unit: str, total: Values) -> Bins:
    """Add the patients per bin to a unit's bins.

    Raises
    ------
    RemoteProtocolError
        If the bins do not add up to the unit's sums.
    """
    bins = state.bins[unit]
    if len(bins.sites) < 2:
        return bins
    own = tuple(int(value) for value in total[f"{unit}/bin_performed"])
    patients = tuple(int(value) for value in total[f"{unit}/bin_denominator"])
    sums = state.counts[unit]
    cell = Cell(sums.observed, sums.denominator)
    expected = (achieved(state, cell), sums.denominator)
    pairs = zip(own, patients, strict=True)
    # A rate may have more events than exposure.
    unsound = any(a < 0 or b < 0 or (a > b and not state.is_rate) for a, b in pairs)
    if (sum(own), sum(patients)) != expected or unsound:
        raise RemoteProtocolError(
            f"{state.subject.measure.id}, {unit}: the bins do not add up to the counts"
        )
    return Bins(bins.edges, bins.sites, own, patients)
