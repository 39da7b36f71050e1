import math

import numpy as np
import pytest

from fedqi.stats import (
    FunnelKind,
    adjusted_curve,
    adjusted_limits,
    adjusted_ratio_limits,
    exact_poisson,
    funnel_curve,
    funnel_limits,
    ratio_funnel_limits,
    ratio_z_score,
    z_score,
)

KINDS = list(FunnelKind)


def test_the_kind_is_named_and_symmetric_by_default() -> None:
    assert funnel_limits(100, 0.1, 0.95).kind == "symmetric"
    assert funnel_limits(100, 0.1, 0.95, FunnelKind.INTERPOLATED_2005).kind == "interpolated_2005"
    assert adjusted_limits(100, 0.1, 0.95, 0.0).kind == "adjusted"


def test_the_paper_lies_one_patient_lower_above() -> None:
    symmetric, paper = (
        funnel_limits(200, 0.1, 0.95, kind)
        for kind in (FunnelKind.SYMMETRIC, FunnelKind.INTERPOLATED_2005)
    )
    assert symmetric.lower == paper.lower
    assert symmetric.upper - paper.upper == pytest.approx(1 / 200)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("target", [0.0, 1.0])
def test_nothing_varies_at_a_target_of_none_or_all(kind: FunnelKind, target: float) -> None:
    found = funnel_limits(50, target, 0.998, kind)
    assert (found.lower, found.upper) == (target, target)


@pytest.mark.parametrize("kind", KINDS)
def test_one_patient_and_fifty_million(kind: FunnelKind) -> None:
    small, large = funnel_limits(1, 0.2, 0.95, kind), funnel_limits(50_000_000, 0.2, 0.95, kind)
    assert 0 <= small.lower <= 0.2 <= small.upper <= 1
    half = 1.959964 * math.sqrt(0.16 / 50_000_000)
    assert large.lower == pytest.approx(0.2 - half, abs=3e-8)
    assert large.upper == pytest.approx(0.2 + half, abs=3e-8)


@pytest.mark.parametrize("kind", KINDS)
def test_a_curve_is_its_points(kind: FunnelKind) -> None:
    lower, upper = funnel_curve([10, 100, 1000], 0.3, 0.95, kind)
    for i, n in enumerate((10, 100, 1000)):
        point = funnel_limits(n, 0.3, 0.95, kind)
        assert (lower[i], upper[i]) == (point.lower, point.upper)


@pytest.mark.parametrize("n", [0, 0.5, -3, 10.5])
def test_a_denominator_is_a_whole_number_from_one(n: float) -> None:
    with pytest.raises(ValueError, match="a denominator is"):
        funnel_limits(n, 0.1, 0.95)


def test_a_target_is_a_proportion() -> None:
    with pytest.raises(ValueError, match="is not a proportion"):
        funnel_limits(10, 1.1, 0.95)
    with pytest.raises(ValueError, match="is not a proportion"):
        adjusted_limits(10, -1, 0.95, 0)


def test_adjusted_limits_widen_with_the_variance_between_sites() -> None:
    plain, wide = adjusted_limits(400, 0.2, 0.95, 0.0), adjusted_limits(400, 0.2, 0.95, 0.0021)
    assert plain.upper - plain.lower == pytest.approx(2 * 1.959964 * 0.02, rel=1e-6)
    assert wide.upper - wide.lower == pytest.approx(2 * 1.959964 * 0.05, rel=1e-6)
    lower, upper = adjusted_curve([400], 0.2, 0.95, 0.0021)
    assert (lower[0], upper[0]) == (wide.lower, wide.upper)


def test_adjusted_limits_stay_proportions() -> None:
    found = adjusted_limits(4, 0.05, 0.998, 0.3)
    assert (found.lower, found.upper) == (0, 1)
    with pytest.raises(ValueError, match="tau2 is negative"):
        adjusted_limits(4, 0.05, 0.998, -0.3)


def test_a_ratio_of_the_interval_kind_is_the_poisson_interval_around_expected() -> None:
    found = ratio_funnel_limits(10, 0.95, FunnelKind.CONFIDENCE_INTERVAL)
    interval = exact_poisson(10)
    assert (found.lower, found.upper) == pytest.approx((interval.lower / 10, interval.upper / 10))


@pytest.mark.parametrize("kind", KINDS)
def test_ratio_limits_close_in_on_one(kind: FunnelKind) -> None:
    widths = []
    for expected in (0.2, 3.5, 40, 1000):
        found = ratio_funnel_limits(expected, 0.95, kind)
        assert 0 <= found.lower < 1 < found.upper
        widths.append(found.upper - found.lower)
    assert widths == sorted(widths, reverse=True)
    with pytest.raises(ValueError, match="not above 0"):
        ratio_funnel_limits(0, 0.95, kind)


def test_ratio_z_and_limits_agree() -> None:
    limits = adjusted_ratio_limits(25, 0.95, 0.01)
    assert ratio_z_score(25 * limits.upper, 25, 0.01) == pytest.approx(1.959964, rel=1e-6)
    assert ratio_z_score(30, 25) == pytest.approx(1.0)
    assert adjusted_ratio_limits(0.1, 0.95, 0).lower == 0


def test_z_without_variance() -> None:
    assert z_score(0, 10, 0) == 0
    assert z_score(1, 10, 0) == math.inf
    assert z_score(9, 10, 1) == -math.inf


def test_a_curve_keeps_its_shape() -> None:
    lower, upper = funnel_curve(np.arange(1, 7).reshape(2, 3), 0.5, 0.95)
    assert lower.shape == upper.shape == (2, 3)
