"""In a small group the spread is coarse: exact sums of squares would be a fingerprint of counts."""

from itertools import combinations

import pytest

from fedqi.benchmarking.analysis import Subject
from fedqi.benchmarking.crude_result import CrudeResult
from fedqi.benchmarking.crude_state import Counts, CrudeState
from fedqi.benchmarking.crude_sums import coarse, spread_of, spread_values
from fedqi.measures import ALL_PERIODS, Cell
from fedqi.stats import proportion_overdispersion
from tests.unit.benchmarking.collaborative import counted_measure, run_counts, whole

HONEST = (Cell(7, 31), Cell(4, 26), Cell(9, 40))  # all that colluders do not know
LARGEST = 60


def state_of(sites: int) -> CrudeState:
    """Return the state after the counts: so many sites, a pooled rate of a fifth."""
    names = tuple(f"s{i}" for i in range(sites))
    subject = Subject(counted_measure(), "m", (ALL_PERIODS,), minimum=5)
    counts = Counts(sites, 20 * sites, 100 * sites)
    return CrudeState(subject, 1, {ALL_PERIODS: names}, counts={ALL_PERIODS: counts})


def seen(state: CrudeState, cells: tuple[Cell, ...]) -> tuple[float, ...]:
    """Return what is left of the spread when the colluders have subtracted their parts."""
    parts = [spread_values(state, ALL_PERIODS, (cell,)) for cell in cells]
    return tuple(round(sum(float(part[n][0]) for part in parts), 6) for n in sorted(parts[0]))


def fitting(state: CrudeState) -> set[frozenset[tuple[int, int]]]:
    """Search all triples of counts for those that fit everything that is released."""
    released = seen(state, HONEST)
    events = sum(cell.observed for cell in HONEST)
    patients = sum(cell.denominator for cell in HONEST)
    squares, around = {}, {}
    for n in range(1, LARGEST):
        for r in range(n + 1):
            own = spread_values(state, ALL_PERIODS, (Cell(r, n),))
            squares[n] = float(own["all/denominator_squared"][0])
            around[r, n] = float(own["all/dispersion"][0])
    found = set()
    for a, b in combinations(range(1, LARGEST), 2):
        c = patients - a - b
        if not b < c < LARGEST or squares[a] + squares[b] + squares[c] != released[0]:
            continue
        for r in range(a + 1):
            for s in range(min(b, events - r) + 1):
                last = events - r - s
                if last > c:
                    continue
                total = around[r, a] + around[s, b] + around[last, c]
                if round(total, 6) == released[1]:
                    found.add(frozenset({(r, a), (s, b), (last, c)}))
    return found


def test_three_honest_sites_are_not_determined() -> None:
    everything = fitting(state_of(9))
    assert frozenset((cell.observed, cell.denominator) for cell in HONEST) in everything
    assert len(everything) > 100
    for cell in HONEST:  # and no figure of one of them is in most of what fits
        pair = (cell.observed, cell.denominator)
        assert sum(pair in triple for triple in everything) < len(everything) / 10


def test_exact_sums_would_determine_them() -> None:
    # The control: with the exact sums of a large group the same search finds the triple alone.
    assert len(fitting(state_of(10))) == 1


@pytest.mark.parametrize("value", [0, 1, 37, 641, 3.14159, 9.5e12, 2**-20])
def test_coarse_numbers_are_near(value: float) -> None:
    rounded = coarse(value, 8.0)
    assert abs(rounded - value) <= 4
    assert isinstance(rounded, type(value))
    assert coarse(rounded, 8.0) == rounded
    assert coarse(value, 0.0) == value


def test_the_spread_of_a_small_group_is_near_the_exact_one() -> None:
    rows = [(f"s{i}", 10 + 3 * i, 100 + 11 * i) for i in range(9)]
    _, result = run_counts(counted_measure(), whole(rows))
    found: CrudeResult = result.find("m", ALL_PERIODS).analyses["crude"]
    cells = [Cell(r, n) for _, r, n in rows]
    events, patients = sum(c.observed for c in cells), sum(c.denominator for c in cells)
    exact = spread_of(cells, events / patients)
    direct = proportion_overdispersion(
        len(cells), events, patients, exact.dispersion, exact.denominator_squared
    )
    assert found.rate == events / patients
    assert found.phi == pytest.approx(direct.phi, rel=1 / 16)
    assert found.phi != direct.phi
