"""What one site adds to a federated regression: log-likelihood, gradient and information.

A site's patients enter as covariate patterns with counts; at one public point its numbers are
plain sums over patterns, so that sites add up and splitting a pattern changes nothing.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fedqi.stats.sums import added

Floats = NDArray[np.float64]


class Family(StrEnum):
    """Distribution of the outcome, with its canonical link.

    ``BINOMIAL`` with logit, ``POISSON`` with log and an exposure, ``GAUSSIAN`` with identity.
    """

    BINOMIAL = "binomial"
    POISSON = "poisson"
    GAUSSIAN = "gaussian"


@dataclass(frozen=True, slots=True, eq=False)
class Patterns:
    """Patients of one site (or provider), grouped by what the model knows of them.

    Parameters
    ----------
    design
        Columns of the model, shape ``(g, p)``.
    weight
        Patients of each pattern, or their exposure for Poisson, shape ``(g,)``, above 0.
    outcome
        Summed outcome of each pattern: events, or values for Gaussian, shape ``(g,)``.
    within
        Gaussian only: sum of squares of the values around the mean of their own pattern.
    """

    design: Floats
    weight: Floats
    outcome: Floats
    within: float = 0.0

    @classmethod
    def of(
        cls, design: ArrayLike, weight: ArrayLike, outcome: ArrayLike, within: float = 0.0
    ) -> "Patterns":
        """Return patterns from anything that numpy reads.

        Raises
        ------
        ValueError
            If shapes differ, a number is not finite or a weight is not above 0.
        """
        x, n, y = (np.asarray(a, dtype=np.float64) for a in (design, weight, outcome))
        if x.ndim != 2 or n.shape != x.shape[:1] or y.shape != n.shape:
            raise ValueError(
                f"design {x.shape}, weight {n.shape} and outcome {y.shape} do not fit; expected "
                "(g, p), (g,) and (g,)"
            )
        if not all(np.isfinite(a).all() for a in (x, n, y)) or not (n > 0).all():
            raise ValueError("patterns hold finite numbers only, and weights above 0")
        return cls(x, n, y, within)

    def __len__(self) -> int:
        """Return the number of patterns."""
        return len(self.weight)

    def mean(self, coefficients: ArrayLike, family: Family = Family.BINOMIAL) -> Floats:
        """Return the expected outcome of one patient of each pattern, shape ``(g,)``."""
        return link_inverse(self.design @ np.asarray(coefficients, dtype=np.float64), family)


@dataclass(frozen=True, slots=True, eq=False)
class ModelSums:
    """What one site adds at a point, or the total over sites.

    Parameters
    ----------
    log_likelihood
        Without constants of the data: Bernoulli rows; for Poisson sum(y eta - e exp(eta)); for
        Gaussian minus half the residual sum of squares.
    gradient
        First derivatives, shape ``(p,)``.
    information
        Minus the second derivatives, shape ``(p, p)``, symmetric.
    """

    log_likelihood: float
    gradient: Floats
    information: Floats

    @classmethod
    def nothing(cls, length: int) -> "ModelSums":
        """Return what a site without patients adds."""
        return cls(0.0, np.zeros(length), np.zeros((length, length)))

    def __add__(self, other: "ModelSums") -> "ModelSums":
        """Return the sums of both together."""
        return added(self, other)


def link_inverse(predictor: Floats, family: Family) -> Floats:
    """Return the mean at a linear predictor."""
    if family is Family.GAUSSIAN:
        return predictor
    if family is Family.POISSON:
        # Beyond exp(300) a step has gone astray; its likelihood is finite and low, so it is halved.
        return np.exp(np.minimum(predictor, 300.0))
    from scipy.special import expit

    mean: Floats = expit(predictor)
    return mean


def model_sums(
    patterns: Patterns, coefficients: ArrayLike, family: Family = Family.BINOMIAL
) -> ModelSums:
    """Return log-likelihood, gradient and information of a generalised linear model.

    With the canonical link, ``g = X'(y - n mu)`` and ``I = X' diag(n v) X`` with v = mu (1 - mu),
    mu or 1.

    Parameters
    ----------
    patterns
        Of one site.
    coefficients
        Public point, shape ``(p,)``.
    family
        Of the outcome.

    References
    ----------
    McCullagh P, Nelder JA (1989). Generalized Linear Models, 2nd ed., section 2.5.
    """
    x, n, y = patterns.design, patterns.weight, patterns.outcome
    predictor = x @ np.asarray(coefficients, dtype=np.float64)
    mean = link_inverse(predictor, family)
    residual = y - n * mean
    if family is Family.GAUSSIAN:
        value = -0.5 * (patterns.within + float(np.sum(residual**2 / n)))
        variance = n
    elif family is Family.POISSON:
        value = float(np.sum(y * predictor - n * mean))
        variance = n * mean
    else:
        value = float(np.sum(y * predictor - n * np.logaddexp(0.0, predictor)))
        variance = n * mean * (1 - mean)
    return ModelSums(value, x.T @ residual, (x.T * variance) @ x)


def upper_triangle(matrix: NDArray[Any]) -> Floats:
    """Return the upper triangle with the diagonal, row by row, shape ``(p (p + 1) / 2,)``."""
    return np.asarray(matrix[np.triu_indices(len(matrix))], dtype=np.float64)


def from_upper_triangle(entries: NDArray[Any], length: int) -> Floats:
    """Return the symmetric matrix of an upper triangle, shape ``(p, p)``."""
    matrix = np.zeros((length, length))
    rows, columns = np.triu_indices(length)
    matrix[rows, columns] = entries
    matrix[columns, rows] = entries
    return matrix
