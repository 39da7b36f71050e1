"""Newton's ascent of a log-likelihood that is a sum over sites.

The state between two sums is public, and the next one a function of it and of the verified total
alone: every site computes the same. One total is one secure sum, so none is spent on checking
what the last one already implies.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite

import numpy as np

from fedqi.errors import ConvergenceError
from fedqi.stats.regression_blocks import Floats, ModelSums

MOST_STEPS = 40
MOST_HALVINGS = 12

TOLERANCE = 1e-10
"""Squared length of a step, in standard errors, below which it is the last and not evaluated.

Newton's error after a step is about the square of the step: 1e-10 standard errors.
"""

_SLACK = 1e-9
"""Relative fall of the log-likelihood that rounding and fixed point may cause."""

_GRID = 2.0**-40
"""Points lie on a grid, so that the last bits of a library's algebra decide nothing."""

_FLATTEST = 1e-9
"""Smallest curvature used, relative to the diagonal."""

Point = tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Ascent:
    """Public state between two sums.

    Parameters
    ----------
    at
        Where the next sums are taken; the estimate once finished.
    reached
        Best point with known sums; None before the first.
    sums
        The sums there.
    steps
        Sums taken so far.
    halvings
        Times that the current step was halved.
    decrement
        Squared length of the last full step, in standard errors.
    finished
        Whether ``at`` is the maximum.
    """

    at: Point
    reached: Point | None = None
    sums: ModelSums | None = None
    steps: int = 0
    halvings: int = 0
    decrement: float = inf
    finished: bool = False

    @property
    def log_likelihood(self) -> float:
        """Log-likelihood at ``at`` of a finished ascent: the last step's gain is known."""
        assert self.sums is not None
        return self.sums.log_likelihood + self.decrement / 2


def climbed(
    ascent: Ascent,
    total: ModelSums,
    longest: Sequence[float] | None = None,
    scale: float = 1.0,
    rough: float = 0.0,
    what: str = "the model",
) -> Ascent:
    """Return the next state from the total at ``ascent.at``.

    Parameters
    ----------
    ascent
        The state in which the sums were taken.
    total
        Summed over sites.
    longest
        Largest change of each coordinate in one step; a longer step is shortened as a whole.
    scale
        Dispersion by which the log-likelihood is to be divided (Gaussian: residual variance).
    rough
        Squared length of steps, in standard errors, that may be mere rounding of the sums: where
        they do not get shorter, or lead down, the ascent is at its end.
    what
        The model in words, for messages.

    Raises
    ------
    ConvergenceError
        If a total is not finite, or the maximum is not reached within the steps allowed.
    """
    steps = ascent.steps + 1
    if not _finite(total):
        raise ConvergenceError(
            f"{what}: a sum of step {steps} is not a finite number; the sites' data managers must "
            "check the covariates against the bounds of the measure"
        )
    if ascent.sums is not None and _fell(ascent.sums, total):
        return _halved(ascent, steps, rough, what)
    direction, decrement = newton_step(total)
    decrement /= scale
    step = _shortened(direction, longest)
    stalled = ascent.decrement / 2 < decrement <= rough
    finished = decrement <= TOLERANCE or stalled
    if not finished and steps >= MOST_STEPS:
        raise ConvergenceError(
            f"{what}: no maximum within {MOST_STEPS} steps (the last one was still "
            f"{decrement**0.5:.2g} standard errors long); the measure's author must simplify it"
        )
    target = tuple(_on_grid(a + d) for a, d in zip(ascent.at, step, strict=True))
    return Ascent(target, ascent.at, total, steps, 0, decrement, finished)


def newton_step(total: ModelSums) -> tuple[Floats, float]:
    """Return Newton's step, made to climb, and gradient times step.

    The curvature is scaled to a unit diagonal and its eigenvalues replaced by their absolute
    values, so that the step climbs also where the log-likelihood is not concave.

    References
    ----------
    Nocedal J, Wright SJ (2006). `Numerical Optimization`, 2nd ed., section 3.4.
    """
    diagonal = np.abs(np.diag(total.information))
    scale = 1 / np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    values, vectors = np.linalg.eigh(total.information * np.outer(scale, scale))
    steep = np.maximum(np.abs(values), _FLATTEST)
    step = scale * (vectors @ ((vectors.T @ (scale * total.gradient)) / steep))
    return step, max(0.0, float(total.gradient @ step))


def _finite(total: ModelSums) -> bool:
    return isfinite(total.log_likelihood) and bool(
        np.isfinite(total.gradient).all() and np.isfinite(total.information).all()
    )


def _fell(before: ModelSums, now: ModelSums) -> bool:
    slack = _SLACK * (1 + abs(before.log_likelihood))
    return now.log_likelihood < before.log_likelihood - slack


def _halved(ascent: Ascent, steps: int, rough: float, what: str) -> Ascent:
    assert ascent.reached is not None
    if ascent.decrement <= rough:
        return Ascent(ascent.reached, ascent.reached, ascent.sums, steps, 0, 0.0, finished=True)
    halvings = ascent.halvings + 1
    if halvings > MOST_HALVINGS or steps >= MOST_STEPS:
        raise ConvergenceError(
            f"{what}: the log-likelihood falls along every step from step "
            f"{steps - ascent.halvings - 1} on; the measure's author must simplify it"
        )
    middle = tuple(_on_grid((a + b) / 2) for a, b in zip(ascent.reached, ascent.at, strict=True))
    return Ascent(middle, ascent.reached, ascent.sums, steps, halvings, ascent.decrement)


def _shortened(step: Floats, longest: Sequence[float] | None) -> Floats:
    if longest is None:
        return step
    ratio = float(np.max(np.abs(step) / np.asarray(longest)))
    return step / max(1.0, ratio)


def _on_grid(value: float) -> float:
    return round(value / _GRID) * _GRID
