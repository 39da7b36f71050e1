"""Minimum groups: how many organisations stand behind an atom or a bin."""

from collections.abc import Collection, Iterable, Mapping

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
