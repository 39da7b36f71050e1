"""Attacks on the delivery of sealed shares and on U2."""

from dataclasses import replace

from fedqi.secagg import group_minimum, reconstruction_threshold
from fedqi.secagg.messages import SharesDelivery
from fedqi.simulation.attacks.hand import Forged, Move, View


def _peers(view: View, message: SharesDelivery) -> tuple[str, ...]:
    return view.others(message.dealers)


def _over(message: SharesDelivery, dealers: set[str]) -> SharesDelivery:
    sealed = {site: text for site, text in message.sealed.items() if site in dealers}
    return SharesDelivery(tuple(s for s in message.dealers if s in dealers), sealed)


def forged_share(view: View, message: SharesDelivery) -> Forged | None:
    """Put bytes of the aggregator's own in the place of a sealed share."""
    peer = _peers(view, message)[0]
    size = len(message.sealed[peer])
    return [replace(message, sealed={**message.sealed, peer: bytes(size)})]


def relabelled_share(view: View, message: SharesDelivery) -> Forged | None:
    """Exchange two dealers' sealed shares."""
    one, other = _peers(view, message)[:2]
    texts = message.sealed
    return [replace(message, sealed={**texts, one: texts[other], other: texts[one]})]


def replayed_share(view: View, message: SharesDelivery) -> Forged | None:
    """Deliver a share that was sealed for the victim in another attempt."""
    for earlier in view.of_another(SharesDelivery):
        for peer in _peers(view, message):
            if peer in earlier.sealed:
                return [replace(message, sealed={**message.sealed, peer: earlier.sealed[peer]})]
    return None


def active_set_of_its_own(view: View, message: SharesDelivery) -> Forged | None:
    """Name so few dealers that they stay below the threshold, colluders first."""
    parameters, advertised = view.parameters, len(view.attempt.adverts)
    minimum = group_minimum(parameters.collusion_bound, parameters.min_others)
    threshold = reconstruction_threshold(advertised, parameters.collusion_bound)
    few = list(reversed(_peers(view, message)))[: max(minimum, threshold) - 2]
    return [_over(message, {view.victim, *few})]


def different_u2(view: View, message: SharesDelivery) -> Forged | None:
    """Show one dealer fewer than to the others."""
    return [_over(message, set(message.dealers) - {_peers(view, message)[0]})]


def withheld_share(view: View, message: SharesDelivery) -> Forged | None:
    """Name a dealer, but keep its share back."""
    peer = _peers(view, message)[0]
    sealed = {site: text for site, text in message.sealed.items() if site != peer}
    return [replace(message, sealed=sealed)]


MOVES = [
    Move("a forged sealed share", SharesDelivery, forged_share),
    Move("a relabelled sealed share", SharesDelivery, relabelled_share),
    Move("a sealed share of another attempt", SharesDelivery, replayed_share, weight=4.0),
    Move("an active set of its own", SharesDelivery, active_set_of_its_own),
    Move("different U2 shown", SharesDelivery, different_u2, refused=False, weight=1.5),
    Move("shares withheld", SharesDelivery, withheld_share),
]
