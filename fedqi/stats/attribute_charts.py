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
    return _plain("p", _proportions(observed, denominator))


def p_prime_chart(observed: Sequence[int], denominator: Sequence[int]) -> AttributeChart:
    """Return Laney's p′ chart: ``p̄ ± 3 s_t σ_z``.

    With z_t = (p_t - p̄)/s_t, σ_z is the mean moving range of z over 1.128; see :func:`p_chart`
    for the rest.

    References
    ----------
    Laney DB (2002). Qual Eng 14:531-537. doi:10.1081/QEN-120003555
    """
    return _widened("p_prime", _proportions(observed, denominator))


def u_chart(observed: Sequence[int], exposure: Sequence[float]) -> AttributeChart:
    """Return a u chart: ``ū ± 3 √(ū/T_t)`` with ū = Σr/ΣT; exposures T > 0, see :func:`p_chart`.

    With expected events in the place of the exposure it is a chart of observed over expected.
    """
    return _plain("u", _rates(observed, exposure))


def u_prime_chart(observed: Sequence[int], exposure: Sequence[float]) -> AttributeChart:
    """Return Laney's u′ chart: ``ū ± 3 √(ū/T_t) σ_z``, σ_z as in :func:`p_prime_chart`."""
    return _widened("u_prime", _rates(observed, exposure))


@dataclass(frozen=True, slots=True)
class _Periods:
    """What is charted: values in order of time around their centre, and the largest there can be.

    ``errors`` are the standard errors of the values if chance alone made them differ.
    """

    values: tuple[float, ...]
    centre: float
    errors: tuple[float, ...]
    most: float


def _proportions(observed: Sequence[int], denominator: Sequence[int]) -> _Periods:
    require_series(len(observed))
    if any(not 0 <= r <= n or n <= 0 for r, n in zip(observed, denominator, strict=True)):
        raise ValueError("a period's events are not within 0 and its patients")
    centre = sum(observed) / sum(denominator)
    return _periods(observed, denominator, centre * (1 - centre), 1.0)


def _rates(observed: Sequence[int], exposure: Sequence[float]) -> _Periods:
    require_series(len(observed))
    if any(r < 0 or not t > 0 for r, t in zip(observed, exposure, strict=True)):
        raise ValueError("a period's events are negative, or its exposure is not above 0")
    return _periods(observed, exposure, sum(observed) / sum(exposure), inf)


def _periods(
    observed: Sequence[int], size: Sequence[float], variance: float, most: float
) -> _Periods:
    """Join the periods; ``variance`` is that of a period of size 1."""
    values = tuple(r / n for r, n in zip(observed, size, strict=True))
    errors = tuple(sqrt(variance / n) for n in size)
    return _Periods(values, sum(observed) / sum(size), errors, most)


def _plain(kind: str, periods: _Periods) -> AttributeChart:
    return _chart(kind, periods, 1.0)


def _widened(kind: str, periods: _Periods) -> AttributeChart:
    z = [
        (value - periods.centre) / s if s > 0 else 0.0
        for value, s in zip(periods.values, periods.errors, strict=True)
    ]
    mean_range = sum(abs(b - a) for a, b in pairwise(z)) / (len(z) - 1)
    return _chart(kind, periods, mean_range / RANGE_PER_SIGMA)


def _chart(kind: str, periods: _Periods, sigma_z: float) -> AttributeChart:
    centre, halves = periods.centre, [3 * s * sigma_z for s in periods.errors]
    return AttributeChart(
        kind,
        centre,
        sigma_z,
        tuple(max(0.0, centre - half) for half in halves),
        tuple(min(periods.most, centre + half) for half in halves),
        special_causes([value - centre for value in periods.values], halves, periods.values),
    )
