"""Rebuilding seeds and mask keys from the shares of the unmasking, at the aggregator."""

from collections.abc import Iterator, Mapping, Sequence

from fedqi.errors import RemoteProtocolError
from fedqi.secagg.checks import ROUND_UNMASKING
from fedqi.secagg.messages import MaskKeyShare, SelfMaskShare, Unmasking
from fedqi.secagg.sharing import combine, is_share, lagrange_coefficients
from fedqi.secagg.transcript import is_mask_key_of, is_seed_of
from fedqi.secagg.view import AttemptView

Secrets = tuple[dict[str, bytes], dict[str, bytes]]


def check_answer(message: Unmasking, dealers: Sequence[str], cohort: Sequence[str]) -> str:
    """Say what is wrong with the shape of an unmasking answer; empty when nothing is.

    Parameters
    ----------
    message
        As received.
    dealers, cohort
        U2 and U3.
    """
    if set(message.shares) != set(dealers):
        return "the shares are not of exactly the dealers"
    for dealer, item in message.shares.items():
        wanted = SelfMaskShare if dealer in cohort else MaskKeyShare
        if not isinstance(item, wanted) or not is_share(item.share):
            return f"the share of {dealer} is of the wrong kind or size"
    return ""


def rebuild(view: AttemptView, cohort: Sequence[str], answers: Mapping[str, Unmasking]) -> Secrets:
    """Rebuild the survivors' seeds and the dropped dealers' mask keys.

    Every secret is checked against its commitment or public key. Where a share is corrupt,
    other sets of t holders are tried, which finds a clean one when a single holder lies and
    more than t have answered.

    Parameters
    ----------
    view
        Of the attempt.
    cohort
        U3.
    answers
        Holder -> its answer, at least t.

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
    failed = ""
    for holders in _windows(sorted(answers), view.threshold):
        seeds, keys, failed = _try(view, cohort, answers, holders)
        if not failed:
            return seeds, keys
    raise RemoteProtocolError(
        "no set of holders rebuilds its secret: its shares, or the answers, are corrupt",
        site=failed,
        round_name=ROUND_UNMASKING,
    )


def _windows(holders: list[str], size: int) -> Iterator[list[str]]:
    starts = range(len(holders)) if len(holders) > size else range(1)
    doubled = holders + holders
    return (doubled[start : start + size] for start in starts)


def _try(
    view: AttemptView,
    cohort: Sequence[str],
    answers: Mapping[str, Unmasking],
    holders: list[str],
) -> tuple[dict[str, bytes], dict[str, bytes], str]:
    weights = lagrange_coefficients([view.points[holder] for holder in holders])
    seeds: dict[str, bytes] = {}
    keys: dict[str, bytes] = {}
    survivors = frozenset(cohort)
    for dealer in sorted(answers[holders[0]].shares):
        shares = {view.points[h]: answers[h].shares[dealer].share for h in holders}
        secret = combine(shares, weights)
        fits = is_seed_of if dealer in survivors else is_mask_key_of
        if secret is None or not fits(view, dealer, secret):
            return seeds, keys, dealer
        (seeds if dealer in survivors else keys)[dealer] = secret
    return seeds, keys, ""
