"""One provider's likelihood along its own effect, given the coefficients and the spread."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf, sqrt

import numpy as np

from fedqi.stats.regression_blocks import Family, Floats, Patterns, link_inverse

_PATTERNS_AT_ONCE = 50_000
"""Patterns held at all nodes at a time: 10 MB, however many patients a provider has."""

_MODE_STEPS = 200


@dataclass(frozen=True, slots=True)
class Mode:
    """Where a provider's effect is most likely, given its patients.

    Parameters
    ----------
    peak
        On the scale of u (standard deviations between providers).
    width
        ``1 / sqrt(1 + sigma² sum n mu (1 - mu))`` there.
    """

    peak: float
    width: float


def provider_mode(patterns: Patterns, predictor: Floats, sigma: float) -> Mode:
    """Return where a provider's effect is most likely.

    The peak of ``h(u) = sum(y eta - n log(1 + exp(eta))) - u²/2`` with eta = predictor + sigma u.
    h is concave, so Newton's steps, kept within a bracket that always holds the peak, find it.

    Parameters
    ----------
    patterns
        Of one provider.
    predictor
        ``x'beta`` of its patterns, shape ``(g,)``.
    sigma
        Standard deviation between providers, 0 or above.
    """
    n, y = patterns.weight, patterns.outcome
    # h'(u) = sigma (O - E(u)) - u lies between sigma (O - N) - u and sigma O - u
    low, high = sigma * float(np.sum(y - n)), sigma * float(np.sum(y))
    u, before = min(max(0.0, low), high), inf
    for _ in range(_MODE_STEPS):
        mean = link_inverse(predictor + sigma * u, Family.BINOMIAL)
        slope = sigma * float(np.sum(y - n * mean)) - u
        curvature = 1 + sigma**2 * float(np.sum(n * mean * (1 - mean)))
        low, high = (u, high) if slope > 0 else (low, u)
        target = u + slope / curvature
        if abs(target - u) <= 1e-12 * (1 + abs(u)):
            break
        # A provider with nothing but events would be thrown to and fro between two flat ends.
        if not low < target < high or abs(target - u) > before / 2:
            target = (low + high) / 2
        before, u = abs(target - u), target
    return Mode(u, 1 / sqrt(curvature))


def log_likelihoods(patterns: Patterns, predictor: Floats, effects: Floats) -> Floats:
    """Return a provider's log-likelihood at several effects, shape ``(effects,)``.

    Parameters
    ----------
    patterns
        Of one provider.
    predictor
        ``x'beta`` of its patterns, shape ``(g,)``.
    effects
        Added to the predictor, on the logit scale.
    """
    found = np.zeros(len(effects))
    for part in slices(len(patterns)):
        at = predictor[part, None] + effects
        found += patterns.outcome[part] @ at - patterns.weight[part] @ np.logaddexp(0.0, at)
    return found


def slices(length: int) -> Iterator[slice]:
    """Yield the patterns in pieces of bounded size."""
    for start in range(0, length, _PATTERNS_AT_ONCE):
        yield slice(start, start + _PATTERNS_AT_ONCE)
