import math
from collections.abc import Callable

import pytest

from fedqi.stats import Interval, byar, exact_poisson, midp_poisson, normal_quantile, wilson


def test_wilson_is_exact_at_both_ends() -> None:
    # By the formula the lower bound of 0 of 47 is -7e-18 in floating point.
    assert [wilson(0, n).lower for n in (10, 47, 119, 810)] == [0] * 4
    assert [wilson(n, n).upper for n in (10, 47, 119, 810)] == [1] * 4
    assert wilson(0, 10).upper == pytest.approx(1 - wilson(10, 10).lower)


@pytest.mark.parametrize(("observed", "denominator"), [(-1, 10), (11, 10), (0, 0), (0, math.nan)])
def test_wilson_refuses_what_is_no_proportion(observed: float, denominator: float) -> None:
    with pytest.raises(ValueError, match="is not a proportion"):
        wilson(observed, denominator)


@pytest.mark.parametrize("method", [exact_poisson, midp_poisson, byar])
@pytest.mark.parametrize("observed", [-1, math.nan, math.inf])
def test_counts_start_at_zero(method: Callable[[float], Interval], observed: float) -> None:
    with pytest.raises(ValueError, match="a count is"):
        method(observed)


@pytest.mark.parametrize("level", [0, 1, 95, math.nan])
def test_a_level_is_a_probability(level: float) -> None:
    with pytest.raises(ValueError, match="strictly between 0 and 1"):
        normal_quantile(level)


def test_a_ratio_divides_both_bounds() -> None:
    count = byar(20)
    ratio = count.scaled(1 / 16)
    assert (ratio.lower, ratio.upper) == (count.lower / 16, count.upper / 16)
    assert (ratio.level, ratio.method) == (0.95, "byar")


def test_large_counts_approach_the_normal_interval() -> None:
    half = 1.959964 * math.sqrt(1e6)
    for method in (exact_poisson, midp_poisson, byar):
        found = method(1_000_000)
        assert (found.lower, found.upper) == pytest.approx((1e6 - half, 1e6 + half), rel=3e-6)
