"""How many holders a site draws, and how many of them decide: k and t as functions of n and c.

Up to a limit everybody holds shares of everybody: the complete graph, whose numbers are exact.
Beyond, each site draws k holders itself, and what may go wrong has a probability. The bounds
below are evaluated exactly (hypergeometric tails in logarithms) and summed over all sites.

References
----------
Bell, Bonawitz, Gascón, Lepoint, Raykova (2020), "Secure Single-Server Aggregation with
(Poly)Logarithmic Overhead", doi:10.1145/3372297.3417885.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import log2

from fedqi.secagg.parameters import reconstruction_threshold
from fedqi.secagg.tails import log2_choose, log2_sum, log2_tail

ONE_LOST_IN = 10
"""One member of U1 in so many may be lost on the way, and the attempt still ends."""

PRIVACY_BITS = 40
"""In all but 2^-40 of attempts no two totals can come of one, whatever the aggregator does."""

AVAILABILITY_BITS = 30
"""In all but 2^-30 of attempts with the tolerated dropouts every secret can be rebuilt."""


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """The numbers of a graph.

    Parameters
    ----------
    holders
        k, how many other sites each site deals shares to.
    threshold
        t, how many of a site's k + 1 holders, itself included, decide.
    """

    holders: int
    threshold: int


@lru_cache(maxsize=64)
def neighbourhood(
    advertised: int,
    collusion_bound: int,
    complete_up_to: int,
    one_lost_in: int = ONE_LOST_IN,
) -> Neighbourhood:
    """Return k and t; the smallest k that keeps both levels, and the largest t it allows.

    Parameters
    ----------
    advertised
        n, the number of members of U1.
    collusion_bound
        c, absolute; which sites collude is settled before anybody draws.
    complete_up_to
        Largest n with the complete graph: k = n − 1.
    one_lost_in
        One member of U1 in so many may be lost.
    """
    # protocol 2.7
    n, c = advertised, collusion_bound
    complete = Neighbourhood(max(n - 1, 0), reconstruction_threshold(n, c))
    if n <= complete_up_to:
        return complete

    def is_private(holders: int, threshold: int) -> bool:
        return (
            both_kinds(n, c, holders, threshold) <= -PRIVACY_BITS
            and closed_community(n, c, holders, threshold) <= -PRIVACY_BITS
        )

    lost = -(-n // one_lost_in)
    return smallest(n, lost, AVAILABILITY_BITS, is_private) or complete


def smallest(
    sites: int, lost: int, bits: int, is_private: Callable[[int, int], bool]
) -> Neighbourhood | None:
    """Return the smallest k, with the largest t that stays available, that is private.

    Parameters
    ----------
    sites
        n.
    lost
        Dropouts that are tolerated.
    bits
        Level of availability.
    is_private
        Tells whether k and t are.
    """
    for holders in range(1, sites - 1):
        threshold = _available(sites, lost, holders, bits)
        if threshold and is_private(holders, threshold):
            return Neighbourhood(holders, threshold)
    return None


def _available(sites: int, lost: int, holders: int, bits: int) -> int:
    """Return the largest t for which all secrets can be rebuilt; 0 where there is none."""
    for threshold in range(holders, holders // 2, -1):
        if unavailable(sites, lost, holders, threshold) <= -bits:
            return threshold
    return 0


def both_kinds(sites: int, corrupt: int, holders: int, threshold: int) -> float:
    """Bound log2 P[both kinds of share of some honest dealer can be rebuilt].

    Honest holders answer once, colluders twice: it takes 2t ≤ k + 1 + the dealer's colluding
    holders. As many colluders are needed for two sets of t holders that meet in colluders only.

    Parameters
    ----------
    sites, corrupt
        n and c.
    holders, threshold
        k and t.
    """
    # protocol 2.8
    needed = 2 * threshold - holders - 1
    return log2(sites) + log2_tail(sites - 1, corrupt, holders, needed)


def unavailable(sites: int, lost: int, holders: int, threshold: int) -> float:
    """Bound log2 P[some dealer keeps fewer than t of its k holders]; its own share is lost.

    Parameters
    ----------
    sites, lost
        n and the number of dropouts.
    holders, threshold
        k and t.
    """
    # protocol 2.10
    return log2(sites) + log2_tail(sites - 1, lost, holders, holders - threshold + 1)


def closed_community(sites: int, corrupt: int, holders: int, threshold: int) -> float:
    """Bound log2 P[there is a closed community of at most half of the honest sites].

    That is a set of honest sites each of which has t of its own holders, itself included, in
    the set or among the colluders. Each site draws alone, so that a set of s sites is closed
    with the s-th power of one tail, and the aggregator may choose among all sets of s.

    Parameters
    ----------
    sites, corrupt
        n and c.
    holders, threshold
        k and t.
    """
    # protocol 2.9
    honest = sites - corrupt
    sizes = range(honest // 2, max(0, threshold - corrupt - 1), -1)
    terms = (
        log2_choose(honest, size)
        + size * log2_tail(sites - 1, size - 1 + corrupt, holders, threshold - 1)
        for size in sizes
    )
    return log2_sum(terms, enough=0.0)
