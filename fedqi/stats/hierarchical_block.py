"""What one provider adds to a random-intercept logistic regression, by exact quadrature.

The model is ``logit P(event) = x'beta + sigma u`` with u standard normal for each provider. The
marginal likelihood is a product over providers, so its logarithm, gradient and Hessian are sums
over providers, hence over sites. A provider lies wholly within one site.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import exp, log, pi

import numpy as np
from numpy.typing import ArrayLike

from fedqi.stats.provider_likelihood import log_likelihoods, provider_mode, slices
from fedqi.stats.quadrature import NODES, adapted
from fedqi.stats.regression_blocks import Family, Floats, ModelSums, Patterns, link_inverse
from fedqi.stats.sums import added


def provider_sums(
    patterns: Patterns, coefficients: ArrayLike, log_sigma: float, nodes: int = NODES
) -> ModelSums:
    """Return a provider's marginal log-likelihood with gradient and information.

    With r_k the posterior weights of the nodes u_k, S the score and H the Hessian of the joint
    log-likelihood at a node: gradient ``sum r S``, Hessian ``sum r H + sum r (S - mean)(S -
    mean)'`` (Louis). The last coordinate is log sigma.

    Parameters
    ----------
    patterns
        Of one provider, its events among patients.
    coefficients
        beta, shape ``(p,)``.
    log_sigma
        Logarithm of the standard deviation between providers.
    nodes
        Of the quadrature.

    Returns
    -------
    ModelSums
        Of length ``p + 1``; the information is the observed one.

    References
    ----------
    Louis TA (1982). Finding the observed information matrix when using the EM algorithm.
    J R Stat Soc B 44:226-233.
    """
    sigma = exp(log_sigma)
    predictor = patterns.design @ np.asarray(coefficients, dtype=np.float64)
    mode = provider_mode(patterns, predictor, sigma)
    places, heights = adapted(mode.peak, mode.width, nodes)
    joint = heights - places**2 / 2 - log(2 * pi) / 2
    joint += log_likelihoods(patterns, predictor, sigma * places)
    scores = np.zeros((nodes, patterns.design.shape[1] + 1))
    for part, mean in _at_nodes(patterns, predictor, sigma * places):
        residual = part.outcome[:, None] - part.weight[:, None] * mean
        scores[:, :-1] += residual.T @ part.design
        scores[:, -1] += sigma * places * residual.sum(axis=0)
    top = float(joint.max())
    posterior = np.exp(joint - top)
    value = top + log(float(posterior.sum()))
    posterior /= posterior.sum()
    gradient = posterior @ scores
    spread = scores - gradient
    information = -(spread.T * posterior) @ spread
    information += _mean_information(patterns, predictor, sigma, places, posterior)
    # d²/d(log sigma)² also holds the first derivative, since sigma = exp(log sigma)
    information[-1, -1] -= gradient[-1]
    return ModelSums(value, gradient, information)


def _at_nodes(
    patterns: Patterns, predictor: Floats, effects: Floats
) -> Iterator[tuple[Patterns, Floats]]:
    """Yield some patterns at a time with their means at all nodes, shape ``(patterns, nodes)``."""
    for part in slices(len(patterns)):
        chunk = Patterns(patterns.design[part], patterns.weight[part], patterns.outcome[part])
        yield chunk, link_inverse(predictor[part, None] + effects, Family.BINOMIAL)


def _mean_information(
    patterns: Patterns, predictor: Floats, sigma: float, places: Floats, posterior: Floats
) -> Floats:
    """Return the posterior mean of minus the joint Hessian in (beta, log sigma)."""
    length = patterns.design.shape[1]
    found = np.zeros((length + 1, length + 1))
    effects = sigma * places
    for part, mean in _at_nodes(patterns, predictor, effects):
        weighted = part.weight[:, None] * mean * (1 - mean) * posterior
        x = part.design
        found[:-1, :-1] += (x.T * weighted.sum(axis=1)) @ x
        crossed = x.T @ (weighted @ effects)
        found[:-1, -1] += crossed
        found[-1, :-1] += crossed
        found[-1, -1] += float(np.sum(weighted @ effects**2))
    return found


def site_sums(
    providers: Sequence[Patterns], coefficients: ArrayLike, log_sigma: float, nodes: int = NODES
) -> ModelSums:
    """Return what a site adds: the sums of its providers.

    Parameters
    ----------
    providers
        One for each provider of the site.
    coefficients, log_sigma, nodes
        As for one provider.
    """
    beta = np.asarray(coefficients, dtype=np.float64)
    blocks = (provider_sums(each, beta, log_sigma, nodes) for each in providers)
    return sum(blocks, ModelSums.nothing(len(beta) + 1))


@dataclass(frozen=True, slots=True)
class SpreadSums:
    """What providers add, at the coefficients of the plain regression, to start from.

    Parameters
    ----------
    excess
        A = sum over providers of (O - E)² - V.
    weight
        B = sum of V².
    relative_excess
        Sum of (O - E)² / V - 1, in which no large provider drowns the small ones.
    relative_weight
        Sum of V.
    """

    excess: float = 0.0
    weight: float = 0.0
    relative_excess: float = 0.0
    relative_weight: float = 0.0

    def __add__(self, other: "SpreadSums") -> "SpreadSums":
        """Return the sums of both together."""
        return added(self, other)


def spread_sums(patterns: Patterns, coefficients: ArrayLike) -> SpreadSums:
    """Return the moments of one provider, V = sum n mu (1 - mu).

    A/2 is the derivative of the marginal log-likelihood with respect to sigma² at 0, and A/B a
    moment estimate of sigma²; so is the relative excess over the sum of V.

    Parameters
    ----------
    patterns
        Of one provider.
    coefficients
        Of the plain regression, shape ``(p,)``.
    """
    mean = patterns.mean(coefficients)
    variance = float(np.sum(patterns.weight * mean * (1 - mean)))
    difference = float(np.sum(patterns.outcome - patterns.weight * mean))
    relative = difference**2 / variance - 1 if variance > 0 else 0.0
    return SpreadSums(difference**2 - variance, variance**2, relative, variance)
