"""Model-based analyses over random collaboratives: fixed point, support and sums, without keys."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedqi.benchmarking.analysis import Subject
from fedqi.benchmarking.hierarchical import HierarchicalAnalysis
from fedqi.benchmarking.plan import zeros
from fedqi.benchmarking.result import plain
from fedqi.benchmarking.standardised import StandardisedAnalysis
from fedqi.benchmarking.standardised_state import ModelState
from fedqi.measures import ALL_PERIODS, MeasureSummary
from fedqi.secagg.encoding import Layout
from tests.unit.benchmarking.modelled import TYPE_AND_AGE, Providers, Row, modelled, summary_of

MEASURE = modelled(TYPE_AND_AGE)
MINIMUM = 3


@st.composite
def providers(draw: st.DrawFn, sizes: tuple[int, ...]) -> list[Row]:
    rows: list[Row] = []
    for kind in draw(st.sets(st.integers(0, 2), min_size=1)):
        for age in draw(
            st.sets(st.sampled_from((0.0, 20.0, 55.5, 90.0, 100.0)), min_size=1, max_size=3)
        ):
            patients = draw(st.sampled_from(sizes))
            rows.append(((float(kind), age), patients, draw(st.integers(0, patients))))
    return rows


WARDS = 5
"""Providers of a site: three sites have the fewest that random intercepts need."""


def collaboratives(*sizes: int) -> st.SearchStrategy[dict[str, Providers]]:
    """Return sites whose patterns have as many patients."""
    wards = st.lists(providers(sizes), min_size=WARDS, max_size=WARDS)
    return st.lists(wards, min_size=MINIMUM, max_size=6).map(
        lambda every: {
            f"site{i}": {f"ward{j}": {ALL_PERIODS: rows} for j, rows in enumerate(wards)}
            for i, wards in enumerate(every)
        }
    )


def run(
    analysis: StandardisedAnalysis, sites: Mapping[str, Providers]
) -> tuple[ModelState, dict[str, MeasureSummary]]:
    """Sum encoded vectors as the masked protocol does, without masks."""
    summaries = {site: summary_of(MEASURE, own) for site, own in sites.items()}
    offering = {ALL_PERIODS: tuple(sorted(sites))}
    state = analysis.initial(Subject(MEASURE, "m", (ALL_PERIODS,), MINIMUM))
    while blocks := analysis.layout(state):
        layout = Layout(blocks, 1000)
        total = np.zeros(layout.length, dtype=np.uint64)
        for summary in summaries.values():
            found = analysis.summarise(state, summary)
            total += layout.encode({b.name: found.get(b.name, zeros(b)) for b in blocks})
        assert layout.out_of_bounds(total) is None
        state = analysis.combine(state, layout.decode(total), offering)
    return state, summaries


def released(analysis: StandardisedAnalysis, sites: Mapping[str, Providers]) -> Any:
    """Return the result as plain data, or why there is none."""
    state, _ = run(analysis, sites)
    found = plain(analysis.results(state)[ALL_PERIODS].detail)
    return found.get("failed", found)


def every_number(data: Any) -> list[float]:
    if isinstance(data, dict):
        return [n for value in data.values() for n in every_number(value)]
    if isinstance(data, list):
        return [n for value in data for n in every_number(value)]
    return [float(data)] if isinstance(data, int | float) else []


def halves(rows: Sequence[Row]) -> list[Row]:
    """Split the patients of each pattern in two."""
    found = []
    for x, n, y in rows:
        found += [(x, n // 2, min(y, n // 2)), (x, n - n // 2, max(0, y - n // 2))]
    return [half for half in found if half[1]]


analyses = st.sampled_from((StandardisedAnalysis(), HierarchicalAnalysis()))


@settings(deadline=None, max_examples=12)
@given(analyses, collaboratives(1, 2, 400, 100_000))
def test_numbers_or_an_error_with_a_name_and_never_nan(
    analysis: StandardisedAnalysis, sites: dict[str, Providers]
) -> None:
    found = released(analysis, sites)
    if isinstance(found, str):
        assert found.startswith("m 1.0.0, risk model: ")
        return
    assert np.isfinite(every_number(found)).all()
    state, summaries = run(analysis, sites)
    for site, summary in summaries.items():
        for place in analysis.positions(state, summary, site):
            assert np.isfinite(every_number(plain(place))).all()
            assert place.denominator == sum(r[1] for r in sites[site][place.provider][ALL_PERIODS])


@settings(deadline=None, max_examples=10)
@given(analyses, collaboratives(1, 30, 100_000), st.randoms(use_true_random=False))
def test_names_and_order_of_sites_change_nothing(
    analysis: StandardisedAnalysis, sites: dict[str, Providers], random: Any
) -> None:
    order = list(sites.values())
    random.shuffle(order)
    shuffled = {f"site{i}": own for i, own in enumerate(order)}
    # Sums of whole numbers do not depend on their order: the same to the last bit.
    assert released(analysis, shuffled) == released(analysis, sites)


@settings(deadline=None, max_examples=10)
@given(analyses, collaboratives(1, 2, 30, 400))
def test_a_provider_s_patterns_may_be_split(
    analysis: StandardisedAnalysis, sites: dict[str, Providers]
) -> None:
    split = {}
    for site, own in sites.items():
        split[site] = {
            ward: {ALL_PERIODS: halves(series[ALL_PERIODS])} for ward, series in own.items()
        }
    found, other = released(analysis, sites), released(analysis, split)
    assert isinstance(found, str) == isinstance(other, str)
    if not isinstance(found, str):
        # Where little is known of a coefficient, the last bits of the sums move it more.
        for name, error in found["standard_errors"].items():
            closely = pytest.approx(found["coefficients"][name], abs=1e-6 + 1e-5 * error)
            assert other["coefficients"][name] == closely
        assert other["log_likelihood"] == pytest.approx(found["log_likelihood"], rel=1e-8)
