"""Bins of the ``crude`` analysis of values: of the sites' means, of the values, of the answers.

Means place sites: a bin and its complement hold at least m of them. Values and answers are summed
over all sites, in bins that at least m sites hold, so that none shows one hospital's patients.
All of them are asked for only where 2m sites stand: in a smaller group, which narrow bins are held
by anybody would narrow down the values of the few whom colluders do not know.
"""

from itertools import accumulate, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedqi.benchmarking.analysis import Values
from fedqi.benchmarking.crude_value_state import HeldBins, ItemSums, MeanBins, ValueState
from fedqi.benchmarking.crude_value_sums import Arrays, mean_of, number, sum_unit
from fedqi.benchmarking.released import atom_of
from fedqi.errors import RemoteProtocolError
from fedqi.measures import ALL_PERIODS, MAXIMUM_COUNT, Item, ValueTable
from fedqi.secagg.encoding import Block
from fedqi.stats import bin_of, mean_grid, merge_bins, merge_held, merged_counts


def means_grid(state: ValueState, unit: str) -> tuple[float, ...]:
    """Return the edges of the public grid of means, about the pooled one."""
    scale = state.scale
    target = min(max(state.target(unit), scale.lower), scale.upper)
    return mean_grid(target, scale.lower, scale.upper)


def grid_blocks(state: ValueState, unit: str) -> list[Block]:
    """Return the blocks that count sites: per bin of means, of values and of answers."""
    atom = atom_of(state.subject, unit)

    def sites(name: str, length: int) -> Block:
        return Block(f"{unit}/{name}", (length,), "count", 0, 1, atom=atom)

    blocks = [
        sites("holders", len(state.scale.edges) - 1),
        sites("sites", len(means_grid(state, unit)) - 1),
    ]
    for each in state.subject.measure.items:
        blocks.append(sites(f"{each.item}/holders", answers_of(each)))
    return blocks


def answers_of(item: Item) -> int:
    """Return how many answers an item has."""
    return item.range[1] - item.range[0] + 1


def grid_values(state: ValueState, unit: str, table: ValueTable) -> Arrays:
    """Say in which bins this site has values and answers, and where its mean stands."""
    edges = means_grid(state, unit)
    place = bin_of(mean_within(state, table), edges)
    values: Arrays = {
        f"{unit}/holders": held(table.grid),
        f"{unit}/sites": (np.arange(len(edges) - 1) == place).astype(np.int64),
    }
    for each, counts in zip(state.subject.measure.items, table.items, strict=True):
        values[f"{unit}/{each.item}/holders"] = held(counts)
    return values


def held(counts: tuple[int, ...]) -> NDArray[np.int64]:
    """Return 1 for each bin that has any."""
    return (np.array(counts) > 0).astype(np.int64)


def mean_within(state: ValueState, table: ValueTable) -> float:
    """Return a mean, within the bounds whatever its rounding."""
    return min(max(mean_of(table, state.scale), state.scale.lower), state.scale.upper)


def merged_means(state: ValueState, unit: str, total: Values) -> MeanBins:
    """Merge the bins of means from the best end until each and its complement holds m sites.

    Raises
    ------
    RemoteProtocolError
        If more sites stand on the grid than offer the unit.
    """
    edges = means_grid(state, unit)
    counts = [int(count) for count in total[f"{unit}/sites"]]
    if min(counts) < 0 or sum(counts) > len(state.sites(unit)):
        raise RemoteProtocolError(
            f"{state.subject.measure.id}, {unit}: {sum(counts)} sites on the grid, at most "
            f"{len(state.sites(unit))} offer it"
        )
    if state.subject.measure.direction == "higher":
        kept = merge_bins(counts, state.bin_minimum)
    else:
        turned = merge_bins(counts[::-1], state.bin_minimum)
        kept = tuple(len(counts) - index for index in reversed(turned))
    return MeanBins(tuple(edges[index] for index in kept), merged_counts(counts, kept))


def merged_values(state: ValueState, unit: str, total: Values) -> HeldBins:
    """Merge the bins of values until enough sites hold each."""
    return merged_held(state, total[f"{unit}/holders"])


def merged_held(state: ValueState, holders: NDArray[Any]) -> HeldBins:
    """Merge bins until enough sites hold each.

    Raises
    ------
    RemoteProtocolError
        If more sites hold a bin than stand behind all periods.
    """
    counts = [int(count) for count in holders]
    if min(counts) < 0 or max(counts) > len(state.sites(ALL_PERIODS)):
        raise RemoteProtocolError(
            f"{state.subject.measure.id}: more sites hold a bin of values than take part"
        )
    return HeldBins(merge_held(counts, state.bin_minimum))


def merged_items(state: ValueState, unit: str, total: Values) -> tuple[ItemSums, ...]:
    """Merge the answers of each item until enough sites hold each."""
    return tuple(
        ItemSums(merged_held(state, total[f"{unit}/{each.item}/holders"]))
        for each in state.subject.measure.items
    )


def bin_blocks(state: ValueState, unit: str) -> list[Block]:
    """Return the blocks that sum values per merged bin; none where one bin is all."""
    atom = atom_of(state.subject, unit)

    def count(name: str, length: int) -> Block:
        return Block(f"{unit}/{name}", (length,), "count", 0, MAXIMUM_COUNT, atom=atom)

    blocks = []
    if (length := len(state.values[unit].kept) - 1) > 1:
        blocks.append(count("bin_values", length))
    if (length := len(state.means[unit].sites)) > 1:
        bound = (state.scale.upper - state.scale.origin) * MAXIMUM_COUNT
        blocks.append(count("bin_count", length))
        blocks.append(
            Block(
                f"{unit}/bin_total", (length,), "real", -bound, bound, sum_unit(state.scale), atom
            )
        )
    for each, sums in zip(state.subject.measure.items, state.items[unit], strict=True):
        if sums.answers.kept:
            blocks.append(count(f"{each.item}/answers", len(sums.answers.kept) - 1))
            most = MAXIMUM_COUNT * (answers_of(each) - 1)
            blocks.append(Block(f"{unit}/{each.item}/total", (1,), "count", 0, most, atom=atom))
    return blocks


def bin_values(state: ValueState, unit: str, table: ValueTable) -> Arrays:
    """Put this site's values into the merged bins."""
    values: Arrays = {}
    if len(state.values[unit].kept) > 2:
        values[f"{unit}/bin_values"] = grouped(table.grid, state.values[unit].kept)
    if len(state.means[unit].sites) > 1:
        edges = state.means[unit].edges
        own = np.arange(len(edges) - 1) == bin_of(mean_within(state, table), edges)
        values[f"{unit}/bin_count"] = np.where(own, table.count, 0)
        values[f"{unit}/bin_total"] = np.where(own, table.total * state.scale.step, 0.0)
    items = zip(state.subject.measure.items, state.items[unit], table.items, strict=True)
    for each, sums, counts in items:
        if sums.answers.kept:
            values[f"{unit}/{each.item}/answers"] = grouped(counts, sums.answers.kept)
            total = sum(place * count for place, count in enumerate(counts))
            values[f"{unit}/{each.item}/total"] = np.array([total])
    return values


def grouped(counts: tuple[int, ...], kept: tuple[int, ...]) -> NDArray[np.int64]:
    """Add counts up within merged bins."""
    upto = list(accumulate(counts, initial=0))
    return np.array([upto[end] - upto[start] for start, end in pairwise(kept)], dtype=np.int64)


def with_means(state: ValueState, unit: str, total: Values) -> MeanBins:
    """Add the values per bin of means.

    Raises
    ------
    RemoteProtocolError
        If the bins do not add up to the unit's values.
    """
    bins = state.means[unit]
    if len(bins.sites) < 2:
        return bins
    counts = tuple(int(count) for count in total[f"{unit}/bin_count"])
    sums = tuple(float(each) for each in total[f"{unit}/bin_total"])
    _require_all(state, unit, counts)
    return MeanBins(bins.edges, bins.sites, counts, sums)


def with_values(state: ValueState, unit: str, total: Values) -> HeldBins:
    """Add the values per bin of the public grid."""
    bins = state.values[unit]
    if len(bins.kept) < 3:
        return bins
    counts = tuple(int(count) for count in total[f"{unit}/bin_values"])
    _require_all(state, unit, counts)
    return HeldBins(bins.kept, counts)


def with_items(state: ValueState, unit: str, total: Values) -> tuple[ItemSums, ...]:
    """Add the answers to each item; an item that too few sites asked has none.

    Raises
    ------
    RemoteProtocolError
        If an item has more answers than there are questionnaires.
    """
    found = []
    for each, sums in zip(state.subject.measure.items, state.items[unit], strict=True):
        if sums.answers.kept:
            counts = tuple(int(count) for count in total[f"{unit}/{each.item}/answers"])
            if min(counts) < 0 or sum(counts) > state.count(unit):
                raise RemoteProtocolError(
                    f"{state.subject.measure.id}, {unit}: more answers to {each.item} than "
                    "questionnaires"
                )
            places = number(unit, f"{each.item}/total", total)
            answered = sum(counts)
            sums = ItemSums(
                HeldBins(sums.answers.kept, counts), answered, places + answered * each.range[0]
            )
        found.append(sums)
    return tuple(found)


def _require_all(state: ValueState, unit: str, counts: tuple[int, ...]) -> None:
    if min(counts) < 0 or sum(counts) != state.count(unit):
        raise RemoteProtocolError(
            f"{state.subject.measure.id}, {unit}: the bins do not add up to the values"
        )
