"""Minimum groups: how many organisations stand behind an atom, a bin or a cell."""

from collections.abc import Collection, Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from fedqi.errors import PolicyError


def void_atoms(offering: Mapping[str, Collection[str]], minimum: int) -> tuple[str, ...]:
    """List the atoms that too few sites offer; all send zeros for them and they stay free.

    Parameters
    ----------
    offering
        Atom to the sites that offer it.
    minimum
        m, the group minimum, in organisations.

    Returns
    -------
    tuple of str
        In the order of `offering`.
    """
    return tuple(atom for atom, sites in offering.items() if len(set(sites)) < minimum)


def check_bins(counts: Iterable[int], total: int, minimum: int) -> None:
    """Refuse bins behind which, or beside which, too few organisations stand.

    The complement counts because the total is known too: total less bin is a sum as well.
    One bin that holds everybody has no complement.

    Parameters
    ----------
    counts
        Organisations in each bin.
    total
        Organisations in the set K.
    minimum
        m, the group minimum.

    Raises
    ------
    PolicyError
        If the bins do not part K, or naming the first bin that is too small or too large.
    """
    bins = [int(count) for count in counts]
    if sum(bins) != total:
        raise PolicyError(
            f"bins hold {sum(bins)} organisations, {total} expected; the analysis must put each "
            "organisation into exactly one bin"
        )
    for place, count in enumerate(bins, start=1):
        complement = total - count
        if count < minimum or (len(bins) > 1 and complement < minimum):
            raise PolicyError(
                f"bin {place} of {len(bins)}: {count} organisations, {complement} outside it, "
                f"at least {minimum} expected of each; the analysis must merge bins"
            )


def supported(claims: NDArray[np.int64], minimum: int) -> NDArray[np.bool_]:
    """Tell which cells enough organisations claim to be non-zero in.

    Parameters
    ----------
    claims
        Organisations that claim each cell; any shape.
    minimum
        m, the group minimum; it exceeds c, since colluders can claim a cell too.

    Returns
    -------
    ndarray of bool
        Shape of `claims`; the rest must be merged or dropped by a rule all compute alike.
    """
    return np.asarray(claims >= minimum)
