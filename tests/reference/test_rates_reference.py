"""Rates against intervals.json, and funnel limits against the formula summed term by term."""

from math import exp, fsum, lgamma, log

import pytest

from fedqi.stats import FunnelKind, rate_funnel_limits, rate_interval, ratio_funnel_limits
from fedqi.stats.rates import RateMethod
from tests.reference.statistics_data import oracle

METHODS: list[RateMethod] = ["exact_poisson", "midp_poisson", "byar"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("observed", [0, 1, 10, 1000])
def test_a_rate_is_its_count_over_the_exposure(method: RateMethod, observed: int) -> None:
    grid = oracle("intervals")["poisson_ci_grid"][str(observed)]
    lower, upper = grid[f"{method.removesuffix('_poisson')}_0.95"]
    found = rate_interval(observed, 250.0, method=method)
    assert (found.lower, found.upper) == pytest.approx((lower / 250, upper / 250), rel=1e-9)


@pytest.mark.parametrize("level", [0.95, 0.998])
@pytest.mark.parametrize("expected", [1, 2, 3, 5, 10, 20, 50, 100, 500, 1000])
def test_funnelplotrs_ratio_limits_are_the_exact_interval_around_expected(
    expected: int, level: float
) -> None:
    # qchisq(p, 2E)/2/E and qchisq(1-p, 2(E+1))/2/E
    grid = oracle("intervals")["poisson_ci_grid"][str(expected)]
    lower, upper = grid[f"exact_{level}"]
    found = ratio_funnel_limits(expected, level, FunnelKind.CONFIDENCE_INTERVAL)
    assert (found.lower, found.upper) == pytest.approx(
        (lower / expected, upper / expected), rel=1e-9
    )


def crossing(mean: float, tail: float) -> float:
    """Return r - α of appendix A.1.1 (2005), from the Poisson probabilities themselves."""
    probabilities: list[float] = []
    while not probabilities or fsum(probabilities) < tail:
        count = len(probabilities)
        probabilities.append(exp(count * log(mean) - mean - lgamma(count + 1)))
    return len(probabilities) - 1 - (fsum(probabilities) - tail) / probabilities[-1]


@pytest.mark.parametrize("level", [0.95, 0.998])
@pytest.mark.parametrize("exposure", [40.0, 731.5, 5_000.0, 60_000.0])
def test_the_other_two_kinds_follow_the_paper(exposure: float, level: float) -> None:
    target, tail = 0.012, (1 - level) / 2
    lower, upper = (crossing(target * exposure, p) for p in (tail, 1 - tail))
    paper = rate_funnel_limits(exposure, target, level, FunnelKind.INTERPOLATED_2005)
    symmetric = rate_funnel_limits(exposure, target, level)
    assert paper.lower == symmetric.lower == pytest.approx(max(0.0, lower) / exposure, rel=1e-9)
    assert paper.upper == pytest.approx(upper / exposure, rel=1e-9)
    assert symmetric.upper == pytest.approx((upper + 1) / exposure, rel=1e-9)
