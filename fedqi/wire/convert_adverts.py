"""Rounds 0 and 1 as protobuf: adverts, shares and their deliveries."""

from fedqi.errors import RemoteProtocolError
from fedqi.secagg.messages import (
    Advert,
    AdvertList,
    AtomDeclaration,
    Declared,
    Shares,
    SharesDelivery,
)
from fedqi.wire.v1 import secagg_pb2 as pb

_DECLARED = {
    Declared.NONE: pb.DECLARED_NONE,
    Declared.FREE: pb.DECLARED_FREE,
    Declared.OPEN: pb.DECLARED_OPEN,
    Declared.BOUND: pb.DECLARED_BOUND,
}
_FROM_DECLARED = {value: key for key, value in _DECLARED.items()}


def advert_to_proto(advert: Advert) -> pb.Advert:
    """Convert round 0's message of a site."""
    return pb.Advert(
        site=advert.site,
        sealing_key=advert.sealing_key,
        mask_key=advert.mask_key,
        seed_commitment=advert.seed_commitment,
        min_others=advert.min_others,
        uncounted=advert.uncounted,
        atoms=[_declaration_to_proto(atom) for atom in advert.atoms],
        history_counter=advert.history_counter,
        history_head=advert.history_head,
        signature=advert.signature,
    )


def advert_from_proto(message: pb.Advert) -> Advert:
    """Convert back; an unknown declaration is refused."""
    return Advert(
        site=message.site,
        sealing_key=message.sealing_key,
        mask_key=message.mask_key,
        seed_commitment=message.seed_commitment,
        min_others=message.min_others,
        uncounted=tuple(message.uncounted),
        atoms=tuple(_declaration_from_proto(atom) for atom in message.atoms),
        history_counter=message.history_counter,
        history_head=message.history_head,
        signature=message.signature,
    )


def _declaration_to_proto(declaration: AtomDeclaration) -> pb.AtomDeclaration:
    state = _DECLARED[declaration.state]
    return pb.AtomDeclaration(atom=declaration.atom, state=state, detail=declaration.detail)


def _declaration_from_proto(message: pb.AtomDeclaration) -> AtomDeclaration:
    state = _FROM_DECLARED.get(message.state)
    if state is None:
        raise RemoteProtocolError(f"atom {message.atom!r} has the unknown state {message.state}")
    return AtomDeclaration(message.atom, state, message.detail)


def advert_list_to_proto(adverts: AdvertList) -> pb.AdvertList:
    """Convert round 0's delivery."""
    return pb.AdvertList(adverts=[advert_to_proto(advert) for advert in adverts.adverts])


def advert_list_from_proto(message: pb.AdvertList) -> AdvertList:
    """Convert back."""
    return AdvertList(tuple(advert_from_proto(advert) for advert in message.adverts))


def shares_to_proto(shares: Shares) -> pb.Shares:
    """Convert round 1's message of a site."""
    return pb.Shares(site=shares.site, sealed=shares.sealed, signature=shares.signature)


def shares_from_proto(message: pb.Shares) -> Shares:
    """Convert back."""
    return Shares(message.site, dict(message.sealed), message.signature)


def delivery_to_proto(delivery: SharesDelivery) -> pb.SharesDelivery:
    """Convert round 1's delivery."""
    return pb.SharesDelivery(dealers=delivery.dealers, sealed=delivery.sealed)


def delivery_from_proto(message: pb.SharesDelivery) -> SharesDelivery:
    """Convert back."""
    return SharesDelivery(tuple(message.dealers), dict(message.sealed))
