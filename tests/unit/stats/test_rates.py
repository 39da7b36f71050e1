import math

import pytest

from fedqi.stats import (
    FunnelKind,
    adjusted_rate_limits,
    moment_gamma_poisson,
    rate_funnel_curve,
    rate_funnel_limits,
    rate_interval,
    rate_overdispersion,
    rate_z_score,
)


def test_no_events_still_have_an_upper_bound() -> None:
    # Garwood: -ln 0.025 events; mid-P: -ln 0.05.
    assert rate_interval(0, 1000).upper == pytest.approx(-math.log(0.025) / 1000)
    assert rate_interval(0, 1000, method="midp_poisson").upper == pytest.approx(
        -math.log(0.05) / 1000
    )
    assert rate_interval(0, 1000).lower == 0


@pytest.mark.parametrize("kind", FunnelKind)
def test_no_rate_no_limits(kind: FunnelKind) -> None:
    found = rate_funnel_limits(1000, 0.0, 0.95, kind)
    assert (found.lower, found.upper, found.kind) == (0, 0, kind.value)


@pytest.mark.parametrize("kind", FunnelKind)
def test_limits_hold_the_target_and_close_in(kind: FunnelKind) -> None:
    lower, upper = rate_funnel_curve([10, 1000, 1_000_000], 0.05, 0.95, kind)
    assert all(0 <= low < 0.05 < high for low, high in zip(lower, upper, strict=True))
    assert upper[0] > upper[1] > upper[2] == pytest.approx(0.05, rel=0.01)


def test_z_and_adjusted_limits_agree() -> None:
    limits = adjusted_rate_limits(400, 0.05, 0.95, 1e-4)
    assert rate_z_score(400 * limits.upper, 400, 0.05, 1e-4) == pytest.approx(1.959964, rel=1e-6)
    assert rate_z_score(30, 400, 0.05) == pytest.approx(10 / math.sqrt(20))
    assert adjusted_rate_limits(1, 0.05, 0.95, 0).lower == 0


def test_spread_by_hand() -> None:
    # 10 and 30 events in 100 each, theta 0.2: z = -10/sqrt(20) and 10/sqrt(20), phi = 5.
    found = rate_overdispersion(2, 40, 200, 2.0, 20_000)
    assert found.phi == pytest.approx(5)
    # w = 500 each: tau2 = (10 - 1) / (1000 - 500).
    assert found.tau2 == pytest.approx(9 / 500)
    # The same spread as a gamma distribution of rates: variance (S - m) / (ΣT - ΣT²/ΣT).
    prior = moment_gamma_poisson(2, 40, 200, 2.0, 20_000)
    assert prior.between_site_sd**2 == pytest.approx((2 - 0.2) / 100)


def test_spread_without_events_or_sites() -> None:
    assert rate_overdispersion(2, 0, 200, 0.0, 20_000).phi == 0
    assert rate_overdispersion(0, 0, 0, 0.0, 0).tau2 == 0
    assert rate_overdispersion(1, 5, 100, 0.0, 10_000).tau2 == 0


def test_what_is_no_exposure_or_rate_is_refused() -> None:
    for exposure in (0.0, -1.0, math.nan):
        with pytest.raises(ValueError, match="an exposure is"):
            rate_interval(1, exposure)
        with pytest.raises(ValueError, match="an exposure is"):
            rate_funnel_limits(exposure, 0.1, 0.95)
    with pytest.raises(ValueError, match="target rate"):
        rate_funnel_limits(10, -0.1, 0.95)
    with pytest.raises(ValueError, match="target rate"):
        rate_z_score(1, 10, 0.0)
    with pytest.raises(ValueError, match="tau2"):
        adjusted_rate_limits(10, 0.1, 0.95, -1)
