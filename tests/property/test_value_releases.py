"""Whatever the values and whoever is lost: sums over enough sites, and no bin of too few."""

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedqi.benchmarking.policy import Policy
from fedqi.benchmarking.result import Result
from fedqi.errors import InsufficientSitesError
from tests.unit.benchmarking.valued import run_numbers, stays

YEARS = ("2020", "2021")
SITES = [f"s{i}" for i in range(12)]
MINIMUM = Policy(collusion_bound=1).minimum(len(SITES))
MEASURE = stays(limit=14)

Numbers = Mapping[str, Mapping[str, list[float]]]

values = st.lists(st.sampled_from([0.0, 0.5, 2.0, 4.0, 6.5, 12.0, 30.0, 399.5, 400.0]), max_size=6)
series = st.dictionaries(st.sampled_from(YEARS), values, max_size=2)
hospitals = st.fixed_dictionaries(dict.fromkeys(SITES, series))


def run(numbers: Numbers, lost: set[str]) -> Result:
    policy = Policy(collusion_bound=1)
    drop = dict.fromkeys(sorted(lost), "masked_input")
    return run_numbers(MEASURE, numbers, drop=drop, policy=policy, missing=1)[1]


@settings(max_examples=25)
@given(hospitals, st.sets(st.sampled_from(["s2", "s5"])))
def test_released_figures(numbers: Numbers, lost: set[str]) -> None:
    try:
        result = run(numbers, lost)
    except InsufficientSitesError:
        return
    released = {each.period for each in result.results}
    for each in result.results:
        years = sorted(released - {"all"}) if each.period == "all" else [each.period]
        own = {s: [v for y in years for v in numbers[s].get(y, [])] for s in each.survivors}
        everything = [v for some in own.values() for v in some]
        found = each.analyses["crude"]
        assert each.sites >= MINIMUM
        assert each.observed == len(everything)
        if everything:
            assert found.mean == pytest.approx(sum(everything) / len(everything), abs=1e-4)
        assert found.histogram is None or min(found.histogram.sites) >= MINIMUM
        if found.distribution is not None:
            assert sum(found.distribution.counts) == len(everything)
            assert fewest_holders(found.distribution.edges, own) >= MINIMUM


def fewest_holders(edges: tuple[float, ...], own: Mapping[str, list[float]]) -> int:
    """Return the fewest sites that stand behind a bin; the first is closed below too."""
    bins = list(zip((-1.0, *edges[1:-1]), edges[1:], strict=True))
    return min(
        sum(any(lower < v <= upper for v in some) for some in own.values()) for lower, upper in bins
    )


@settings(max_examples=5)
@given(hospitals, st.permutations(SITES))
def test_which_site_has_which_values_does_not_matter(numbers: Numbers, order: list[str]) -> None:
    turned = {site: numbers[other] for site, other in zip(SITES, order, strict=True)}
    try:
        first, second = run(numbers, set()), run(turned, set())
    except InsufficientSitesError:
        return
    for a, b in zip(first.results, second.results, strict=True):
        assert a.analyses == b.analyses
