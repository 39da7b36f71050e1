"""Newton's ascent of a log-likelihood that is a sum over sites, in a mean and a spread.

A site adds six numbers at a public point; everybody computes the next point from the totals.
The spread is a correlation, ρ = θ/(1+θ) of a dispersion θ: it has two ends, 0 where nothing varies
beyond chance and 1 where sites are all or nothing, and the likelihood is smooth at both.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf, isfinite, sqrt

import numpy as np
from numpy.typing import NDArray

from fedqi.errors import ConvergenceError
from fedqi.stats.sums import added

MOST_STEPS = 40

_LAST_STEP = 5e-5
"""Newton's step below which it is the last one, taken unevaluated, in standard errors.

The error left after it is of the order of its square.
"""

_FLAT = 1e-12
"""Relative change of a log-likelihood that rounding alone may cause."""

_STRIDE = 2.0
"""Largest change of the location in one step: of log odds or of a logarithm."""

MOST_CORRELATION = 1 - 1e-6
"""Where sites are all or nothing the likelihood rises up to a correlation of 1; it stops here."""

_HIGHEST_START = 0.9

Point = tuple[float, float]
"""(location, correlation): the correlation from 0 to :data:`MOST_CORRELATION`."""


@dataclass(frozen=True, slots=True)
class LikelihoodSums:
    """What one site adds, or the total: six numbers at one point.

    Parameters
    ----------
    value
        Log-likelihood, without constants of the data.
    location, spread
        First derivatives, by the location and by the correlation.
    location2, mixed, spread2
        Second derivatives.
    """

    value: float = 0.0
    location: float = 0.0
    spread: float = 0.0
    location2: float = 0.0
    mixed: float = 0.0
    spread2: float = 0.0

    def __add__(self, other: "LikelihoodSums") -> "LikelihoodSums":
        """Return the sums of both sites together."""
        return added(self, other)

    def by_correlation(self, correlation: float) -> "LikelihoodSums":
        """Return derivatives by θ as derivatives by ρ, with dθ/dρ = 1/(1-ρ)²."""
        rate = 1 / (1 - correlation) ** 2
        bend = 2 / (1 - correlation) ** 3
        return replace(
            self,
            spread=self.spread * rate,
            mixed=self.mixed * rate,
            spread2=self.spread2 * rate * rate + self.spread * bend,
        )


def dispersion_of(correlation: float) -> float:
    """Return θ = ρ/(1-ρ).

    Raises
    ------
    ValueError
        If ρ is not within 0 and :data:`MOST_CORRELATION`.
    """
    if not 0 <= correlation <= MOST_CORRELATION:
        raise ValueError(f"a correlation of {correlation} is not within 0 and {MOST_CORRELATION}")
    return correlation / (1 - correlation)


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


def ascent_from(location: float, correlation: float) -> Ascent:
    """Return the state before the first sums; from a correlation next to 1 the way is long."""
    start = (location, max(0.0, min(correlation, _HIGHEST_START)))
    return Ascent(start, start)


def ascended(ascent: Ascent, total: LikelihoodSums) -> Ascent:
    """Return the next state from the totals at ``ascent.point``.

    Newton's step with eigenvalues of the scaled Hessian made negative, so that it always climbs,
    kept within the bounds; at a bound from which the likelihood falls inwards only the location
    moves. Where a step went down, half of it is tried. A correlation of 0, no variation beyond
    chance, is thus reached and not only approached.

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
    moved = _within_bounds(ascent.point, _newton(ascent.point, total), total)
    proposed = (ascent.point[0] + moved[0], _bounded(ascent.point[1] + moved[1]))
    errors = abs(moved[0]) * sqrt(abs(total.location2)) + abs(moved[1]) * sqrt(abs(total.spread2))
    return Ascent(proposed, ascent.point, total.value, steps, errors < _LAST_STEP)


def climbed_to_the_top(ascent: Ascent, sums_at: Callable[[Point], LikelihoodSums]) -> Ascent:
    """Return the finished ascent: what a federation does step by step, where all is at hand.

    Parameters
    ----------
    ascent
        Before the first sums.
    sums_at
        Returns the totals at a point.

    Raises
    ------
    ConvergenceError
        As :func:`ascended`.
    """
    while not ascent.finished:
        ascent = ascended(ascent, sums_at(ascent.point))
    return ascent


def _bounded(correlation: float) -> float:
    return max(0.0, min(correlation, MOST_CORRELATION))


def _within_bounds(point: Point, change: Point, total: LikelihoodSums) -> Point:
    """Return the step cut at a bound, where the location takes what is best for that bound."""
    spread = _bounded(point[1] + change[1]) - point[1]
    location = change[0]
    if spread != change[1] and total.location2 != 0:
        location = (total.location + total.mixed * spread) / abs(total.location2)
    shortened = min(1.0, _STRIDE / abs(location)) if location else 1.0
    return location * shortened, spread * shortened


def _between(a: Point, b: Point) -> Point:
    return (a[0] + b[0]) / 2, (a[1] + b[1]) / 2


def _newton(point: Point, total: LikelihoodSums) -> Point:
    held = (point[1] == 0 and total.spread <= 0) or (
        point[1] == MOST_CORRELATION and total.spread >= 0
    )
    slope = np.array([total.location, 0.0 if held else total.spread])
    mixed = 0.0 if held else total.mixed
    hessian = np.array([[total.location2, mixed], [mixed, total.spread2]])
    scale = 1 / np.sqrt(np.maximum(np.abs(np.diag(hessian)), np.finfo(float).tiny))
    change = scale * _climb(hessian * np.outer(scale, scale), slope * scale)
    return float(change[0]), float(change[1])


def _climb(hessian: NDArray[np.float64], slope: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Newton's step with eigenvalues -|λ|, away from 0; the diagonal is of size one."""
    values, vectors = np.linalg.eigh(hessian)
    steep = np.maximum(np.abs(values), 1e-8)
    climbed: NDArray[np.float64] = vectors @ ((vectors.T @ slope) / steep)
    return climbed
