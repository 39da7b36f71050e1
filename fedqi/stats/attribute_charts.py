"""Shewhart charts of proportions and rates per period: p, u, and Laney's p′ and u′.

The plain charts assume that periods differ by chance alone. With very large denominators that
is never so and every point is outside; Laney's charts widen the limits by how much neighbouring
periods really differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf, sqrt

from fedqi.stats.spc import SpecialCause, require_series, special_causes

RANGE_PER_SIGMA = 1.128
"""d2: expected range of two normal values, in standard deviations."""


@dataclass(frozen=True, slots=True)
class AttributeChart:
    """A chart with limits that follow the size of each period.

    Parameters
    ----------
    kind
        "p", "p_prime", "u" or "u_prime".
    centre
        Pooled proportion or rate, Σr/Σn.
    sigma_z
        How much wider than by chance the limits are; 1 for a plain chart.
    lower, upper
        Limits per period; clipped at 0, and proportions at 1.
    causes
        One per period, in order.
    """

    kind: str
    centre: float
    sigma_z: float
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    causes: tuple[SpecialCause, ...]


def p_chart(observed: Sequence[int], denominator: Sequence[int]) -> AttributeChart:
    """Return a p chart: ``p̄ ± 3 s_t`` with p̄ = Σr/Σn and s_t = √(p̄(1-p̄)/n_t).

    Parameters
    ----------
    observed, denominator
        Events and patients per period, in order of time; at least two periods, all n > 0.

    Raises
    ------
    ValueError
        If there are fewer than two periods, or a period is no proportion.

    References
    ----------
    Mohammed MA, Worthington P, Woodall WH (2008). Qual Saf Health Care 17:137-145.
    doi:10.1136/qshc.2004.012047
    """
    centre, errors = _proportion(observed, denominator)
    return _chart("p", observed, denominator, centre, errors, 1.0)


def p_prime_chart(observed: Sequence[int], denominator: Sequence[int]) -> AttributeChart:
    """Return Laney's p′ chart: ``p̄ ± 3 s_t σ_z``.

    With z_t = (p_t - p̄)/s_t, σ_z is the mean moving range of z over 1.128; see :func:`p_chart`
    for the rest.

    References
    ----------
    Laney DB (2002). Qual Eng 14:531-537. doi:10.1081/QEN-120003555
    """
    centre, errors = _proportion(observed, denominator)
    widening = _sigma_z(observed, denominator, centre, errors)
    return _chart("p_prime", observed, denominator, centre, errors, widening)


def u_chart(observed: Sequence[int], exposure: Sequence[float]) -> AttributeChart:
    """Return a u chart: ``ū ± 3 √(ū/T_t)`` with ū = Σr/ΣT.

    Parameters
    ----------
    observed, exposure
        Events and exposure per period, in order of time; at least two periods, all T > 0.

    Raises
    ------
    ValueError
        If there are fewer than two periods, or a period is no rate.

    References
    ----------
    Mohammed MA, Worthington P, Woodall WH (2008). Qual Saf Health Care 17:137-145.
    doi:10.1136/qshc.2004.012047
    """
    centre, errors = _rate(observed, exposure)
    return _chart("u", observed, exposure, centre, errors, 1.0)


def u_prime_chart(observed: Sequence[int], exposure: Sequence[float]) -> AttributeChart:
    """Return Laney's u′ chart: ``ū ± 3 √(ū/T_t) σ_z``, σ_z as in :func:`p_prime_chart`.

    References
    ----------
    Laney DB (2002). Qual Eng 14:531-537. doi:10.1081/QEN-120003555
    """
    centre, errors = _rate(observed, exposure)
    widening = _sigma_z(observed, exposure, centre, errors)
    return _chart("u_prime", observed, exposure, centre, errors, widening)


def _proportion(
    observed: Sequence[int], denominator: Sequence[int]
) -> tuple[float, tuple[float, ...]]:
    require_series(len(observed))
    if any(not 0 <= r <= n or n <= 0 for r, n in zip(observed, denominator, strict=True)):
        raise ValueError("a period's events are not within 0 and its patients")
    centre = sum(observed) / sum(denominator)
    return centre, tuple(sqrt(centre * (1 - centre) / n) for n in denominator)


def _rate(observed: Sequence[int], exposure: Sequence[float]) -> tuple[float, tuple[float, ...]]:
    require_series(len(observed))
    if any(r < 0 or not t > 0 for r, t in zip(observed, exposure, strict=True)):
        raise ValueError("a period's events are negative, or its exposure is not above 0")
    centre = sum(observed) / sum(exposure)
    return centre, tuple(sqrt(centre / t) for t in exposure)


def _sigma_z(
    observed: Sequence[int], size: Sequence[float], centre: float, errors: Sequence[float]
) -> float:
    z = [
        (r / n - centre) / s if s > 0 else 0.0
        for r, n, s in zip(observed, size, errors, strict=True)
    ]
    return sum(abs(b - a) for a, b in pairwise(z)) / (len(z) - 1) / RANGE_PER_SIGMA


def _chart(
    kind: str,
    observed: Sequence[int],
    size: Sequence[float],
    centre: float,
    errors: Sequence[float],
    sigma_z: float,
) -> AttributeChart:
    values = [r / n for r, n in zip(observed, size, strict=True)]
    halves = [3 * s * sigma_z for s in errors]
    most = 1.0 if kind.startswith("p") else inf
    return AttributeChart(
        kind,
        centre,
        sigma_z,
        tuple(max(0.0, centre - half) for half in halves),
        tuple(min(most, centre + half) for half in halves),
        special_causes([value - centre for value in values], halves, values),
    )
