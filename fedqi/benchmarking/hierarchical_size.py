"""How many providers at least stand behind the curved sums of a random-intercept model.

The sums of a plain regression are linear in counts of patients and say nothing of a hospital that
the totals of the patterns do not say. Those of a random-intercept model are curved functions of
each provider's figures, added up: enough of them over few providers could in principle be solved
for the figures. So the analysis ends before the first such sum where too few providers take part.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fedqi.errors import InsufficientSitesError

FEWEST_PROVIDERS = 15
"""Of honest sites: they have 30 unknown figures, as many as the model of an intercept releases."""

COUNTED_PER_SITE = 16
"""Providers of one site beyond which more do not count."""

FEWEST_OTHERS = 2
"""Least that ``min_others`` can be: m less this and the site itself bounds the colluders."""


def provider_claims(providers: int) -> NDArray[np.int64]:
    """Return 0/1 for k = 1 to 16: whether this site has at least k providers with patients."""
    return (np.arange(1, COUNTED_PER_SITE + 1) <= providers).astype(np.int64)


def honest_providers(claims: ArrayLike, minimum: int) -> int:
    """Return how many providers honest sites have at least, whoever among the others lies.

    Up to c sites collude. Of the sites that claim k providers or more, all but c are honest, and
    each has a k-th provider: so each k adds at least its claims less c.

    Parameters
    ----------
    claims
        Summed over sites.
    minimum
        m = c + min_others + 1.
    """
    colluders = minimum - FEWEST_OTHERS - 1
    return int(np.maximum(np.asarray(claims) - colluders, 0).sum())


def require_providers(claims: Sequence[int] | NDArray[np.int64], minimum: int, where: str) -> None:
    """Refuse curved sums over few providers.

    Parameters
    ----------
    claims
        Summed over sites.
    minimum
        m.
    where
        The model in words, for messages.

    Raises
    ------
    InsufficientSitesError
        With the numbers.
    """
    found = honest_providers(claims, minimum)
    if found < FEWEST_PROVIDERS:
        raise InsufficientSitesError(
            f"{where}: {found} providers stand in it beside those of the "
            f"{minimum - FEWEST_OTHERS - 1} sites that may collude, {FEWEST_PROVIDERS} are needed "
            "before random intercepts are summed. Wait for more sites, name the providers within "
            "them (dataset.provider), or plan the analysis standardised"
        )
