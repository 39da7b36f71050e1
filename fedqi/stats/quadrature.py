"""Gauss-Hermite quadrature, adapted to a peak."""

from functools import cache

import numpy as np

from fedqi.stats.regression_blocks import Floats

NODES = 25
"""Nodes of every integral over a provider's effect, as in ``lme4::glmer(nAGQ = 25)``."""


@cache
def hermite(nodes: int = NODES) -> tuple[Floats, Floats]:
    """Return nodes t and log weights log(w) + t² of ``∫ f(t) dt ≈ Σ w exp(t²) f(t)``.

    Parameters
    ----------
    nodes
        How many; the rule is exact where f(t) exp(t²) is a polynomial of degree 2 nodes - 1.

    Returns
    -------
    tuple of ndarray
        Both of shape ``(nodes,)``; read-only.

    References
    ----------
    Abramowitz M, Stegun IA (1964). Handbook of Mathematical Functions, 25.4.46.
    """
    places, weights = np.polynomial.hermite.hermgauss(nodes)
    heights = np.log(weights) + places**2
    for array in (places, heights):
        array.flags.writeable = False
    return places, heights


def adapted(peak: float, width: float, nodes: int = NODES) -> tuple[Floats, Floats]:
    """Return nodes and log weights of an integral over a peak.

    ``∫ exp(h(u)) du ≈ Σ exp(h(u_k) + a_k)`` with ``u_k = peak + √2 width t_k``.

    Parameters
    ----------
    peak
        Where h is largest.
    width
        ``1 / sqrt(-h''(peak))``.
    nodes
        How many.

    References
    ----------
    Liu Q, Pierce DA (1994). A note on Gauss-Hermite quadrature. Biometrika 81:624-629.
    Pinheiro JC, Bates DM (1995). J Comput Graph Stat 4:12-35.
    """
    places, heights = hermite(nodes)
    stretch = np.sqrt(2.0) * width
    return peak + stretch * places, heights + np.log(stretch)
