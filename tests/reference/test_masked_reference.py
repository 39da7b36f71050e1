"""The released figures of real hospitals, through masks and sums, against the references."""

import pytest

from fedqi.benchmarking.crude_result import CrudeResult
from fedqi.measures import ALL_PERIODS
from tests.reference.statistics_data import Pairs, new_york, nhs, oracle, surgical
from tests.unit.benchmarking.collaborative import counted_measure, run_counts, whole


def masked(counts: Pairs) -> tuple[CrudeResult, int]:
    named = whole([(f"h{i:03}", r, n) for i, (r, n) in enumerate(counts)])
    _, result = run_counts(counted_measure(), named)
    found = result.find("m", ALL_PERIODS)
    detail: CrudeResult = found.analyses["crude"]
    return detail, found.denominator


def test_surgical_through_the_protocol() -> None:
    found, _ = masked(surgical())
    # funnel_exact.json: od_surgical_binomial.phi_unwinsorised; fixed point costs the digits.
    assert found.phi == pytest.approx(3.2129698768856, rel=1e-8)
    # eb_surgical.json: beta_binomial.MoM (Kleinman's moments).
    assert found.prior == pytest.approx((6.40320261370181, 80.2247404389756), rel=1e-6)


def test_new_york_through_the_protocol() -> None:
    found, _ = masked(new_york())
    assert found.rate == pytest.approx(oracle("spiegelhalter")["ny"]["theta0"], rel=1e-12)
    assert found.histogram is not None
    assert sum(found.histogram.sites) == 37
    assert min(found.histogram.sites) >= 8


def test_all_type_1_trusts_through_the_protocol() -> None:
    found, denominator = masked(nhs())
    direct = oracle("nhs_ae_type1_direct")
    assert denominator == 46_315_223
    assert (found.phi, found.tau2) == pytest.approx((direct["phi"], direct["tau2"]), rel=1e-9)
    exact = 1 - oracle("abc")["ae_type1_3yr_within4h"]["benchmark"]
    assert found.benchmark is not None and found.benchmark.tolerance is not None
    assert abs(found.benchmark.value - exact) <= found.benchmark.tolerance
