"""What an adversary holds, and whether it determines a sum over too few honest sites.

Unknown are the figures of honest sites, their self masks and their pairwise masks, each mask
apart for every secret and context that the code derives it from. A secret counts as known if it
is the adversary's own or at least t of its shares are known. Every equation is compared with
the bytes that were really sent, so that it cannot drift away from the code.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fedqi.secagg.keys import agree, load_key
from fedqi.secagg.masking import Expander, MaskContext
from fedqi.secagg.messages import Advert, SelfMaskShare
from fedqi.secagg.parameters import AttemptMode
from fedqi.secagg.step import own_vector
from fedqi.secagg.transcript import StepFacts
from tests.attacks.algebra import isolated
from tests.unit.secagg.federation import Site

Secret = bytes
"""A secret is named by what is public of it: the commitment of a seed, the key of a mask key."""


@dataclass(frozen=True)
class Mask:
    """What one mask is derived from: one seed or two mask keys, and a context."""

    secrets: tuple[Secret, ...]
    context: MaskContext


@dataclass(frozen=True)
class Heard:
    """One masked input: its site, the masks in it with their signs, the atoms it offers."""

    site: str
    when: tuple[str, int]  # attempt and step
    masks: Mapping[Mask, int]
    atoms: frozenset[str]


@dataclass
class Knowledge:
    """Everything an aggregator and its colluders have seen, of any number of attempts."""

    colluders: frozenset[str]
    inputs: list[Heard] = field(default_factory=list)
    known: set[Secret] = field(default_factory=set)
    shares: dict[Secret, set[int]] = field(default_factory=lambda: defaultdict(set))
    thresholds: dict[Secret, int] = field(default_factory=dict)

    def own(self, advert: Advert) -> None:
        """Count the secrets behind an advert of a colluder as known."""
        self.known |= {advert.seed_commitment, advert.mask_key}

    def dealt(self, dealer: Advert, holders: Iterable[int], threshold: int) -> None:
        """Take both shares that a dealer sealed for colluders at these points."""
        for secret in (dealer.seed_commitment, dealer.mask_key):
            self.thresholds[secret] = threshold
            self.shares[secret] |= set(holders)

    def answered(
        self, point: int, shares: Mapping[str, Any], dealers: Mapping[str, Advert]
    ) -> None:
        """Take the shares of an unmasking answer of the holder at this point."""
        for site, share in shares.items():
            own = isinstance(share, SelfMaskShare)
            self.shares[dealers[site].seed_commitment if own else dealers[site].mask_key].add(point)

    def holds(self, secret: Secret) -> bool:
        """Tell whether a secret is known or can be rebuilt."""
        enough = self.thresholds.get(secret, np.inf)
        return secret in self.known or len(self.shares[secret]) >= enough

    def heard(self, site: str, when: tuple[str, int], masks: Any, atoms: Collection[str]) -> None:
        """Take a masked input."""
        self.inputs.append(Heard(site, when, masks, frozenset(atoms)))

    def isolates(self, fewer_than: int) -> str:
        """Name fewer than that many honest sites of which a combination is determined, or none.

        The figures of a site are looked at twice: as alike in every step and attempt, as
        frozen inputs are, and as unrelated ones.
        """
        for atom in sorted({atom for item in self.inputs for atom in item.atoms}):
            for alike in (True, False):
                equations = [self._equation(item, atom, alike) for item in self.inputs]
                figures = {n for item in equations for n in item if not isinstance(n, Mask)}
                found = isolated(equations, figures, fewer_than)
                if found:
                    return f"{atom}: {sorted(found, key=repr)}"
        return ""

    def _equation(self, item: Heard, atom: str, alike: bool) -> dict[Any, int]:
        equation: dict[Any, int] = {
            mask: sign for mask, sign in item.masks.items() if not self._reads(mask)
        }
        if atom in item.atoms and item.site not in self.colluders:
            equation[(item.site, *(() if alike else item.when))] = 1
        return equation

    def _reads(self, mask: Any) -> bool:
        # either end of a pair suffices for its mask
        return any(self.holds(secret) for secret in mask.secrets)


def masks_of(facts: StepFacts, site: str) -> dict[Mask, int]:
    """Return the masks in a site's input of a step, with their signs."""
    adverts, context = facts.view.by_site, facts.masks
    found: dict[Mask, int] = {}
    if context.step == 0 and facts.view.parameters.mode is AttemptMode.OPEN:
        found[Mask((adverts[site].seed_commitment,), context)] = 1
    for peer in set(facts.active) - {site}:
        pair = sorted((adverts[site].mask_key, adverts[peer].mask_key))
        found[Mask(tuple(pair), context)] = 1 if site < peer else -1
    return found


def check_equation(site: Site, vector: bytes, drawn: Mapping[Secret, bytes]) -> None:
    """Compare a site's equation with the bytes it sent, from the secrets that it drew."""
    rounds = site.session._rounds
    facts, state = rounds._facts, rounds._state
    expected = own_vector(facts, state, site.name, site.plan.values(state))
    expander = Expander(facts.layout.length)
    for mask, sign in masks_of(facts, site.name).items():
        stream = expander.mask(_key(mask, facts, site.name, drawn))
        expected = expected + stream if sign > 0 else expected - stream
    assert expected.astype("<u8").tobytes() == vector


def _key(mask: Mask, facts: StepFacts, site: str, drawn: Mapping[Secret, bytes]) -> bytes:
    adverts = facts.view.by_site
    if len(mask.secrets) == 1:
        return mask.context.self_key(drawn[mask.secrets[0]], site)
    own, context = adverts[site].mask_key, mask.context
    (other,) = set(mask.secrets) - {own}
    (peer,) = [name for name, advert in adverts.items() if advert.mask_key == other]
    return context.pair_key(agree(load_key(drawn[own]), other) or b"", site, peer)
