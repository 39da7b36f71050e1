"""Federated generalised linear models: from sums at public points to a finished fit.

One :class:`Fit` is the public state; :func:`advanced` is the only way forward, and the same at
every site. The sites' side is :func:`fedqi.stats.regression_blocks.model_sums`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log, pi

import numpy as np

from fedqi.errors import ConvergenceError
from fedqi.stats.regression_ascent import Ascent, climbed
from fedqi.stats.regression_blocks import Family, Floats, ModelSums
from fedqi.stats.regression_checks import AUTHOR, check_columns, check_separation


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Public state of a regression.

    Parameters
    ----------
    family
        Of the outcome.
    names
        Columns in model order, the intercept first.
    ascent
        Where it stands.
    first
        The first information, shape ``(p, p)``; None before the first sums.
    """

    family: Family
    names: tuple[str, ...]
    ascent: Ascent
    first: Floats | None = None

    @property
    def finished(self) -> bool:
        """Whether the coefficients are the estimate."""
        return self.ascent.finished

    @property
    def coefficients(self) -> tuple[float, ...]:
        """Where the next sums are taken; the estimate once finished."""
        return self.ascent.at


def started(
    family: Family, names: tuple[str, ...], outcome: float, weight: float, where: str = "the model"
) -> Fit:
    """Return the state before any sums: the intercept at the pooled outcome, all else 0.

    Parameters
    ----------
    family
        Of the outcome.
    names
        Columns in model order, the intercept first.
    outcome, weight
        Summed over all sites: events and patients, events and exposure, or values and patients.
    where
        The model in words, for messages.

    Raises
    ------
    ConvergenceError
        If there are no patients, no events, or nothing but events.
    """
    if weight <= 0:
        raise ConvergenceError(f"{where}: no patients at any site, so there is nothing to fit")
    if family is not Family.GAUSSIAN and outcome <= 0:
        raise ConvergenceError(
            f"{where}: not one event among {weight:g} (separation of the intercept); "
            "wait for more periods, no model can be fitted"
        )
    if family is Family.BINOMIAL and outcome >= weight:
        raise ConvergenceError(
            f"{where}: all of {weight:g} patients have the event (separation of the intercept); "
            "no model can be fitted"
        )
    if family is Family.GAUSSIAN:
        intercept = outcome / weight
    else:
        intercept = log(outcome / (weight - outcome if family is Family.BINOMIAL else weight))
    return Fit(family, names, Ascent((intercept, *[0.0] * (len(names) - 1))))


def advanced(fit: Fit, total: ModelSums, patients: float = 0.0, where: str = "the model") -> Fit:
    """Return the next state, from the total at ``fit.coefficients``.

    Parameters
    ----------
    fit
        The state in which the sums were taken.
    total
        Summed over sites.
    patients
        All patients; Gaussian only, for the residual variance.
    where
        The model in words, for messages.

    Raises
    ------
    ConvergenceError
        Naming the term, for an empty level, a column that the others determine, or separation.
    """
    if fit.first is None:
        check_columns(fit.names, total.information, where)
        fit = replace(fit, first=total.information.copy())
    scale = residual_variance(total, patients) if fit.family is Family.GAUSSIAN else 1.0
    ascent = climbed(fit.ascent, total, scale=scale or 1.0, what=where)
    moved = replace(fit, ascent=ascent)
    if fit.family is not Family.GAUSSIAN:
        check_separation(fit.names, ascent, moved.first, where)
    return moved


def residual_variance(total: ModelSums, patients: float) -> float:
    """Return the residual sum of squares over n - p; 0 where no patient is left over."""
    free = patients - len(total.gradient)
    return -2 * total.log_likelihood / free if free > 0 else 0.0


@dataclass(frozen=True, slots=True)
class FittedModel:
    """A finished regression, in the units of its columns.

    Parameters
    ----------
    coefficients, standard_errors
        By name of the column, in model order.
    covariance
        Rows in that order.
    log_likelihood
        Bernoulli rows without combinatorial constant; for Poisson sum(y eta - e exp(eta)); for
        Gaussian at the maximum likelihood variance.
    deviance
        Minus twice that for binomial, the residual sum of squares for Gaussian; None for
        Poisson, whose saturated model depends on how rows are grouped.
    steps
        Sums it took.
    dispersion
        1, or the Gaussian residual variance.
    """

    coefficients: dict[str, float]
    standard_errors: dict[str, float]
    covariance: tuple[tuple[float, ...], ...]
    log_likelihood: float
    deviance: float | None
    steps: int
    dispersion: float = 1.0


def fitted(
    fit: Fit, unscaled: Floats | None = None, patients: float = 0.0, where: str = "the model"
) -> FittedModel:
    """Return coefficients and their uncertainty.

    Parameters
    ----------
    fit
        Finished.
    unscaled
        From the coefficients of scaled columns to those in their own units, shape ``(p, p)``.
    patients
        All patients; Gaussian only.
    where
        The model in words, for messages.

    Raises
    ------
    ConvergenceError
        If the fit is not finished, or the sums leave a coefficient open.
    """
    sums, ascent = fit.ascent.sums, fit.ascent
    if not fit.finished or sums is None:
        raise ConvergenceError(f"{where}: the regression is not finished, expected more sums")
    gaussian = fit.family is Family.GAUSSIAN
    dispersion = residual_variance(sums, patients) if gaussian else 1.0
    covariance = inverse(sums.information, fit.names, where) * dispersion
    value, deviance = _likelihood(fit, patients, where)
    model = described(fit.names, ascent.at, covariance, unscaled)
    return replace(
        model,
        log_likelihood=value,
        deviance=deviance,
        steps=ascent.steps,
        dispersion=dispersion,
    )


def described(
    names: Sequence[str],
    coefficients: Sequence[float],
    covariance: Floats,
    unscaled: Floats | None = None,
) -> FittedModel:
    """Return coefficients by name, in the units of their columns; the likelihood is still 0.

    Parameters
    ----------
    names
        Columns in model order.
    coefficients, covariance
        Of the scaled columns, shapes ``(p,)`` and ``(p, p)``.
    unscaled
        From the coefficients of scaled columns to those in their own units, shape ``(p, p)``.
    """
    back = np.eye(len(names)) if unscaled is None else unscaled
    estimate, own = back @ np.array(coefficients), back @ covariance @ back.T
    return FittedModel(
        coefficients=dict(zip(names, estimate.tolist(), strict=True)),
        standard_errors=dict(zip(names, np.sqrt(np.diag(own)).tolist(), strict=True)),
        covariance=tuple(tuple(row) for row in own.tolist()),
        log_likelihood=0.0,
        deviance=None,
        steps=0,
    )


def inverse(information: Floats, names: Sequence[str], where: str = "the model") -> Floats:
    """Return the inverse of a positive definite matrix, scaled to a unit diagonal on the way.

    Parameters
    ----------
    information
        Shape ``(p, p)``.
    names
        Of its rows.
    where
        The model in words, for messages.

    Raises
    ------
    ConvergenceError
        Naming the row that the others determine, if it is not positive definite.
    """
    check_columns(names, information, where)
    scale = 1 / np.sqrt(np.diag(information))
    inverted = np.linalg.inv(information * np.outer(scale, scale))
    return np.asarray((inverted + inverted.T) / 2 * np.outer(scale, scale))


def _likelihood(fit: Fit, patients: float, where: str) -> tuple[float, float | None]:
    value = fit.ascent.log_likelihood
    if fit.family is Family.POISSON:
        return value, None
    if fit.family is Family.BINOMIAL:
        return value, -2 * value
    squares = -2 * value
    if squares <= 0:
        raise ConvergenceError(
            f"{where}: the model fits every value exactly, so there is no likelihood; {AUTHOR}"
        )
    return -patients / 2 * (log(2 * pi * squares / patients) + 1), squares
