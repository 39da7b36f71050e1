"""How well a measure can tell hospitals apart at all: reliability and the volume it asks for."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, isfinite

RELIABLE = 0.7
"""Reliability that is usually asked for before hospitals are compared one by one."""


@dataclass(frozen=True, slots=True)
class MeasureQuality:
    """What a measure says about the sites that use it.

    Parameters
    ----------
    units
        Sites or providers compared.
    below, share_below
        How many of them have a reliability below the one asked for, and their share; 0 where
        there are no units.
    mean_reliability
        Mean of their reliabilities.
    """

    units: int
    below: int
    share_below: float
    mean_reliability: float


def minimum_volume(prior_volume: float, threshold: float = RELIABLE) -> float | None:
    """Return the volume from which reliability n/(n+M) reaches a threshold: ``M R/(1-R)``.

    Parameters
    ----------
    prior_volume
        M, what the common mean is worth: α+β of a beta-binomial (patients), b of a gamma-Poisson
        (expected events or exposure), σ²/τ² of means (patients); infinite without variation.
    threshold
        Reliability R, strictly between 0 and 1.

    Returns
    -------
    float or None
        In the unit of M, not rounded; None where M is infinite.

    Raises
    ------
    ValueError
        If R or M is outside its range.

    References
    ----------
    Adams JL (2009). The Reliability of Provider Profiling, RAND TR-653.
    """
    if not 0 < threshold < 1 or not prior_volume > 0:
        raise ValueError(f"reliability {threshold} at a prior volume of {prior_volume}")
    return prior_volume * threshold / (1 - threshold) if isfinite(prior_volume) else None


def minimum_patients(prior_patients: float, threshold: float = RELIABLE) -> int | None:
    """Return the fewest whole patients with reliability of at least ``threshold``."""
    volume = minimum_volume(prior_patients, threshold)
    if volume is None:
        return None
    # M R/(1-R) may come out one rounding error above a whole number.
    rounded = round(volume)
    return rounded if abs(volume - rounded) <= 1e-9 * max(1.0, volume) else ceil(volume)


def quality_sums(
    reliabilities: Sequence[float], threshold: float = RELIABLE
) -> tuple[int, int, float]:
    """Return what a site adds: its units, those below a reliability, Σ reliability.

    What the common mean is worth is public after an earlier step, so each site knows the
    reliability n/(n+M) of its own units.
    """
    # That of exactly the minimum volume may come out one rounding error below.
    below = sum(each < threshold * (1 - 1e-12) for each in reliabilities)
    return len(reliabilities), below, sum(reliabilities)


def measure_quality(units: int, below: int, reliability: float) -> MeasureQuality:
    """Return the quality of a measure from the totals of :func:`quality_sums`.

    Raises
    ------
    ValueError
        If there are more units below, or more reliability, than units.
    """
    # A rounded sum may exceed the exact one by little.
    if not 0 <= below <= units or not 0 <= reliability <= units * (1 + 1e-6):
        raise ValueError(f"{below} of {units} units below, with a reliability of {reliability}")
    if not units:
        return MeasureQuality(0, 0, 0.0, 0.0)
    return MeasureQuality(units, below, below / units, min(1.0, reliability / units))
