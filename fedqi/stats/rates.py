"""Rates: events over exposure (bed days, person-years), with events taken as Poisson."""

from collections.abc import Callable
from math import sqrt
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fedqi.stats.funnel import FunnelKind, FunnelLimits, ratio_funnel_curve, ratio_z_score
from fedqi.stats.intervals import (
    Interval,
    byar,
    exact_poisson,
    midp_poisson,
    normal_quantile,
)
from fedqi.stats.overdispersion import Overdispersion, overdispersion

Floats = NDArray[np.float64]

RateMethod = Literal["exact_poisson", "midp_poisson", "byar"]

_METHODS: dict[RateMethod, Callable[[int, float], Interval]] = {
    "exact_poisson": exact_poisson,
    "midp_poisson": midp_poisson,
    "byar": byar,
}


def rate_interval(
    observed: int, exposure: float, level: float = 0.95, method: RateMethod = "exact_poisson"
) -> Interval:
    """Return the interval of a rate: that of its count, over the exposure.

    Parameters
    ----------
    observed
        Events r >= 0.
    exposure
        T > 0.
    level
        Nominal coverage.
    method
        ``exact_poisson`` (Garwood), ``midp_poisson`` or ``byar``; see
        :mod:`fedqi.stats.intervals`.

    Returns
    -------
    Interval
        In events per unit of exposure.

    Raises
    ------
    ValueError
        If r is negative or T not above 0.
    """
    _require_exposure(exposure)
    return _METHODS[method](observed, level).scaled(1 / exposure)


def rate_funnel_limits(
    exposure: float, target: float, level: float, kind: FunnelKind = FunnelKind.SYMMETRIC
) -> FunnelLimits:
    """Return the limits of a rate for one exposure.

    Those of O/E at E = θT, times θ: with r Poisson with mean θT.

    Parameters
    ----------
    exposure
        T > 0.
    target
        Rate θ >= 0.
    level
        Nominal coverage.
    kind
        See :class:`fedqi.stats.funnel.FunnelKind`.

    Returns
    -------
    FunnelLimits
        Clipped below at 0; both limits 0 where θ is 0.

    Raises
    ------
    ValueError
        If an argument is outside its range.

    References
    ----------
    Spiegelhalter DJ (2005). Stat Med 24:1185-1202. doi:10.1002/sim.1970
    """
    lower, upper = rate_funnel_curve([exposure], target, level, kind)
    return FunnelLimits(float(lower[0]), float(upper[0]), level, kind.value)


def rate_funnel_curve(
    exposures: ArrayLike, target: float, level: float, kind: FunnelKind = FunnelKind.SYMMETRIC
) -> tuple[Floats, Floats]:
    """Return lower and upper limits of a rate, one per exposure (see `rate_funnel_limits`)."""
    t = np.asarray(exposures, dtype=np.float64)
    _require_exposure(float(t.min()))
    _require_rate(target)
    if target == 0:
        return np.zeros_like(t), np.zeros_like(t)
    lower, upper = ratio_funnel_curve(target * t, level, kind)
    return target * lower, target * upper


def adjusted_rate_limits(exposure: float, target: float, level: float, tau2: float) -> FunnelLimits:
    """Return ``θ ± z √(θ/T + τ²)``, clipped below at 0.

    Raises
    ------
    ValueError
        If an argument is outside its range.

    References
    ----------
    Spiegelhalter DJ (2005). Qual Saf Health Care 14:347-351. doi:10.1136/qshc.2005.013755
    """
    _require_exposure(exposure)
    _require_rate(target)
    if tau2 < 0:
        raise ValueError("tau2 is negative")
    half = normal_quantile(level) * sqrt(target / exposure + tau2)
    return FunnelLimits(max(0.0, target - half), target + half, level, "adjusted")


def rate_z_score(observed: float, exposure: float, target: float, tau2: float = 0.0) -> float:
    """Return ``(r/T - θ) / √(θ/T + τ²)``; τ² is on the squared scale of the rate.

    Raises
    ------
    ValueError
        If T or θ is not above 0.
    """
    _require_exposure(exposure)
    if not target > 0:
        raise ValueError(f"the target rate is {target}, expected a number above 0")
    return ratio_z_score(observed, target * exposure, tau2 / target**2)


def rate_overdispersion(
    units: int,
    observed: float,
    exposure: float,
    dispersion: float,
    exposure_squared: float,
) -> Overdispersion:
    """Return φ and τ² of rates from sums.

    With θ the pooled rate and z = (r/T - θ)/√(θ/T): ``Σz² = Σ(r-θT)²/T / θ``, ``Σw = ΣT/θ`` and
    ``Σw² = ΣT²/θ²``; see :func:`fedqi.stats.overdispersion.overdispersion`.

    Parameters
    ----------
    units
        Sites or providers with T > 0.
    observed, exposure
        Σ r and Σ T.
    dispersion
        Σ (r-θT)²/T with θ = Σr/ΣT.
    exposure_squared
        Σ T².

    Returns
    -------
    Overdispersion
        φ = τ² = 0 where θ is 0.

    References
    ----------
    Spiegelhalter DJ (2005). Stat Med 24:1185-1202. doi:10.1002/sim.1970
    """
    theta = observed / exposure if exposure > 0 else 0.0
    if theta <= 0:
        return Overdispersion(0.0, 0.0, units)
    return overdispersion(units, dispersion / theta, exposure / theta, exposure_squared / theta**2)


def _require_exposure(exposure: float) -> None:
    if not exposure > 0:
        raise ValueError(f"an exposure is {exposure}, expected a number above 0")


def _require_rate(target: float) -> None:
    if not target >= 0:
        raise ValueError(f"the target rate is {target}, expected a number from 0 upwards")
