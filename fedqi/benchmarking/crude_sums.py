"""Vector layout of the counts and spreads of the ``crude`` analysis (see docs/statistics.md)."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from math import frexp, ldexp
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedqi.benchmarking.analysis import Values
from fedqi.benchmarking.crude_state import Counts, CrudeState, Spread
from fedqi.benchmarking.crude_units import UnitState
from fedqi.benchmarking.released import atom_of
from fedqi.measures import MAXIMUM_COUNT, Cell
from fedqi.secagg.encoding import Block

MAXIMUM_PROVIDERS = 10_000
MAXIMUM_EXPECTED = float(MAXIMUM_COUNT)


def counts_blocks(state: UnitState, unit: str) -> list[Block]:
    """Return the blocks of a unit's counts."""
    uppers = {
        "providers": MAXIMUM_PROVIDERS,
        "observed": MAXIMUM_COUNT,
        "denominator": MAXIMUM_COUNT,
    }
    atom = atom_of(state.subject, unit)
    return [
        Block(f"{unit}/{name}", (1,), "count", 0, upper, atom=atom)
        for name, upper in uppers.items()
    ]


def spread_blocks(state: CrudeState, unit: str) -> list[Block]:
    """Return the blocks of a unit's spread."""
    atom = atom_of(state.subject, unit)

    def count(name: str, upper: float) -> Block:
        return Block(f"{unit}/{name}", (1,), "count", 0, upper, atom=atom)

    def real(name: str, upper: float, resolution: float) -> Block:
        return Block(f"{unit}/{name}", (1,), "real", 0, upper, resolution, atom)

    blocks = [
        count("denominator_squared", MAXIMUM_COUNT**2),
        real("dispersion", MAXIMUM_COUNT, 2.0**-28),
    ]
    if state.subject.measure.expected is not None:
        blocks += [
            count("expected_providers", MAXIMUM_PROVIDERS),
            real("expected", MAXIMUM_EXPECTED, 2.0**-28),
            real("expected_squared", MAXIMUM_EXPECTED**2, 2.0**-4),
            real("ratio_dispersion", MAXIMUM_EXPECTED, 2.0**-20),
        ]
    return blocks


def counts_values(unit: str, cells: Sequence[Cell]) -> dict[str, NDArray[Any]]:
    """Return one site's counts over its providers; cells without patients add nothing."""
    counted = [cell for cell in cells if cell.denominator > 0]
    counts = Counts(
        providers=len(counted),
        observed=sum(cell.observed for cell in counted),
        denominator=sum(cell.denominator for cell in counted),
    )
    return {f"{unit}/{name}": np.array([value]) for name, value in asdict(counts).items()}


def spread_values(state: CrudeState, unit: str, cells: Sequence[Cell]) -> dict[str, NDArray[Any]]:
    """Return one site's spread over its providers, rounded where the group is small."""
    parts = asdict(spread_of(cells, state.target(unit)))
    if state.is_small(unit):
        parts |= {name: coarse(parts[name], g) for name, g in grains(state, unit).items()}
    names = {block.name for block in spread_blocks(state, unit)}
    values = {f"{unit}/{name}": np.array([value]) for name, value in parts.items()}
    return {name: value for name, value in values.items() if name in names}


def spread_of(cells: Sequence[Cell], target: float) -> Spread:
    """Add up one site's providers around a pooled rate."""
    counted = [cell for cell in cells if cell.denominator > 0]
    expected = [(cell.observed, cell.expected) for cell in counted if cell.expected]
    around = sum((c.observed - c.denominator * target) ** 2 / c.denominator for c in counted)
    # Capped at the declared bounds, which only a rate or an odd expected value can exceed: one of
    # these must not block a hospital.
    return Spread(
        denominator_squared=sum(c.denominator**2 for c in counted),
        dispersion=min(around, float(MAXIMUM_COUNT)),
        expected_providers=len(expected),
        expected=sum(e for _, e in expected),
        expected_squared=sum(e * e for _, e in expected),
        ratio_dispersion=min(sum((r - e) ** 2 / e for r, e in expected), MAXIMUM_EXPECTED),
    )


def grains(state: CrudeState, unit: str) -> dict[str, float]:
    """Return what each part of a spread is rounded to at the sites of a small group.

    Exact sums of squares beside exact sums of counts are a fingerprint of the counts: whoever
    knows all but three summands could search for the three that fit. The grain is a part of
    what a site of mean size adds, so that it costs far less than chance does between so few.
    """
    observed, denominator = state.pooled(unit)
    sites, target = len(state.sites(unit)), state.target(unit)
    events, patients = observed / sites, denominator / sites
    of_rate = state.subject.measure.scoring == "rate"
    return {
        "denominator_squared": patients**2 / 8,
        "dispersion": (target if of_rate else target * (1 - target)) / 8,
        "expected": events / 64,
        "expected_squared": events**2 / 8,
        "ratio_dispersion": 1 / 8,
    }


def coarse(value: float, grain: float) -> float:
    """Round a number to a multiple of the power of two below a grain; integers stay so."""
    if grain <= 0 or (isinstance(value, int) and grain < 1):
        return value
    power = ldexp(1.0, frexp(grain)[1] - 1)
    rounded = round(value / power) * power
    return int(rounded) if isinstance(value, int) else rounded


def read_counts(unit: str, total: Values) -> Counts:
    """Read a unit's counts back from a decoded total."""
    return Counts(**_read(unit, total, [found.name for found in fields(Counts)]))


def read_spread(unit: str, total: Values) -> Spread:
    """Read a unit's spread back from a decoded total."""
    return Spread(**_read(unit, total, [found.name for found in fields(Spread)]))


def _read(unit: str, total: Values, names: Sequence[str]) -> dict[str, Any]:
    keys = {name: f"{unit}/{name}" for name in names}
    return {name: total[key][0].item() for name, key in keys.items() if key in total}
