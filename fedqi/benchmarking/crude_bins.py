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
    bin_of,
    merge_bins,
    merged_counts,
    performance_grid,
)

GRID_EDGES = performance_grid()
GRID_LENGTH = len(GRID_EDGES) - 1


def performed(cell: Cell, measure: Measure) -> int:
    """Return the patients treated as wished: those without the event where lower is better."""
    return cell.observed if measure.direction == "higher" else cell.denominator - cell.observed


def grid_block(state: CrudeState, unit: str) -> Block:
    """Return the block that counts sites per bin of the public grid."""
    return Block(f"{unit}/sites", (GRID_LENGTH,), "count", 0, 1, atom=atom_of(state.subject, unit))


def grid_values(unit: str, cell: Cell, measure: Measure) -> dict[str, NDArray[Any]]:
    """Place this site on the grid; a site without patients stands nowhere."""
    counts = np.zeros(GRID_LENGTH, dtype=np.int64)
    if cell.denominator > 0:
        counts[own_bin(GRID_EDGES, performed(cell, measure), cell.denominator)] = 1
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
    return Bins(edges=tuple(GRID_EDGES[index] for index in kept), sites=merged_counts(counts, kept))


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
    own = performed(cell, state.subject.measure)
    place = own_bin(edges, own, cell.denominator)
    values = {"performed": own, "denominator": cell.denominator}
    return {
        f"{unit}/bin_{name}": np.where(np.arange(length) == place, value, 0)
        for name, value in values.items()
    }


def own_bin(edges: Sequence[float], own: int, denominator: int) -> int:
    """Return the bin of a site with these counts."""
    return bin_of(adjusted_performance(own, denominator), edges)


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
    expected = (performed(cell, state.subject.measure), sums.denominator)
    if (sum(own), sum(patients)) != expected or any(
        not 0 <= a <= b for a, b in zip(own, patients, strict=True)
    ):
        raise RemoteProtocolError(
            f"{state.subject.measure.id}, {unit}: the bins do not add up to the counts"
        )
    return Bins(bins.edges, bins.sites, own, patients)
