"""Columns of a model: numbers, categories with a fixed reference, splines with fixed knots.

Nothing here depends on data: knots, levels and bounds stand in the measure, so that every site
builds the same columns.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedqi.stats.regression_blocks import Floats

INTERCEPT = "(Intercept)"


@dataclass(frozen=True, slots=True)
class NumberTerm:
    """A covariate that enters as it is.

    Parameters
    ----------
    name
        Of the covariate.
    lower, upper
        Bounds of its values, from the measure.
    """

    name: str
    lower: float
    upper: float

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of its columns."""
        return (self.name,)

    def values(self, given: NDArray[Any]) -> Floats:
        """Return its columns, shape ``(g, 1)``."""
        return np.asarray(given, dtype=np.float64)[:, None]


@dataclass(frozen=True, slots=True)
class CategoryTerm:
    """A covariate with named levels; one column for each but the first, the reference.

    Parameters
    ----------
    name
        Of the covariate.
    levels
        The reference level first.
    """

    name: str
    levels: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of its columns: ``type[2]``."""
        return tuple(f"{self.name}[{level}]" for level in self.levels[1:])

    def values(self, given: NDArray[Any]) -> Floats:
        """Return its columns from indices into ``levels``, shape ``(g, levels - 1)``."""
        return np.asarray(
            np.asarray(given)[:, None] == np.arange(1, len(self.levels)), dtype=np.float64
        )


@dataclass(frozen=True, slots=True)
class SplineTerm:
    """A covariate as a restricted cubic spline, linear beyond the outer knots.

    Parameters
    ----------
    name
        Of the covariate.
    knots
        At least three, rising.
    lower, upper
        Bounds of its values, from the measure.
    """

    name: str
    knots: tuple[float, ...]
    lower: float
    upper: float

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of its columns: ``age``, ``age'``, ``age''``, as in the R package rms."""
        return tuple(self.name + "'" * k for k in range(len(self.knots) - 1))

    def values(self, given: NDArray[Any]) -> Floats:
        """Return its columns, shape ``(g, knots - 1)``."""
        return restricted_cubic_spline(np.asarray(given, dtype=np.float64), self.knots)


Term = NumberTerm | CategoryTerm | SplineTerm


def restricted_cubic_spline(x: Floats, knots: Sequence[float]) -> Floats:
    """Return Harrell's basis: x, and one cubic for each knot but the last two.

    For knots t_1 < ... < t_k the j-th cubic is
    ``[(x-t_j)+^3 - (x-t_(k-1))+^3 (t_k-t_j)/(t_k-t_(k-1)) + (x-t_k)+^3
    (t_(k-1)-t_j)/(t_k-t_(k-1))] / (t_k-t_1)^2``, as ``Hmisc::rcspline.eval(norm = 2)``.

    Parameters
    ----------
    x
        Values, shape ``(g,)``.
    knots
        At least three, rising.

    Returns
    -------
    ndarray
        Shape ``(g, k - 1)``.

    Raises
    ------
    ValueError
        If there are fewer than three knots, or they do not rise.

    References
    ----------
    Harrell FE (2015). Regression Modeling Strategies, 2nd ed., section 2.4.5.
    """
    t = np.asarray(knots, dtype=np.float64)
    if len(t) < 3 or not (np.diff(t) > 0).all():
        raise ValueError(f"knots {tuple(knots)}: expected at least three, rising")
    cubes = np.maximum(x[:, None] - t, 0.0) ** 3
    last = t[-1] - t[-2]
    bends = (
        cubes[:, :-2]
        - cubes[:, [-2]] * (t[-1] - t[:-2]) / last
        + cubes[:, [-1]] * (t[-2] - t[:-2]) / last
    )
    return np.column_stack([x, bends / (t[-1] - t[0]) ** 2])


@dataclass(frozen=True, slots=True)
class Design:
    """Intercept and terms, in model order.

    Inside the federation every column is scaled to [-1, 1] by its bounds: sums then have bounds
    that do not depend on units, and equations are well conditioned. ``unscaled`` goes back.

    Parameters
    ----------
    terms
        In model order.
    """

    terms: tuple[Term, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, the intercept first."""
        return (INTERCEPT, *(name for term in self.terms for name in term.columns))

    def matrix(self, values: Mapping[str, NDArray[Any]], rows: int) -> Floats:
        """Return the columns in their own units, shape ``(rows, p)``."""
        columns = [term.values(values[term.name]) for term in self.terms]
        return np.column_stack([np.ones(rows), *columns])

    def scaled(self, values: Mapping[str, NDArray[Any]], rows: int) -> Floats:
        """Return the columns scaled to [-1, 1], shape ``(rows, p)``."""
        centre, half = self._scaling()
        return (self.matrix(values, rows) - centre) / half

    def unscaled(self) -> Floats:
        """Return T, shape ``(p, p)``: coefficients are T times those of the scaled columns."""
        centre, half = self._scaling()
        matrix = np.diag(1 / half)
        matrix[0, 1:] = -centre[1:] / half[1:]
        return matrix

    def _scaling(self) -> tuple[Floats, Floats]:
        centre, half = [0.0], [1.0]
        for term in self.terms:
            if isinstance(term, CategoryTerm):
                centre += [0.0] * len(term.columns)
                half += [1.0] * len(term.columns)
                continue
            # The basis rises (each cubic is monotone), so its ends are its bounds.
            low, high = term.values(np.array([term.lower, term.upper]))
            centre += list((low + high) / 2)
            half += list((high - low) / 2)
        return np.array(centre), np.array(half)
