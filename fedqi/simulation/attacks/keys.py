"""Attacks on the list of adverts: keys, U1, and the histories that members declare."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from fedqi.secagg.messages import Advert, AdvertList, Declared
from fedqi.secagg.signing import advert_bytes
from fedqi.simulation.attacks.hand import Forged, Move, View
from fedqi.simulation.setting import identity_of

STRANGER = "zinnia"
OWN_KEY = X25519PrivateKey.from_private_bytes(b"\x09" * 32).public_key().public_bytes_raw()


def _with(message: AdvertList, *changed: Advert) -> AdvertList:
    """Put changed adverts in the places of those of the same sites."""
    new = {advert.site: advert for advert in changed}
    return AdvertList(tuple(new.get(advert.site, advert) for advert in message.adverts))


def _without(message: AdvertList, site: str) -> AdvertList:
    return AdvertList(tuple(advert for advert in message.adverts if advert.site != site))


def _peer(view: View, message: AdvertList) -> Advert:
    honest_first = view.others(tuple(advert.site for advert in message.adverts))[0]
    return next(advert for advert in message.adverts if advert.site == honest_first)


def _colluding(view: View, message: AdvertList) -> Advert | None:
    return next((a for a in message.adverts if a.site in view.colluders), None)


def _signed(view: View, advert: Advert, signer: str) -> Advert:
    text = advert_bytes(view.parameters, advert)
    return replace(advert, signature=identity_of(signer).sign(text))


def substituted_key(view: View, message: AdvertList) -> Forged | None:
    """Put a key of the aggregator's own into an honest peer's advert, and sign that itself."""
    forged = replace(_peer(view, message), mask_key=OWN_KEY)
    signer = view.colluders[0] if view.colluders else STRANGER
    return [_with(message, _signed(view, forged, signer))]


def unsigned_key(view: View, message: AdvertList) -> Forged | None:
    """Replace an honest peer's key, and leave the signature out."""
    return [_with(message, replace(_peer(view, message), mask_key=OWN_KEY, signature=b""))]


def stranger(view: View, message: AdvertList) -> Forged | None:
    """Put an invented hospital in the place of a peer."""
    peer = _peer(view, message)
    invented = _signed(view, replace(peer, site=STRANGER, mask_key=OWN_KEY), STRANGER)
    return [AdvertList((*_without(message, peer.site).adverts, invented))]


def colluders_and_victim(view: View, message: AdvertList) -> Forged | None:
    """Show nobody but colluders beside the victim."""
    few = {view.victim, *view.colluders}
    return [AdvertList(tuple(advert for advert in message.adverts if advert.site in few))]


def different_u1(view: View, message: AdvertList) -> Forged | None:
    """Show one peer fewer than to the others."""
    return [_without(message, _peer(view, message).site)]


def replayed_advert(view: View, message: AdvertList) -> Forged | None:
    """Show an honest peer's advert of another attempt or job."""
    earlier = view.heard_elsewhere(Advert, _peer(view, message).site)
    return [_with(message, earlier[0])] if earlier else None


def history_went_back(view: View, message: AdvertList) -> Forged | None:
    """Show a colluder whose counter is lower than the victim has seen."""
    known = view.known_counters()
    for advert in message.adverts:
        seen = known.get(advert.site, (0, b""))[0]
        if advert.site in view.colluders and seen > 0:
            older = replace(advert, history_counter=seen - 1)
            return [_with(message, _signed(view, older, advert.site))]
    return None


def key_used_twice(view: View, message: AdvertList) -> Forged | None:
    """Let a colluder advertise an honest peer's key as its own."""
    colluding, peer = _colluding(view, message), _peer(view, message)
    if colluding is None or colluding.site in (view.victim, peer.site):
        return None
    copied = replace(colluding, mask_key=peer.mask_key)
    return [_with(message, _signed(view, copied, colluding.site))]


def key_of_small_order(view: View, message: AdvertList) -> Forged | None:
    """Let a colluder's key make every agreement zero."""
    colluding = _colluding(view, message)
    if colluding is None or colluding.site == view.victim:
        return None
    weak = replace(colluding, mask_key=bytes(32))
    return [_with(message, _signed(view, weak, colluding.site))]


def another_set(view: View, message: AdvertList) -> Forged | None:
    """Ask for a bound atom again over one member fewer."""
    for advert in message.adverts:
        bound = any(item.state is Declared.BOUND for item in advert.atoms)
        if bound and advert.site != view.victim:
            return [_without(message, advert.site)]
    return None


def oversized(view: View, message: AdvertList) -> Forged | None:
    """Show more adverts than the roster has members."""
    return [AdvertList(message.adverts * 40)]


def _moves(entries: Sequence[tuple[str, Any, bool, float]]) -> list[Move]:
    return [
        Move(name, AdvertList, forge, refused, weight=weight)
        for name, forge, refused, weight in entries
    ]


MOVES = _moves(
    [
        ("a substituted key", substituted_key, True, 1.0),
        ("an unsigned key", unsigned_key, True, 1.0),
        ("a site not in the roster", stranger, True, 1.0),
        ("colluders and one victim", colluders_and_victim, True, 1.0),
        ("different U1 shown", different_u1, False, 1.5),
        ("adverts replayed from another attempt", replayed_advert, True, 3.0),
        ("a history that went back", history_went_back, True, 12.0),
        ("a key used twice", key_used_twice, True, 3.0),
        ("a key of small order", key_of_small_order, True, 4.0),
        ("the same atom over another set", another_set, True, 4.0),
        ("an oversized message", oversized, True, 1.0),
    ]
)
