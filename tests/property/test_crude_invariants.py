"""Shares and rates: which site has which counts does not matter, and a boundary is an answer.

So it is for the analyses `crude` and `meta`; `direct` is tried over strata.
"""

import math
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedqi.benchmarking.policy import Policy
from fedqi.benchmarking.rehearsal import Rehearsal
from fedqi.benchmarking.result import Result, collect_positions
from fedqi.errors import InsufficientSitesError
from fedqi.measures import Cell, Measure
from tests.unit.benchmarking.collaborative import counted_measure, run_counts, summary_of
from tests.unit.benchmarking.test_crude_rate import rate

SITES = [f"s{i}" for i in range(9)]
MONTHS = ("2020-01", "2020-02")
EXTREMES = st.sampled_from([0, 1, 2, 999_999, 1_000_000])

Counts = dict[str, dict[str, Cell]]


@st.composite
def cells(draw: st.DrawFn) -> Cell:
    denominator = draw(st.integers(0, 400) | EXTREMES)
    return Cell(draw(st.integers(0, denominator) | st.sampled_from([0, denominator])), denominator)


hospitals = st.fixed_dictionaries(
    dict.fromkeys(SITES, st.dictionaries(st.sampled_from(MONTHS), cells(), min_size=1, max_size=2))
)


def run(measure: Measure, counts: Counts, analysis: str) -> tuple[Rehearsal, Result] | None:
    """Return what is released, or nothing where too few sites have data."""
    try:
        return run_counts(measure, counts, policy=Policy(1), analysis=analysis)
    except InsufficientSitesError:
        return None


def numbers(value: Any) -> Iterator[float]:
    """Yield every number of a document."""
    if isinstance(value, dict | list | tuple):
        for each in value.values() if isinstance(value, dict) else value:
            yield from numbers(each)
    elif isinstance(value, int | float):
        yield value


@pytest.mark.parametrize("analysis", ["crude", "meta"])
@pytest.mark.parametrize("measure", [counted_measure(), rate()], ids=["proportion", "rate"])
@settings(max_examples=25)
@given(hospitals, st.permutations(SITES))
def test_which_site_has_which_counts_does_not_matter(
    measure: Measure, analysis: str, counts: Counts, order: list[str]
) -> None:
    turned = {site: counts[other] for site, other in zip(SITES, order, strict=True)}
    first, second = run(measure, counts, analysis), run(measure, turned, analysis)
    if first is None or second is None:
        assert first is second
        return
    for a, b in zip(first[1].results, second[1].results, strict=True):
        assert (a.period, a.observed, a.denominator) == (b.period, b.observed, b.denominator)
        assert a.analyses == b.analyses


@pytest.mark.parametrize("analysis", ["crude", "meta"])
@pytest.mark.parametrize("measure", [counted_measure(), rate()], ids=["proportion", "rate"])
@settings(max_examples=40)
@given(counts=hospitals)
def test_no_figure_is_without_a_value(measure: Measure, analysis: str, counts: Counts) -> None:
    done = run(measure, counts, analysis)
    if done is None:
        return
    documents = [done[1].to_dict()]
    for site, own in counts.items():
        summaries = {measure.id: summary_of(measure, own)}
        found = collect_positions(done[0].plan, done[0].outcome.state, summaries, site)
        documents += [position.to_dict() for position in found]
    assert all(math.isfinite(number) for number in numbers(documents))
