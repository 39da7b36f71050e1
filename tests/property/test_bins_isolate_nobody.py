"""What the crude analysis releases of one job, set against itself: months, all months, bins."""

from collections.abc import Mapping

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from fedqi.benchmarking.analysis import Subject
from fedqi.benchmarking.crude_bins import own_bin
from fedqi.benchmarking.crude_counts import CountedAnalysis, provider_cells
from fedqi.benchmarking.crude_state import CrudeState
from fedqi.measures import ALL_PERIODS, Cell, pooled
from tests.attacks.algebra import Equation, isolated
from tests.attacks.hospitals import MEASURE
from tests.unit.benchmarking.collaborative import summary_of
from tests.unit.secagg.federation import names

SITES = names(18)
COLLUDERS, MINIMUM = SITES[13:], 8  # c = 5, and m = c + 2 + 1
MONTHS = ("2020-01", "2020-02")
Counts = Mapping[str, Mapping[str, Cell]]


def released(counts: Counts) -> tuple[CrudeState, list[Equation]]:
    """Run the analysis over plain sums; return its end and the sums of patients it releases."""
    analysis, subject = CountedAnalysis(), Subject(MEASURE, MEASURE.lineage, MONTHS, MINIMUM)
    offers = {month: tuple(s for s in SITES if month in counts[s]) for month in MONTHS}
    offering = {month: s if len(s) >= MINIMUM else () for month, s in offers.items()}
    state = analysis.initial(subject)
    while blocks := analysis.layout(state):
        total = {block.name: np.zeros(block.shape) for block in blocks}
        for site in SITES:
            own = summary_of(MEASURE, {m: c for m, c in counts[site].items() if offering[m]})
            for name, value in analysis.summarise(state, own).items():
                total[name] = total[name] + value
        whole = {name: value.astype(np.int64) for name, value in total.items()}
        state = analysis.combine(state, whole, offering)
    return state, equations_of(state, counts)


def equations_of(state: CrudeState, counts: Counts) -> list[Equation]:
    cells = {(site, month) for month in state.released for site in state.sites(month)}
    months = [dict.fromkeys([c for c in cells if c[1] == month], 1) for month in state.released]
    bins = []
    for unit, made in state.bins.items():
        places = {site: place_of(state, unit, site, counts) for site in state.sites(unit)}
        for place in range(len(made.sites)):
            bins.append(dict.fromkeys([c for c in cells if places[c[0]] == place], 1))
    return [{c: 1 for c in sums if c[0] not in COLLUDERS} for sums in (*months, *bins)]


def place_of(state: CrudeState, unit: str, site: str, counts: Counts) -> int:
    cell = pooled(list(provider_cells(state, summary_of(MEASURE, counts[site]), unit).values()))
    edges = state.bins[unit].edges
    return own_bin(state, unit, edges, cell)


def isolates(equations: list[Equation]) -> frozenset[object]:
    cells = {cell for sums in equations for cell in sums}
    return isolated(equations, cells, 3, owner=lambda cell: cell[0])


cells = st.builds(lambda events: Cell(events, 100), st.sampled_from([1, 5, 40, 60]))
complete = st.lists(st.fixed_dictionaries(dict.fromkeys(MONTHS, cells)), min_size=18, max_size=18)
gaps = st.lists(
    st.dictionaries(st.sampled_from(MONTHS), cells, min_size=1), min_size=18, max_size=18
)

POOR, GOOD = Cell(60, 100), Cell(5, 100)
APART = [{MONTHS[0]: POOR}] * 8 + [{MONTHS[1]: POOR}] + [{MONTHS[1]: GOOD}] * 9
"""Eight hospitals have January only, ten February only; one of the ten is among the poor ones."""


@given(complete)
def test_months_and_bins_of_hospitals_that_offer_every_month_isolate_nobody(
    own: list[dict[str, Cell]],
) -> None:
    assert isolates(released(dict(zip(SITES, own, strict=True)))[1]) == frozenset()


def test_bins_are_made_and_hold_the_minimum() -> None:
    both = [dict.fromkeys(MONTHS, POOR)] * 9 + [dict.fromkeys(MONTHS, GOOD)] * 9
    state, equations = released(dict(zip(SITES, both, strict=True)))
    assert state.bins[ALL_PERIODS].sites == (9, 9)
    assert len(equations) == 4
    assert isolates(equations) == frozenset()


@given(gaps)
@example(APART)
def test_months_and_bins_of_hospitals_that_lack_months_isolate_nobody(
    own: list[dict[str, Cell]],
) -> None:
    assert isolates(released(dict(zip(SITES, own, strict=True)))[1]) == frozenset()
