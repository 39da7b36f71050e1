"""Random-intercept logistic regression over sites: the public state and its steps.

First the plain regression, then from its moments a start for sigma, then Newton on (beta,
log sigma). One :class:`HierarchicalFit` is the public state, the same at every site.
"""

from dataclasses import dataclass, replace
from math import exp, inf, log

from fedqi.errors import ConvergenceError
from fedqi.stats.hierarchical_block import SpreadSums
from fedqi.stats.regression import Fit, FittedModel, described, fitted, inverse
from fedqi.stats.regression_ascent import Ascent, climbed
from fedqi.stats.regression_blocks import Floats, ModelSums
from fedqi.stats.regression_checks import AUTHOR

LONGEST_LOG_SIGMA = 1.0
"""Largest change of log sigma in one step."""

NO_SPREAD = log(1e-4)
"""Below this log sigma providers do not differ: odds within 0.04 % of one another."""

ALL_OR_NOTHING = log(50.0)
"""Above this log sigma the providers have nothing but events, or none."""

ROUGH = 1e-6
"""Squared length of a step, in standard errors, that may be mere rounding.

The rounding of sums and quadrature moves the points of providers with 100,000 patients each by
up to 1e-3 standard errors, and no further step removes it.
"""

_START = (0.01, 3.0)

_FADING = log(0.05)
"""Below this log sigma a likelihood below that of no spread, rising as sigma falls, is left."""


@dataclass(frozen=True, slots=True, eq=False)
class HierarchicalFit:
    """Public state after the plain regression.

    Parameters
    ----------
    names
        Columns in model order, the intercept first.
    plain
        The finished plain regression.
    ascent
        Over (beta, log sigma); None where the moments say already that sigma is 0.
    boundary
        Whether sigma is 0: the providers differ no more than chance.
    """

    names: tuple[str, ...]
    plain: Fit
    ascent: Ascent | None
    boundary: bool

    @property
    def finished(self) -> bool:
        """Whether the estimate is reached."""
        return self.boundary or (self.ascent is not None and self.ascent.finished)

    @property
    def point(self) -> Ascent:
        """The ascent over (beta, log sigma).

        Raises
        ------
        ConvergenceError
            If sigma is 0, so that there is none.
        """
        if self.boundary or self.ascent is None:
            raise ConvergenceError("the spread between providers is 0, expected no more sums")
        return self.ascent

    @property
    def coefficients(self) -> tuple[float, ...]:
        """Where the next sums are taken; the estimate once finished."""
        return self.plain.coefficients if self.boundary else self.point.at[:-1]

    @property
    def log_sigma(self) -> float:
        """Logarithm of sigma where the next sums are taken; minus infinity at the boundary."""
        return -inf if self.boundary else self.point.at[-1]

    @property
    def sigma(self) -> float:
        """Standard deviation between providers."""
        return exp(self.log_sigma)

    @property
    def steps(self) -> int:
        """Sums taken, those of the plain regression included."""
        return self.plain.ascent.steps + (self.ascent.steps if self.ascent else 0)


def spread_started(plain: Fit, spread: SpreadSums) -> HierarchicalFit:
    """Return the state after the plain regression: sigma is 0, or starts at its moments.

    With A > 0 the likelihood rises from sigma = 0, so the maximum is inside, and A/B starts. With
    A <= 0 sigma = 0 is a local maximum; one large provider can bring that about while the small
    ones differ, so where the relative moments are above 0 the inside is tried too.

    Parameters
    ----------
    plain
        Finished.
    spread
        Summed over all providers, at its estimate.

    Raises
    ------
    ConvergenceError
        If the plain regression is not finished.
    """
    if not plain.finished:
        raise ConvergenceError("the plain regression is not finished, expected more sums")
    if spread.excess > 0:
        variance = spread.excess / spread.weight
    elif spread.relative_excess > 0:
        variance = spread.relative_excess / spread.relative_weight
    else:
        return HierarchicalFit(plain.names, plain, None, boundary=True)
    start = (*plain.coefficients, log(min(max(variance**0.5, _START[0]), _START[1])))
    return HierarchicalFit(plain.names, plain, Ascent(start), boundary=False)


def spread_advanced(
    fit: HierarchicalFit, total: ModelSums, where: str = "the model"
) -> HierarchicalFit:
    """Return the next state, from the total at ``(fit.coefficients, fit.log_sigma)``.

    Parameters
    ----------
    fit
        Not finished.
    total
        Summed over all providers, of length p + 1.
    where
        The model in words, for messages.

    Raises
    ------
    ConvergenceError
        If there is no maximum at a finite sigma.
    """
    longest = [inf] * len(fit.names) + [LONGEST_LOG_SIGMA]
    ascent = climbed(fit.point, total, longest, rough=ROUGH, what=where)
    if ascent.at[-1] > ALL_OR_NOTHING:
        raise ConvergenceError(
            f"{where}: the providers' patients have all the event or none has, so that the spread "
            f"between providers has no finite estimate; {AUTHOR} or wait for more periods"
        )
    boundary = ascent.at[-1] < NO_SPREAD or _lost_to_no_spread(fit.plain, ascent)
    return HierarchicalFit(fit.names, fit.plain, ascent, boundary)


def _lost_to_no_spread(plain: Fit, ascent: Ascent) -> bool:
    """Whether sigma = 0 is at least as likely as what this ascent leads to."""
    assert ascent.sums is not None
    if ascent.finished:
        return ascent.log_likelihood <= plain.ascent.log_likelihood
    fading = ascent.at[-1] < _FADING and ascent.sums.gradient[-1] < 0
    return fading and ascent.sums.log_likelihood < plain.ascent.log_likelihood


def hierarchical_model(
    fit: HierarchicalFit, unscaled: Floats | None = None, where: str = "the model"
) -> FittedModel:
    """Return coefficients and their uncertainty, sigma's own included.

    Parameters
    ----------
    fit
        Finished.
    unscaled
        From the coefficients of scaled columns to those in their own units, shape ``(p, p)``.
    where
        The model in words, for messages.

    Raises
    ------
    ConvergenceError
        If the fit is not finished, or the sums leave a coefficient or sigma open.
    """
    if not fit.finished:
        raise ConvergenceError(f"{where}: the hierarchical fit is not finished, expected more sums")
    if fit.boundary:
        return replace(fitted(fit.plain, unscaled, where=where), steps=fit.steps)
    sums = fit.point.sums
    assert sums is not None
    if sums.information[-1, -1] <= 0:
        raise ConvergenceError(
            f"{where}: the likelihood is flat in the spread between providers; {AUTHOR} or wait "
            "for more periods"
        )
    covariance = inverse(sums.information, (*fit.names, "log sigma"), where)[:-1, :-1]
    model = described(fit.names, fit.coefficients, covariance, unscaled)
    value = fit.point.log_likelihood
    return replace(model, log_likelihood=value, deviance=-2 * value, steps=fit.steps)
