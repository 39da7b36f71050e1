"""Intervals against intervals.json: scipy and statsmodels at full precision (data/README.md)."""

from collections.abc import Callable

import pytest

from fedqi.stats import Interval, byar, exact_poisson, midp_poisson, wilson
from tests.reference.statistics_data import oracle, surgical

METHODS: dict[str, Callable[[int, float], Interval]] = {
    "exact_poisson": exact_poisson,
    "midp_poisson": midp_poisson,
    "byar": byar,
}
COUNTS = [0, 1, 2, 3, 5, 10, 20, 50, 100, 500, 1000]


@pytest.mark.parametrize("level", [0.95, 0.998])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("observed", COUNTS)
def test_poisson(method: str, observed: int, level: float) -> None:
    grid = oracle("intervals")["poisson_ci_grid"][str(observed)]
    lower, upper = grid[f"{method.removesuffix('_poisson')}_{level}"]
    found = METHODS[method](observed, level)
    # Byar's cube is negative for one event at 99.8 %; a count cannot be.
    assert found.lower == pytest.approx(max(0.0, lower), rel=1e-9, abs=1e-12)
    assert found.upper == pytest.approx(upper, rel=1e-9)
    assert (found.level, found.method) == (level, method)


def test_wilson_of_surgical() -> None:
    # statsmodels.stats.proportion.proportion_confint(r, n, method="wilson")
    expected = oracle("intervals")["surgical_binomial_ci"]["statsmodels_wilson"]
    for (r, n), (lower, upper) in zip(surgical(), expected, strict=True):
        found = wilson(r, n)
        assert (found.lower, found.upper) == pytest.approx((lower, upper), rel=1e-12, abs=1e-15)


def test_bounds_at_no_events() -> None:
    # Breslow & Day (1987); Garwood: -ln 0.025; mid-P: -ln 0.05.
    assert byar(0).upper == pytest.approx(3.668, abs=5e-4)
    assert exact_poisson(0).upper == pytest.approx(3.689, abs=5e-4)
    assert midp_poisson(0).upper == pytest.approx(2.996, abs=5e-4)
