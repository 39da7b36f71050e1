"""Winsorised overdispersion: needs every site's z score, so for reference and for one data holder.

Two customs differ: by rank (Spiegelhalter's code) and by quantile (FunnelPlotR). Results computed
from sums are not winsorised.
"""

from collections.abc import Sequence

import numpy as np

from fedqi.stats.overdispersion import Overdispersion, overdispersion


def winsorised_by_rank(z: Sequence[float], share: float = 0.1) -> tuple[float, ...]:
    """Replace the ⌊N·share⌋ smallest and largest values by the next ones inwards.

    Parameters
    ----------
    z
        One score per site.
    share
        Share per tail, 0 <= share < 0.5.

    References
    ----------
    Spiegelhalter's R code, gmp26/funnel, R/funnel4.R, function ``winsorise``.
    """
    _require_share(share)
    if not z:
        return ()
    ordered = sorted(z)
    cut = int(len(z) * share)
    low, high = ordered[cut], ordered[-1 - cut]
    return tuple(min(max(each, low), high) for each in z)


def winsorised_by_quantile(z: Sequence[float], share: float = 0.1) -> tuple[float, ...]:
    """Limit the values to their ``share`` and ``1 - share`` quantiles (R's type 7).

    Parameters
    ----------
    z
        One score per site.
    share
        Share per tail, 0 <= share < 0.5.

    References
    ----------
    FunnelPlotR, nhs-r-community/FunnelPlotR, function ``winsorisation``.
    """
    _require_share(share)
    if not z:
        return ()
    low, high = (float(np.quantile(z, q)) for q in (share, 1 - share))
    return tuple(min(max(each, low), high) for each in z)


def overdispersion_of(z: Sequence[float], variances: Sequence[float]) -> Overdispersion:
    """Return φ and τ² from each site's (winsorised) z and squared standard error.

    Parameters
    ----------
    z
        Scores against the common target.
    variances
        s² of each estimate, above 0, on the scale on which τ² is wanted.
    """
    weights = [1 / variance for variance in variances]
    return overdispersion(
        len(z), sum(each**2 for each in z), sum(weights), sum(w * w for w in weights)
    )


def _require_share(share: float) -> None:
    if not 0 <= share < 0.5:
        raise ValueError(f"a share of {share} per tail, expected 0 to below 0.5")
