"""Funnel limits, plain and adjusted for overdispersion, and z scores.

Three kinds of "exact" limits are in use and differ by up to one event; :class:`FunnelKind` names
them, and results carry the name.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from math import asin, copysign, inf, pi, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fedqi.stats.intervals import normal_quantile, upper_tail

Floats = NDArray[np.float64]


class FunnelKind(StrEnum):
    """How exact limits of a discrete count are made continuous.

    With F the distribution of the count at the target, q the tail probability,
    ``r = min{k: F(k) >= q}`` and ``α = (F(r) - q) / (F(r) - F(r-1))``:

    - INTERPOLATED_2005: ``(r - α)/n`` at both tails (appendix A.1.1 of the 2005 paper).
    - SYMMETRIC: ``(r - α)/n`` at the lower tail and ``(r + 1 - α)/n`` at the upper one
      (Spiegelhalter's later code). The only kind under which deaths and survivals give mirrored
      limits; the default.
    - CONFIDENCE_INTERVAL: what FunnelPlotR draws. For a ratio the exact Poisson interval with E
      put in place of the observed count, over E; for a proportion ``sin²(asin √θ ± z/2√n)``.

    References
    ----------
    Spiegelhalter DJ (2005). Stat Med 24:1185-1202. doi:10.1002/sim.1970
    FunnelPlotR, nhs-r-community/FunnelPlotR, functions ``build_limits_lookup`` and
    ``calculate_limits``.
    """

    INTERPOLATED_2005 = "interpolated_2005"
    SYMMETRIC = "symmetric"
    CONFIDENCE_INTERVAL = "confidence_interval"


@dataclass(frozen=True, slots=True)
class FunnelLimits:
    """Limits of one denominator (or one expected count).

    Parameters
    ----------
    lower, upper
        On the scale of the target: a proportion, or a ratio around 1.
    level
        Nominal coverage, for example 0.998.
    kind
        A value of :class:`FunnelKind`, or "adjusted" for normal limits with s² + τ².
    """

    lower: float
    upper: float
    level: float
    kind: str


def funnel_limits(
    denominator: float, target: float, level: float, kind: FunnelKind = FunnelKind.SYMMETRIC
) -> FunnelLimits:
    """Return the limits of a proportion for one denominator.

    Parameters
    ----------
    denominator
        Patients, a whole number n >= 1.
    target
        Proportion θ in [0, 1].
    level
        Nominal coverage.
    kind
        See :class:`FunnelKind`.

    Returns
    -------
    FunnelLimits
        Clipped to [0, 1]; both limits equal θ where θ is 0 or 1.

    Raises
    ------
    ValueError
        If an argument is outside its range.
    """
    lower, upper = funnel_curve([denominator], target, level, kind)
    return FunnelLimits(float(lower[0]), float(upper[0]), level, kind.value)


def funnel_curve(
    denominators: ArrayLike, target: float, level: float, kind: FunnelKind = FunnelKind.SYMMETRIC
) -> tuple[Floats, Floats]:
    """Return lower and upper limits of a proportion, one per denominator.

    Arguments, clipping and errors as :func:`funnel_limits`; both arrays have the shape of
    ``denominators``.
    """
    n = np.asarray(denominators, dtype=np.float64)
    _require(bool((n >= 1).all()), "a denominator is below 1")
    _require(bool((n == np.rint(n)).all()), "a denominator is not a whole number")
    _require(0 <= target <= 1, f"the target {target} is not a proportion")
    if target in (0, 1):
        return np.full_like(n, target), np.full_like(n, target)
    if kind is FunnelKind.CONFIDENCE_INTERVAL:
        return _arcsine_limits(n, target, level)
    lower, upper = _binomial_counts(n, target, level, kind)
    return np.clip(lower / n, 0, 1), np.clip(upper / n, 0, 1)


def ratio_funnel_limits(
    expected: float, level: float, kind: FunnelKind = FunnelKind.SYMMETRIC
) -> FunnelLimits:
    """Return the limits of a standardised ratio O/E around 1 for one expected count.

    As :func:`funnel_limits`, with O Poisson with mean E; clipped below at 0.

    Raises
    ------
    ValueError
        If E is not positive.
    """
    lower, upper = ratio_funnel_curve([expected], level, kind)
    return FunnelLimits(float(lower[0]), float(upper[0]), level, kind.value)


def ratio_funnel_curve(
    expected: ArrayLike, level: float, kind: FunnelKind = FunnelKind.SYMMETRIC
) -> tuple[Floats, Floats]:
    """Return lower and upper limits of O/E, one per expected count."""
    e = np.asarray(expected, dtype=np.float64)
    _require(bool((e > 0).all()), "an expected count is not above 0")
    if kind is FunnelKind.CONFIDENCE_INTERVAL:
        lower, upper = _interval_around(e, level)
    else:
        lower, upper = _poisson_counts(e, level, kind)
    return np.maximum(lower / e, 0), upper / e


def adjusted_limits(denominator: float, target: float, level: float, tau2: float) -> FunnelLimits:
    """Return limits with an additive between-site variance.

    ``θ ± z √(θ(1-θ)/n + τ²)``, clipped to [0, 1].

    Parameters
    ----------
    denominator, target, level
        As in :func:`funnel_limits`.
    tau2
        Between-site variance τ² >= 0 on the scale of the proportion.

    Raises
    ------
    ValueError
        If an argument is outside its range.

    References
    ----------
    Spiegelhalter DJ (2005). Qual Saf Health Care 14:347-351. doi:10.1136/qshc.2005.013755
    """
    lower, upper = adjusted_curve([denominator], target, level, tau2)
    return FunnelLimits(float(lower[0]), float(upper[0]), level, "adjusted")


def adjusted_curve(
    denominators: ArrayLike, target: float, level: float, tau2: float
) -> tuple[Floats, Floats]:
    """Return lower and upper adjusted limits, one per denominator (see `adjusted_limits`)."""
    n = np.asarray(denominators, dtype=np.float64)
    _require(bool((n >= 1).all()), "a denominator is below 1")
    _require(0 <= target <= 1, f"the target {target} is not a proportion")
    _require(tau2 >= 0, "tau2 is negative")
    half = normal_quantile(level) * np.sqrt(target * (1 - target) / n + tau2)
    return np.clip(target - half, 0, 1), np.clip(target + half, 0, 1)


def adjusted_ratio_limits(expected: float, level: float, tau2: float) -> FunnelLimits:
    """Return ``1 ± z √(1/E + τ²)``, clipped below at 0: adjusted limits of O/E."""
    _require(expected > 0, "an expected count is not above 0")
    _require(tau2 >= 0, "tau2 is negative")
    half = normal_quantile(level) * sqrt(1 / expected + tau2)
    return FunnelLimits(max(0.0, 1 - half), 1 + half, level, "adjusted")


def z_score(observed: float, denominator: float, target: float, tau2: float = 0.0) -> float:
    """Return how many standard errors a proportion lies from the target.

    ``(r/n - θ) / √(θ(1-θ)/n + τ²)``; with τ² = 0 the plain z, otherwise the adjusted one.

    Parameters
    ----------
    observed, denominator
        Events r and patients n >= 1.
    target
        Proportion θ in [0, 1].
    tau2
        Between-site variance on the scale of the proportion.

    Returns
    -------
    float
        Where the variance is 0 (θ is 0 or 1): 0 if r/n equals θ, otherwise ±infinity.
    """
    _require(denominator >= 1, "a denominator is below 1")
    return _z(observed / denominator - target, target * (1 - target) / denominator + tau2)


def ratio_z_score(observed: float, expected: float, tau2: float = 0.0) -> float:
    """Return ``(O/E - 1) / √(1/E + τ²)``; with τ² = 0 this is (O - E)/√E."""
    _require(expected > 0, "an expected count is not above 0")
    return _z(observed / expected - 1, 1 / expected + tau2)


def _z(difference: float, variance: float) -> float:
    if variance > 0:
        return difference / sqrt(variance)
    return copysign(inf, difference) if difference else 0.0


def _binomial_counts(
    n: Floats, target: float, level: float, kind: FunnelKind
) -> tuple[Floats, Floats]:
    from scipy.special import bdtr, bdtrik

    patients = n.astype(np.int64)

    def crossing(tail: float) -> Floats:
        # bdtrik inverts the continuous extension of the distribution: never below zero events.
        count = np.maximum(np.ceil(bdtrik(tail, n, target)), 0)
        before: Floats = np.where(count > 0, bdtr(np.maximum(count - 1, 0), patients, target), 0.0)
        at: Floats = np.asarray(bdtr(count, patients, target), dtype=np.float64)
        return _interpolated(count, at, before, tail)

    return _both_tails(crossing, level, kind)


def _poisson_counts(e: Floats, level: float, kind: FunnelKind) -> tuple[Floats, Floats]:
    from scipy.special import pdtr, pdtrik

    def crossing(tail: float) -> Floats:
        count = np.maximum(np.ceil(pdtrik(tail, e)), 0)
        before: Floats = np.where(count > 0, pdtr(np.maximum(count - 1, 0), e), 0.0)
        at: Floats = np.asarray(pdtr(count, e), dtype=np.float64)
        return _interpolated(count, at, before, tail)

    return _both_tails(crossing, level, kind)


def _interpolated(count: Floats, at: Floats, before: Floats, tail: float) -> Floats:
    """Return r - α, with r = ``count``, F(r) = ``at`` and F(r-1) = ``before``."""
    found: Floats = count - (at - tail) / (at - before)
    return found


def _both_tails(
    crossing: Callable[[float], Floats], level: float, kind: FunnelKind
) -> tuple[Floats, Floats]:
    beyond = 1 if kind is FunnelKind.SYMMETRIC else 0
    return crossing(1 - upper_tail(level)), crossing(upper_tail(level)) + beyond


def _arcsine_limits(n: Floats, target: float, level: float) -> tuple[Floats, Floats]:
    middle = asin(sqrt(target))
    half = normal_quantile(level) / (2 * np.sqrt(n))
    lower = np.sin(np.clip(middle - half, 0, pi / 2)) ** 2
    upper = np.sin(np.clip(middle + half, 0, pi / 2)) ** 2
    return lower, upper


def _interval_around(expected: Floats, level: float) -> tuple[Floats, Floats]:
    from scipy.special import gammainccinv, gammaincinv

    tail = 1 - upper_tail(level)
    lower: Floats = np.asarray(gammaincinv(expected, tail), dtype=np.float64)
    upper: Floats = np.asarray(gammainccinv(expected + 1, tail), dtype=np.float64)
    return lower, upper


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise ValueError(message)
