"""What the adversary holds: masked inputs and revealed shares, as equations."""

from collections import defaultdict
from collections.abc import Hashable
from dataclasses import dataclass

from fedqi.secagg.messages import MaskedInput, SelfMaskShare, Unmasking
from fedqi.simulation.algebra import Row, eliminate, isolated
from fedqi.simulation.sight import Sight
from fedqi.simulation.violation import Violation

ISOLATED = "no honest group below min_others + 1 is isolated"
BOTH_SECRETS = "never can both secrets of one dealer be rebuilt"

Dealer = tuple[bytes, str]
"""Context of an attempt as the dealer sees it, and the dealer."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A masked input as it left: in what context, with which masks, for which atoms."""

    site: str
    context: bytes
    active: tuple[str, ...]
    masks: tuple[object, ...]
    atoms: tuple[str, ...]
    self_masked: bool


class Knowledge:
    """What the aggregator and its colluders hold of honest sites.

    Parameters
    ----------
    spoilt
        Sites that count towards c; their numbers, masks and shares are known.
    """

    def __init__(self, spoilt: frozenset[str]) -> None:
        self._spoilt = spoilt
        self._inputs: dict[tuple[str, tuple[object, ...]], Sent] = {}
        self._seed_shares: dict[Dealer, set[str]] = defaultdict(set)
        self._key_shares: dict[Dealer, set[str]] = defaultdict(set)
        self._dealers: dict[Dealer, Sight] = {}

    def add_input(self, sight: Sight, message: MaskedInput) -> None:
        """Note a masked input of an honest site."""
        opening = message.step == 0 and sight.is_open
        active = sight.active if opening else sight.cohort
        state = (sight.parameters.session_hash, tuple(sight.totals), sight.cohort)
        masks = (sight.context, message.step, active, () if opening else state)
        summed = sight.summed()
        atoms = tuple(atom for atom, sites in summed.items() if message.site in sites)
        sent = Sent(message.site, sight.context, active, masks, atoms, opening)
        self._inputs[message.site, masks] = sent
        self.add_dealer(sight)

    def add_dealer(self, sight: Sight) -> None:
        """Note whose secrets are shared, among whom and with which threshold."""
        self._dealers[sight.context, sight.site] = sight

    def add_shares(self, sight: Sight, message: Unmasking) -> None:
        """Note the shares that an honest holder reveals."""
        for dealer, share in message.shares.items():
            kinds = self._seed_shares if isinstance(share, SelfMaskShare) else self._key_shares
            kinds[sight.context, dealer].add(message.site)
        for dealer in message.shares:
            if dealer not in self._spoilt:
                self._check_secrets((sight.context, dealer))

    def _check_secrets(self, dealer: Dealer) -> None:
        if self._rebuilt(dealer, self._seed_shares) and self._rebuilt(dealer, self._key_shares):
            raise Violation(BOTH_SECRETS, f"those of {dealer[1]}")

    def _rebuilt(self, dealer: Dealer, shares: dict[Dealer, set[str]]) -> bool:
        sight = self._dealers.get(dealer)
        if sight is None:
            return False
        members = {advert.site for advert in sight.adverts}
        return len(shares[dealer] | (self._spoilt & members)) >= sight.threshold

    def check(self, min_others: int) -> None:
        """Check that no small group of honest sites is isolated, atom by atom."""
        for atom in sorted({atom for sent in self._inputs.values() for atom in sent.atoms}):
            rows = self._rows(atom)
            masks = frozenset(name for row in rows for name in row if isinstance(name, tuple))
            group = isolated(eliminate(rows, masks), min_others)
            if group is not None:
                raise Violation(ISOLATED, f"the sum over {group} of atom {atom} is determined")

    def _rows(self, atom: str) -> list[Row]:
        return [self._row(sent, atom) for sent in self._inputs.values()]

    def _row(self, sent: Sent, atom: str) -> Row:
        row: Row = {sent.site: 1} if atom in sent.atoms else {}
        if sent.self_masked and not self._rebuilt((sent.context, sent.site), self._seed_shares):
            row["self mask", sent.site, sent.masks] = 1
        for peer in sent.active:
            if peer != sent.site and not self._is_known(sent, peer):
                pair: Hashable = ("pair", *sorted((sent.site, peer)), sent.masks)
                row[pair] = 1 if sent.site < peer else -1
        return row

    def _is_known(self, sent: Sent, peer: str) -> bool:
        return peer in self._spoilt or any(
            self._rebuilt((sent.context, site), self._key_shares) for site in (sent.site, peer)
        )
