"""How well a measure can tell hospitals apart at all: reliability and the volume it asks for."""

from dataclasses import dataclass
from math import ceil, inf, isfinite

RELIABLE = 0.7
"""Reliability that is usually asked for before hospitals are compared one by one."""


@dataclass(frozen=True, slots=True)
class MeasureQuality:
    """What a measure says about the sites that use it.

    Parameters
    ----------
    minimum_volume
        Patients (or expected events, or exposure) from which reliability reaches ``threshold``;
        None where the sites do not differ beyond chance, and no volume is enough.
    threshold
        The reliability asked for.
    units
        Sites or providers compared.
    below
        How many of them have less than the minimum volume.
    mean_reliability
        Mean of their reliabilities.
    """

    minimum_volume: float | None
    threshold: float
    units: int
    below: int
    mean_reliability: float

    @property
    def share_below(self) -> float:
        """Share of the units below the minimum volume; 0 where there are none."""
        return self.below / self.units if self.units else 0.0


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
    volumes: list[float], prior_volume: float, threshold: float = RELIABLE
) -> tuple[int, int, float]:
    """Return what a site adds: its units, those below the minimum volume, Σ reliability.

    The prior is public after an earlier step, so each site counts its own units. Units without
    patients do not count.
    """
    volumes = [volume for volume in volumes if volume > 0]
    needed = minimum_volume(prior_volume, threshold)
    least = inf if needed is None else needed * (1 - 1e-12)
    reliability = sum(v / (v + prior_volume) for v in volumes) if needed is not None else 0.0
    return len(volumes), sum(volume < least for volume in volumes), reliability


def measure_quality(
    units: int,
    below: int,
    reliability: float,
    prior_volume: float,
    threshold: float = RELIABLE,
) -> MeasureQuality:
    """Return the quality of a measure from the totals of :func:`quality_sums`.

    Raises
    ------
    ValueError
        If there are more units below the volume than units.
    """
    if not 0 <= below <= units:
        raise ValueError(f"{below} of {units} units below the minimum volume")
    mean = reliability / units if units else 0.0
    return MeasureQuality(minimum_volume(prior_volume, threshold), threshold, units, below, mean)
