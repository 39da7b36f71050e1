"""k and t: exact tails, published values, and what the numbers promise."""

import math
from typing import Any

import numpy as np
import pytest
from scipy.stats import hypergeom

from fedqi.secagg.neighbourhood import (
    AVAILABILITY_BITS,
    ONE_LOST_IN,
    PRIVACY_BITS,
    Neighbourhood,
    both_kinds,
    closed_community,
    neighbourhood,
    smallest,
    unavailable,
)
from fedqi.secagg.parameters import default_collusion_bound, reconstruction_threshold
from fedqi.secagg.tails import log2_choose, log2_sum, log2_tail


@pytest.mark.parametrize(
    ("population", "marked", "drawn"), [(9, 4, 3), (59, 20, 19), (999, 333, 218), (2304, 230, 65)]
)
def test_tails_are_those_of_the_hypergeometric_distribution(
    population: Any, marked: Any, drawn: Any
) -> None:
    for least in range(drawn + 2):
        expected = hypergeom.logsf(least - 1, population, marked, drawn) / math.log(2)
        found = log2_tail(population, marked, drawn, least)
        if expected > -200:
            assert found == pytest.approx(expected, rel=1e-6, abs=1e-8)
    assert log2_tail(population, marked, drawn, drawn + 1) == -math.inf


def test_sums_of_logarithms() -> None:
    assert log2_choose(10, 3) == pytest.approx(math.log2(120))
    assert log2_sum([-1.0, -2.0, -2.0], enough=9) == pytest.approx(0)
    assert log2_sum([], enough=9) == -math.inf


@pytest.mark.parametrize(("sites", "holders", "threshold"), [(1000, 218, 171), (5000, 292, 228)])
def test_the_published_numbers_come_out_of_the_published_conditions(
    sites: Any, holders: Any, threshold: Any
) -> None:
    """A third corrupt and a tenth dropped, without the dealer's own share and communities."""
    corrupt = -(-sites // 3)

    def is_private(k: int, t: int) -> bool:
        bound = math.log2(sites) + log2_tail(sites - 1, corrupt, k, 2 * t - k)
        return bound <= -PRIVACY_BITS

    found = smallest(sites, sites // 10, 20, is_private)
    assert found == Neighbourhood(holders, threshold)


@pytest.mark.parametrize("sites", [201, 202, 300, 500, 1000, 2305, 5000])
def test_the_numbers_keep_both_levels(sites: Any) -> None:
    bound = default_collusion_bound(sites)
    found = neighbourhood(sites, bound, 200)
    k, t = found.holders, found.threshold
    assert k < sites - 1
    assert both_kinds(sites, bound, k, t) <= -PRIVACY_BITS
    assert closed_community(sites, bound, k, t) <= -PRIVACY_BITS
    assert unavailable(sites, -(-sites // ONE_LOST_IN), k, t) <= -AVAILABILITY_BITS


def test_fewer_holders_would_not_do() -> None:
    found = neighbourhood(1000, 5, 200)
    k, lost = found.holders - 1, 100
    available = [t for t in range(k // 2, k + 1) if unavailable(1000, lost, k, t) <= -30]
    assert not any(
        closed_community(1000, 5, k, t) <= -40 >= both_kinds(1000, 5, k, t) for t in available
    )


@pytest.mark.parametrize("sites", [0, 1, 5, 6, 24, 200])
def test_the_complete_graph_is_k_n_minus_one(sites: Any) -> None:
    bound = default_collusion_bound(sites)
    expected = Neighbourhood(max(sites - 1, 0), reconstruction_threshold(sites, bound))
    assert neighbourhood(sites, bound, 200) == expected


def test_a_group_too_small_to_be_sparse_stays_complete() -> None:
    assert neighbourhood(7, 2, 0) == Neighbourhood(6, reconstruction_threshold(7, 2))


def test_no_closed_community_is_found_where_its_bound_is_small() -> None:
    """Draws at random, and the largest closed set inside a random half of the sites."""
    sites, bound = 60, 5
    found = neighbourhood(sites, bound, 10)
    k, t = found.holders, found.threshold
    assert closed_community(sites, bound, k, t) <= -PRIVACY_BITS
    rng = np.random.default_rng(1)
    for _ in range(200):
        draws = [
            {v, *(int(u) + (u >= v) for u in rng.choice(sites - 1, k, replace=False))}
            for v in range(sites)
        ]
        colluding = set(range(bound))
        honest = sites - bound
        inside = {int(v) + bound for v in rng.choice(honest, honest // 2, replace=False)}
        while True:
            kept = {v for v in inside if len(draws[v] & (inside | colluding)) >= t}
            if kept == inside:
                break
            inside = kept
        assert not inside


def test_a_smaller_threshold_is_found_out() -> None:
    """The bound is no formality: with t at half of k, closed communities are common."""
    assert closed_community(60, 5, 20, 11) > 0
    assert both_kinds(1000, 333, 218, 150) > -PRIVACY_BITS
