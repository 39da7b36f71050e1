"""The secrets of one site in one attempt: made once, held in memory only, erased after use."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from fedqi.errors import RemoteProtocolError
from fedqi.secagg.checks import ROUND_INPUT, ROUND_KEYS
from fedqi.secagg.drawing import draw
from fedqi.secagg.keys import KEY_BYTES, PairChannel, agree, load_key
from fedqi.secagg.messages import MaskKeyShare, SelfMaskShare
from fedqi.secagg.secret import Secret
from fedqi.secagg.sharing import SECRET_BYTES, SHARE_BYTES, is_share, split
from fedqi.secagg.view import AttemptView

Entropy = Callable[[int], bytes]


class SiteSecrets:
    """Keys, seed, pair secrets and held shares of one attempt.

    Parameters
    ----------
    site
        This site.
    entropy
        Returns that many random bytes.
    """

    def __init__(self, site: str, entropy: Entropy) -> None:
        self._site = site
        self._entropy = entropy
        self.sealing = Secret(entropy(KEY_BYTES))
        self.mask_key = Secret(entropy(KEY_BYTES))
        self.seed = Secret(entropy(SECRET_BYTES))
        self._channels: dict[str, PairChannel] = {}
        self._pairs: dict[str, Secret] = {}
        self._held: dict[str, tuple[Secret, Secret]] = {}

    def public_keys(self) -> tuple[bytes, bytes]:
        """Return the public sealing key and the public mask key."""
        sealing, mask_key = (load_key(item.expose()) for item in (self.sealing, self.mask_key))
        return sealing.public_key().public_bytes_raw(), mask_key.public_key().public_bytes_raw()

    @contextmanager
    def agreed(self, view: AttemptView, peers: Iterable[str], sealed: bool) -> Iterator[None]:
        """Agree with members of U1; when the block is refused, take it back.

        Parameters
        ----------
        view
            Of the attempt.
        peers
            Neighbours, without this site.
        sealed
            Whether shares are sealed between them (open mode).

        Raises
        ------
        RemoteProtocolError
            If an agreement is all zero; nothing has changed.
        """
        known = set(self._pairs)
        self._agree(view, peers, sealed)
        try:
            yield
        except BaseException:
            for peer in self._pairs.keys() - known:
                self._pairs.pop(peer).erase()
                if peer in self._channels:
                    self._channels.pop(peer).erase()
            raise

    def _agree(self, view: AttemptView, peers: Iterable[str], sealed: bool) -> None:
        new = [view.by_site[peer] for peer in peers if peer not in self._pairs]
        own = load_key(self.mask_key.expose())
        pairs = {a.site: Secret(self._shared(own, a.mask_key, a.site)) for a in new}
        channels: dict[str, PairChannel] = {}
        if sealed:
            own = load_key(self.sealing.expose())
            for advert in new:
                shared = self._shared(own, advert.sealing_key, advert.site)
                channels[advert.site] = PairChannel(view.context, self._site, advert.site, shared)
        self._pairs |= pairs
        self._channels |= channels

    @staticmethod
    def _shared(own: X25519PrivateKey, peer_key: bytes, peer: str) -> bytes:
        shared = agree(own, peer_key)
        if shared is None:
            raise RemoteProtocolError(
                "its public key makes the agreement all zero", site=peer, round_name=ROUND_KEYS
            )
        return shared

    def draw(self, view: AttemptView) -> tuple[str, ...]:
        """Draw this site's holders and return them, itself included, sorted.

        Parameters
        ----------
        view
            Of the attempt; its adverts were checked.
        """
        # protocol 4.7
        others = [site for site in view.members if site != self._site]
        drawn = draw(others, view.neighbourhood.holders, self._entropy)
        return tuple(sorted((self._site, *drawn)))

    def deal(self, threshold: int, holders: tuple[str, ...]) -> dict[str, bytes]:
        """Share both secrets and return what is sealed for every other holder.

        Parameters
        ----------
        threshold
            t.
        holders
            Of :meth:`draw`; a holder's point is its place, from 1.
        """
        # protocol 4.7: each site also holds one share of its own
        seeds = split(self.seed.expose(), threshold, len(holders), self._entropy)
        keys = split(self.mask_key.expose(), threshold, len(holders), self._entropy)
        sealed: dict[str, bytes] = {}
        for site, own_seed, own_key in zip(holders, seeds, keys, strict=True):
            if site == self._site:
                self._held[site] = (Secret(own_seed), Secret(own_key))
            else:
                sealed[site] = self._channels[site].seal(own_seed + own_key, self._entropy)
        return sealed

    def forget_keys(self) -> None:
        """Erase both secret keys: the shares are dealt and all agreements are made."""
        self.sealing.erase()
        self.mask_key.erase()

    def open_shares(self, sealed: Mapping[str, bytes]) -> dict[str, tuple[Secret, Secret]]:
        """Open the shares of other dealers, without keeping them.

        Parameters
        ----------
        sealed
            Dealer -> what it sealed for this site.

        Raises
        ------
        RemoteProtocolError
            Naming a dealer whose shares do not open or are no shares.
        """
        # protocol 4.8
        held = {self._site: self._held[self._site]}
        for dealer, text in sealed.items():
            plain = self._channels[dealer].open(text)
            halves = None if plain is None else (plain[:SHARE_BYTES], plain[SHARE_BYTES:])
            if halves is None or not all(is_share(half) for half in halves):
                raise RemoteProtocolError(
                    "its sealed shares do not open as shares dealt to this site in this attempt",
                    site=dealer,
                    round_name=ROUND_INPUT,
                )
            held[dealer] = (Secret(halves[0]), Secret(halves[1]))
        return held

    def hold(self, held: dict[str, tuple[Secret, Secret]]) -> None:
        """Keep opened shares.

        Parameters
        ----------
        held
            Of :meth:`open_shares`.
        """
        self._held = held

    @property
    def dealers(self) -> tuple[str, ...]:
        """The dealers of whom this site holds shares, itself included, sorted."""
        return tuple(sorted(self._held))

    def pairs(self, peers: tuple[str, ...]) -> dict[str, bytes]:
        """Return the pair secrets of the mask keys with ``peers``.

        Parameters
        ----------
        peers
            Neighbours, without this site.
        """
        return {peer: self._pairs[peer].expose() for peer in peers}

    def tags(self, peers: tuple[str, ...], statement_digest: bytes) -> dict[str, bytes]:
        """Return this site's tag on a statement for each peer.

        Parameters
        ----------
        peers
            Dealers in U3, without this site.
        statement_digest
            32 bytes.
        """
        return {peer: self._channels[peer].tag(statement_digest) for peer in peers}

    def is_tagged(self, peer: str, statement_digest: bytes, tag: bytes) -> bool:
        """Tell whether a peer's tag for this site is right.

        Parameters
        ----------
        peer
            Who made the statement.
        statement_digest
            32 bytes.
        tag
            As received.
        """
        return self._channels[peer].verify(statement_digest, tag)

    def unmask(self, cohort: tuple[str, ...]) -> dict[str, SelfMaskShare | MaskKeyShare]:
        """Return one share for each dealer, of one kind, and erase all that are held.

        Parameters
        ----------
        cohort
            U3: of these the self mask, of the others the mask key.
        """
        # protocol 6.7
        answer: dict[str, SelfMaskShare | MaskKeyShare] = {
            dealer: SelfMaskShare(seed.expose()) if dealer in cohort else MaskKeyShare(key.expose())
            for dealer, (seed, key) in sorted(self._held.items())
        }
        self._erase_sharing()
        for peer in set(self._pairs) - set(cohort):
            self._pairs.pop(peer).erase()
        return answer

    def erase(self) -> None:
        """Erase everything."""
        self._erase_sharing()
        for secret in (self.sealing, self.mask_key, *self._pairs.values()):
            secret.erase()

    def _erase_sharing(self) -> None:
        self.seed.erase()
        for seed, key in self._held.values():
            seed.erase()
            key.erase()
        for channel in self._channels.values():
            channel.erase()
        self._held, self._channels = {}, {}
