"""Newton's ascent of a log-likelihood that is a sum over sites, in a mean and a dispersion.

A site adds six numbers at a public point; everybody computes the next point from the totals.
"""

from dataclasses import dataclass
from math import inf, isfinite

import numpy as np
from numpy.typing import NDArray

from fedqi.errors import ConvergenceError

MOST_STEPS = 40

_GAIN = 1e-9
"""Predicted gain in log-likelihood below which the last Newton step is taken unevaluated.

That gain is a step of 5e-5 standard errors; the error left after it is of the order of its square.
"""

_FLAT = 1e-12
"""Relative change of a log-likelihood that rounding alone may cause."""

Point = tuple[float, float]
"""(location, dispersion), the dispersion 0 or above."""


@dataclass(frozen=True, slots=True)
class LikelihoodSums:
    """What one site adds, or the total: six numbers at one point.

    Parameters
    ----------
    value
        Log-likelihood, without constants of the data.
    location, dispersion
        First derivatives.
    location2, mixed, dispersion2
        Second derivatives.
    """

    value: float = 0.0
    location: float = 0.0
    dispersion: float = 0.0
    location2: float = 0.0
    mixed: float = 0.0
    dispersion2: float = 0.0

    def __add__(self, other: "LikelihoodSums") -> "LikelihoodSums":
        """Return the sums of both sites together."""
        return LikelihoodSums(
            self.value + other.value,
            self.location + other.location,
            self.dispersion + other.dispersion,
            self.location2 + other.location2,
            self.mixed + other.mixed,
            self.dispersion2 + other.dispersion2,
        )


@dataclass(frozen=True, slots=True)
class Ascent:
    """Public state between two steps; every site computes the same one.

    Parameters
    ----------
    point
        Where the next sums are taken; the estimate once finished.
    reached, value
        Best point with known sums, and its log-likelihood (-infinity before the first).
    steps
        Sums taken so far.
    finished
        Whether ``point`` is the maximum.
    """

    point: Point
    reached: Point
    value: float = -inf
    steps: int = 0
    finished: bool = False


def ascent_from(location: float, dispersion: float) -> Ascent:
    """Return the state before the first sums."""
    start = (location, max(0.0, dispersion))
    return Ascent(start, start)


def ascended(ascent: Ascent, total: LikelihoodSums) -> Ascent:
    """Return the next state from the totals at ``ascent.point``.

    Newton's step with eigenvalues of the scaled Hessian made negative, so that it always climbs;
    a dispersion below 0 is put to 0, and stays there while the likelihood falls inwards. Where a
    step went down, half of it is tried. At a dispersion of 0 the likelihood is that of no
    variation beyond chance, and it is reached, not only approached.

    Raises
    ------
    ConvergenceError
        If a total is not finite, or after :data:`MOST_STEPS` sums.
    """
    steps = ascent.steps + 1
    numbers = [getattr(total, name) for name in LikelihoodSums.__dataclass_fields__]
    if not all(isfinite(number) for number in numbers) or steps > MOST_STEPS:
        raise ConvergenceError(
            f"the likelihood of the spread between sites gave {numbers} at {ascent.point} "
            f"in step {steps}, expected finite sums and a maximum within {MOST_STEPS} steps; "
            "the steward of the measure should look at the counts"
        )
    if total.value < ascent.value - _FLAT * (1 + abs(ascent.value)):
        halfway = _between(ascent.reached, ascent.point)
        return Ascent(halfway, ascent.reached, ascent.value, steps)
    change = _newton(ascent.point, total)
    proposed = (ascent.point[0] + change[0], max(0.0, ascent.point[1] + change[1]))
    moved = (proposed[0] - ascent.point[0], proposed[1] - ascent.point[1])
    gain = (moved[0] * total.location + moved[1] * total.dispersion) / 2
    return Ascent(proposed, ascent.point, total.value, steps, gain < _GAIN)


def _between(a: Point, b: Point) -> Point:
    return (a[0] + b[0]) / 2, (a[1] + b[1]) / 2


def _newton(point: Point, total: LikelihoodSums) -> Point:
    held = point[1] == 0 and total.dispersion <= 0
    slope = np.array([total.location, 0.0 if held else total.dispersion])
    mixed = 0.0 if held else total.mixed
    hessian = np.array([[total.location2, mixed], [mixed, total.dispersion2]])
    scale = 1 / np.sqrt(np.maximum(np.abs(np.diag(hessian)), np.finfo(float).tiny))
    change = scale * _climb(hessian * np.outer(scale, scale), slope * scale)
    return float(change[0]), float(change[1])


def _climb(hessian: NDArray[np.float64], slope: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Newton's step with eigenvalues -|λ|, away from 0; the diagonal is of size one."""
    values, vectors = np.linalg.eigh(hessian)
    steep = np.maximum(np.abs(values), 1e-8)
    climbed: NDArray[np.float64] = vectors @ ((vectors.T @ slope) / steep)
    return climbed
