"""Direct standardisation: who has which strata does not matter, and a boundary is an answer."""

import math

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fedqi.benchmarking.entropy import seeded_entropy
from fedqi.benchmarking.policy import Policy
from fedqi.benchmarking.rehearsal import Rehearsal, rehearse
from fedqi.benchmarking.result import Result, collect_positions, collect_results
from fedqi.measures import Cell, Measure, MeasureSummary, PatternTable, parse_measure
from tests.property.test_crude_invariants import numbers
from tests.unit.benchmarking.test_direct import document

SITES = [f"s{i}" for i in range(9)]
STRATA = [(float(sex), float(kind)) for sex in range(2) for kind in range(3)]
SIZES = st.integers(0, 60) | st.sampled_from([0, 0, 1, 100_000])

Strata = dict[tuple[float, float], tuple[int, int]]
"""Sex and kind to patients and events."""


@st.composite
def counts(draw: st.DrawFn, fewest: int = 0) -> tuple[int, int]:
    patients = max(draw(SIZES), fewest)
    return patients, draw(st.integers(0, patients) | st.sampled_from([0, patients]))


def hospital(fewest: int) -> st.SearchStrategy[Strata]:
    return st.fixed_dictionaries(dict.fromkeys(STRATA, counts(fewest)))


# Half of the hospitals have every stratum: enough of them for a spread, often.
hospitals = st.fixed_dictionaries(dict.fromkeys(SITES, hospital(0) | hospital(1)))


def measure() -> Measure:
    return parse_measure(document())


def summary_of(own: Strata) -> MeasureSummary:
    kept = {key: pair for key, pair in own.items() if pair[0]}
    found = measure()
    if not kept:
        return MeasureSummary(found.id, found.version, found.digest, {})
    columns = {name: tuple(key[i] for key in kept) for i, name in enumerate(("sex", "kind"))}
    patients = tuple(n for n, _ in kept.values())
    events = tuple(y for _, y in kept.values())
    cells = {"": {"all": Cell(sum(events), sum(patients))}}
    tables = {"": {"all": PatternTable(columns, patients, events)}}
    return MeasureSummary(found.id, found.version, found.digest, cells, tables)


def run(given: dict[str, Strata]) -> tuple[Rehearsal, Result]:
    having = sum(any(patients for patients, _ in own.values()) for own in given.values())
    assume(having >= 4)  # fewer are refused before anything is summed
    summaries = {site: {"deaths": summary_of(own)} for site, own in given.items()}
    done = rehearse([measure()], summaries, ["direct"], seeded_entropy(1), Policy(1))
    return done, collect_results(done.plan, done.outcome.state, done.transcript)


@settings(max_examples=25)
@given(hospitals, st.permutations(SITES))
def test_which_site_has_which_strata_does_not_matter(
    given: dict[str, Strata], order: list[str]
) -> None:
    turned = {site: given[other] for site, other in zip(SITES, order, strict=True)}
    (_, first), (_, second) = run(given), run(turned)
    assert [each.analyses for each in first.results] == [each.analyses for each in second.results]


@settings(max_examples=40)
@given(hospitals)
def test_no_figure_is_without_a_value(given: dict[str, Strata]) -> None:
    done, result = run(given)
    documents = [result.to_dict()]
    for site, own in given.items():
        state, summaries = done.outcome.state, {"deaths": summary_of(own)}
        found = collect_positions(done.plan, state, summaries, site)
        documents += [position.to_dict() for position in found]
    assert all(math.isfinite(number) for number in numbers(documents))
