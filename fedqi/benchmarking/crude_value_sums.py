"""Vector layout of the sums and the spread of values (see docs/statistics.md)."""

from collections.abc import Mapping, Sequence
from math import frexp, ldexp
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedqi.benchmarking.analysis import Values
from fedqi.benchmarking.crude_sums import MAXIMUM_PROVIDERS
from fedqi.benchmarking.crude_value_state import ValueSpread, ValueState, ValueSums
from fedqi.benchmarking.released import atom_of
from fedqi.measures import ALL_PERIODS, MAXIMUM_COUNT, Cell, MeasureSummary, Scale, ValueTable
from fedqi.secagg.encoding import Block

Arrays = dict[str, NDArray[Any]]

STEPS_PER_UNIT = 2**14
"""Steps of the values in one unit of the fixed point of a sum: 2**40 steps times 10**7 values
times 10**4 sites stay below 2**63 units."""

MOST_SITES = 2**14
"""Sites for which the fixed point of squares leaves room."""

SIGNIFICANT_BITS = 4
"""What a site of a small group keeps of a sum of squares: it is off by one part in 16 at most."""


def provider_tables(state: ValueState, summary: MeasureSummary, unit: str) -> dict[str, ValueTable]:
    """Return provider -> values of one unit at this site; "all" pools the released periods."""
    found: dict[str, ValueTable] = {}
    for provider, series in sorted(summary.values.items()):
        for period in state.parts(unit):
            if period in series:
                own = series[period]
                found[provider] = found[provider] + own if provider in found else own
    return found


def provider_cells(state: ValueState, summary: MeasureSummary, unit: str) -> dict[str, Cell]:
    """Return provider -> (rows with a value, rows) of one unit at this site."""
    kept = summary.restricted(set(state.parts(unit)))
    return {p: cell for p, cell in kept.provider_totals().items() if kept.cells[p]}


def sum_unit(scale: Scale) -> float:
    """Return the fixed point of a sum of values: a power of two."""
    return scale.step * STEPS_PER_UNIT


def sums_blocks(state: ValueState, unit: str) -> list[Block]:
    """Return the blocks of a unit's sums."""
    atom = atom_of(state.subject, unit)
    bound = (state.scale.upper - state.scale.origin) * MAXIMUM_COUNT
    blocks = [
        Block(f"{unit}/providers", (1,), "count", 0, MAXIMUM_PROVIDERS, atom=atom),
        Block(f"{unit}/values", (1,), "count", 0, MAXIMUM_COUNT, atom=atom),
        Block(f"{unit}/asked", (1,), "count", 0, MAXIMUM_COUNT, atom=atom),
        Block(f"{unit}/total", (1,), "real", -bound, bound, sum_unit(state.scale), atom),
    ]
    if counts_responders(state):
        blocks.append(Block(f"{unit}/responders", (1,), "count", 0, MAXIMUM_COUNT, atom=atom))
    return blocks


def counts_responders(state: ValueState) -> bool:
    """Whether the measure says which change makes a responder."""
    value = state.subject.measure.value
    return value is not None and value.responder is not None


def sums_values(state: ValueState, summary: MeasureSummary, unit: str) -> Arrays:
    """Return one site's sums over its providers."""
    tables = list(provider_tables(state, summary, unit).values())
    cells = provider_cells(state, summary, unit).values()
    values = {
        "providers": len(tables),
        "values": sum(each.count for each in tables),
        "asked": sum(cell.denominator for cell in cells),
        "total": sum(each.total for each in tables) * state.scale.step,
        "responders": sum(each.responders for each in tables),
    }
    return only(values, unit, sums_blocks(state, unit))


def spread_blocks(state: ValueState, unit: str) -> list[Block]:
    """Return the blocks of a unit's spread; of all periods together also the providers."""
    atom = atom_of(state.subject, unit)
    width = state.scale.upper - state.scale.lower
    bound = max(1, state.count(unit)) * width * width
    # Room for the sum over all sites, and no coarser than that takes: the values are counted.
    unit_of_squares = ldexp(1.0, frexp(bound)[1] + frexp(MOST_SITES)[1] - 62)
    blocks = [
        Block(f"{unit}/count_squared", (1,), "count", 0, MAXIMUM_COUNT**2, atom=atom),
        Block(f"{unit}/within", (1,), "real", 0, bound, unit_of_squares, atom),
        Block(f"{unit}/between", (1,), "real", 0, bound, unit_of_squares, atom),
    ]
    if unit == ALL_PERIODS and state.sums_all:
        blocks.append(Block(f"{unit}/providers", (1,), "count", 0, MAXIMUM_PROVIDERS))
    return blocks


def spread_values(state: ValueState, summary: MeasureSummary, unit: str) -> Arrays:
    """Return one site's spread over its providers, rounded where the group is small."""
    tables = list(provider_tables(state, summary, unit).values())
    scale, target = state.scale, state.target(unit)
    values: dict[str, float] = {
        "count_squared": sum(each.count**2 for each in tables),
        "within": sum(each.about_mean for each in tables) * scale.step**2,
        "between": sum(each.count * (mean_of(each, scale) - target) ** 2 for each in tables),
    }
    if state.is_small(unit):
        values = {name: significant(value) for name, value in values.items()}
        values["count_squared"] = min(values["count_squared"], MAXIMUM_COUNT**2)
    values["providers"] = len(tables)
    return only(values, unit, spread_blocks(state, unit))


def mean_of(table: ValueTable, scale: Scale) -> float:
    """Return the mean of at least one value, in its own unit."""
    return scale.origin + table.total / table.count * scale.step


def significant(value: float) -> float:
    """Keep the leading bits of a number; integers stay so.

    Exact sums of squares beside exact sums are a fingerprint: whoever knows all but three
    summands could search for the three that fit. The rounding is each site's own, because no
    spread is public that a common grain could be a part of.
    """
    if not value:
        return value
    grain = ldexp(1.0, frexp(value)[1] - SIGNIFICANT_BITS)
    if isinstance(value, int) and grain < 1:
        return value
    rounded = round(value / grain) * grain
    return int(rounded) if isinstance(value, int) else rounded


def only(values: Mapping[str, float], unit: str, blocks: Sequence[Block]) -> Arrays:
    """Return the numbers that a layout asks for, under its names."""
    names = {block.name for block in blocks}
    named = {f"{unit}/{name}": np.array([value]) for name, value in values.items()}
    return {name: array for name, array in named.items() if name in names}


def read_sums(unit: str, total: Values) -> ValueSums:
    """Read a unit's sums back from a decoded total."""
    return ValueSums(
        providers=number(unit, "providers", total),
        values=number(unit, "values", total),
        asked=number(unit, "asked", total),
        total=number(unit, "total", total),
        responders=number(unit, "responders", total) if f"{unit}/responders" in total else 0,
    )


def joined_sums(state: ValueState, total: Values) -> ValueSums:
    """Return the sums of all periods together: those of the periods, and its own providers."""
    parts = [state.sums[period] for period in state.released]
    return ValueSums(
        providers=number(ALL_PERIODS, "providers", total),
        values=sum(each.values for each in parts),
        asked=sum(each.asked for each in parts),
        total=sum(each.total for each in parts),
        responders=sum(each.responders for each in parts),
    )


def read_spread(unit: str, total: Values) -> ValueSpread:
    """Read a unit's spread back from a decoded total."""
    return ValueSpread(
        count_squared=number(unit, "count_squared", total),
        within=number(unit, "within", total),
        between=number(unit, "between", total),
    )


def number(unit: str, name: str, total: Values) -> Any:
    """Return one decoded number as Python's own."""
    return total[f"{unit}/{name}"][0].item()
