"""Means through masks and sums, against an analysis of variance that R prints."""

from math import sqrt

import pytest

from fedqi.benchmarking.crude_value_result import ValueResult
from fedqi.benchmarking.policy import Policy
from fedqi.measures import ALL_PERIODS
from tests.unit.benchmarking.valued import run_numbers, stays

SPRAYS = {
    "A": [10, 7, 20, 14, 14, 12, 10, 23, 17, 20, 14, 13],
    "B": [11, 17, 21, 11, 16, 14, 17, 17, 19, 21, 7, 13],
    "C": [0, 1, 7, 2, 3, 1, 2, 1, 3, 0, 1, 4],
    "D": [3, 5, 12, 6, 4, 3, 5, 5, 5, 5, 2, 4],
    "E": [3, 5, 3, 5, 3, 6, 1, 1, 3, 2, 6, 4],
    "F": [11, 9, 15, 22, 15, 16, 13, 10, 26, 26, 24, 13],
}
"""Insects counted after six sprays, Beall (1942), Biometrika 32:243-262; R's InsectSprays."""


def test_insect_sprays_through_the_protocol() -> None:
    numbers = {site: {ALL_PERIODS: [float(v) for v in own]} for site, own in SPRAYS.items()}
    _, result = run_numbers(stays(), numbers, policy=Policy(collusion_bound=0))
    found: ValueResult = result.find("m", ALL_PERIODS).analyses["crude"]
    # mean(InsectSprays$count) 9.5; anova(lm(count ~ spray, InsectSprays)):
    # spray 5 2668.83 533.77 F = 34.702; Residuals 66 1015.17 15.38
    assert found.mean == 9.5
    assert found.within_sd == pytest.approx(sqrt(1015.17 / 66), rel=5e-6)
    assert found.phi is not None and found.tau2 is not None
    assert found.phi * 6 / 5 == pytest.approx(34.702, abs=5e-4)
    # for equal groups tau2 is (MS between - MS within) / n
    assert found.tau2 == pytest.approx((533.77 - 15.38) / 12, abs=1e-3)
    assert found.sd == pytest.approx(sqrt((2668.83 + 1015.17) / 71), rel=5e-6)
