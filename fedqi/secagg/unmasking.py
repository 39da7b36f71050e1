"""Rebuilding seeds and mask keys from the shares of the unmasking, at the aggregator."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache

from fedqi.errors import RemoteProtocolError
from fedqi.secagg.checks import ROUND_UNMASKING
from fedqi.secagg.graph import Graph
from fedqi.secagg.messages import MaskKeyShare, SelfMaskShare, Unmasking
from fedqi.secagg.sharing import combine, is_share, lagrange_coefficients
from fedqi.secagg.transcript import is_mask_key_of, is_seed_of
from fedqi.secagg.view import AttemptView

Secrets = tuple[dict[str, bytes], dict[str, bytes]]
Holding = Sequence[tuple[int, str]]
"""Point in a dealer's sharing, and who holds its share."""


def check_answer(message: Unmasking, dealers: Collection[str], cohort: Collection[str]) -> str:
    """Say what is wrong with the shape of an unmasking answer; empty when nothing is.

    Parameters
    ----------
    message
        As received.
    dealers
        Those of U2 of whom its site holds shares.
    cohort
        U3.
    """
    if set(message.shares) != set(dealers):
        return "the shares are not of exactly the dealers"
    survivors = frozenset(cohort)
    for dealer, item in message.shares.items():
        wanted = SelfMaskShare if dealer in survivors else MaskKeyShare
        if not isinstance(item, wanted) or not is_share(item.share):
            return f"the share of {dealer} is of the wrong kind or size"
    return ""


def rebuild(
    view: AttemptView, graph: Graph, cohort: Sequence[str], answers: Mapping[str, Unmasking]
) -> Secrets:
    """Rebuild the survivors' seeds and the dropped dealers' mask keys.

    Every secret is checked against its commitment or public key. Where a share is corrupt,
    other sets of t holders are tried, which finds a clean one when a single holder lies and
    more than t have answered.

    Parameters
    ----------
    view
        Of the attempt.
    graph
        The holders of each dealer.
    cohort
        U3.
    answers
        Holder -> its answer, at least t of each dealer's holders.

    Returns
    -------
    tuple of dict
        Survivor -> 32-byte seed; dropped dealer -> 32-byte X25519 secret.

    Raises
    ------
    RemoteProtocolError
        Naming a dealer whose secret no tried set rebuilds.
    """
    # protocol 6.3
    seeds: dict[str, bytes] = {}
    keys: dict[str, bytes] = {}
    survivors = frozenset(cohort)
    for dealer in view.sites(graph.dealers):
        points = enumerate(view.sites(graph.holders(dealer)), start=1)
        holding = [(point, holder) for point, holder in points if holder in answers]
        secret = _try_all(view, dealer, dealer in survivors, holding, answers)
        (seeds if dealer in survivors else keys)[dealer] = secret
    return seeds, keys


def _try_all(
    view: AttemptView,
    dealer: str,
    survives: bool,
    holding: Holding,
    answers: Mapping[str, Unmasking],
) -> bytes:
    fits = is_seed_of if survives else is_mask_key_of
    for chosen in _windows(holding, view.threshold):
        weights = _weights(tuple(point for point, _ in chosen))
        shares = {point: answers[holder].shares[dealer].share for point, holder in chosen}
        secret = combine(shares, weights)
        if secret is not None and fits(view, dealer, secret):
            return secret
    raise RemoteProtocolError(
        "no set of holders rebuilds its secret: its shares, or the answers, are corrupt",
        site=dealer,
        round_name=ROUND_UNMASKING,
    )


@lru_cache(maxsize=256)
def _weights(points: tuple[int, ...]) -> Mapping[int, int]:
    # in the complete graph all dealers have the same holders at the same points
    return lagrange_coefficients(points)


def _windows(holding: Holding, size: int) -> Iterator[Holding]:
    starts = range(len(holding)) if len(holding) > size else range(1)
    doubled = [*holding, *holding]
    return (doubled[start : start + size] for start in starts)
