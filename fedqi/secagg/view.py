"""The public facts of an attempt once its adverts stand, alike for every party."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import compress
from typing import NamedTuple

from fedqi.secagg import canonical
from fedqi.secagg.keys import Context
from fedqi.secagg.messages import Advert, Declared
from fedqi.secagg.neighbourhood import Neighbourhood, neighbourhood
from fedqi.secagg.parameters import (
    AttemptMode,
    AttemptParameters,
    group_minimum,
    reconstruction_threshold,
)
from fedqi.secagg.signing import advert_bytes

Offering = dict[str, tuple[str, ...]]


class Shortfall(NamedTuple):
    """Why a group is too small to be summed.

    Parameters
    ----------
    text
        In words.
    site
        Whose own demand the group does not meet; None where it misses the charter's.
    """

    text: str
    site: str | None


@dataclass(frozen=True)
class AttemptView:
    """U1 and what follows from it.

    Parameters
    ----------
    parameters
        Of the attempt.
    adverts
        Of U1, sorted by site.
    texts
        What the adverts' signatures cover, where that is known from checking them.
    """

    parameters: AttemptParameters
    adverts: tuple[Advert, ...]
    texts: tuple[bytes, ...] = ()

    @cached_property
    def by_site(self) -> Mapping[str, Advert]:
        """Site -> its advert."""
        return {advert.site: advert for advert in self.adverts}

    @cached_property
    def members(self) -> tuple[str, ...]:
        """U1, sorted."""
        return tuple(advert.site for advert in self.adverts)

    @cached_property
    def context(self) -> Context:
        """Session, attempt and digest of U1."""
        # protocol 3.3
        texts = self.texts or [advert_bytes(self.parameters, item) for item in self.adverts]
        u1_digest = canonical.digest("u1", texts)
        return Context(self.parameters.session_hash, self.parameters.attempt, u1_digest)

    @cached_property
    def neighbourhood(self) -> Neighbourhood:
        """How many holders a site draws, and how many decide."""
        # protocol 2.7: nothing is shared in closed mode, hence nothing is drawn
        closed = self.parameters.mode is AttemptMode.CLOSED
        limit = len(self.members) if closed else self.parameters.complete_up_to
        return neighbourhood(len(self.members), self.parameters.collusion_bound, limit)

    @property
    def threshold(self) -> int:
        """t: so many holders of a site rebuild its secrets, convince it and free its atoms."""
        return self.neighbourhood.threshold

    @property
    def is_complete(self) -> bool:
        """Whether everybody holds shares of everybody."""
        return self.neighbourhood.holders == len(self.members) - 1

    @cached_property
    def minimum(self) -> int:
        """m, the group minimum; the largest ``min_others`` that a member declared counts."""
        declared = max((advert.min_others for advert in self.adverts), default=1)
        return group_minimum(
            self.parameters.collusion_bound, max(declared, self.parameters.min_others)
        )

    @property
    def quorum(self) -> int:
        """Fewest members of U2 and U3: m, and more than half where secrets are shared."""
        if self.parameters.mode is AttemptMode.CLOSED:
            return self.minimum
        majority = reconstruction_threshold(len(self.members), self.parameters.collusion_bound)
        return max(self.minimum, majority)

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Site -> its place in U1, from 0: its bit in a bitmap of sites."""
        return {site: place for place, site in enumerate(self.members)}

    def bits(self, sites: Iterable[str]) -> int:
        """Return a set of members as a number with one bit for each.

        Parameters
        ----------
        sites
            Members of U1.
        """
        marks = bytearray(self.bitmap_bytes)
        for site in sites:
            place = self.places[site]
            marks[place >> 3] |= 1 << (place & 7)
        return int.from_bytes(marks, "little")

    def sites(self, bits: int) -> tuple[str, ...]:
        """Return the members of a set of :meth:`bits`, sorted.

        Parameters
        ----------
        bits
            One for each member.
        """
        return tuple(compress(self.members, map(int, reversed(f"{bits:0{len(self.members)}b}"))))

    @property
    def bitmap_bytes(self) -> int:
        """Length of a bitmap over U1."""
        return -(-len(self.members) // 8)

    @cached_property
    def bound(self) -> frozenset[str]:
        """Atoms that the members offering them declare bound."""
        return frozenset(
            item.atom
            for advert in self.adverts
            for item in advert.atoms
            if item.state is Declared.BOUND
        )

    def offering(self, group: Sequence[str]) -> Offering:
        """Return, for every atom, the members of a group that offer it, sorted.

        Parameters
        ----------
        group
            Part of U1, sorted.
        """
        if len(group) == len(self.members):
            return dict(self._offering)
        inside = frozenset(group)
        return {
            atom: tuple(site for site in sites if site in inside)
            for atom, sites in self._offering.items()
        }

    @cached_property
    def _offering(self) -> Offering:
        lists: dict[str, list[str]] = {atom: [] for atom in self.parameters.atoms}
        for advert in self.adverts:
            for item in advert.atoms:
                if item.state is not Declared.NONE:
                    lists[item.atom].append(advert.site)
        return {atom: tuple(sites) for atom, sites in lists.items()}

    def shortfall(self, group: Sequence[str]) -> Shortfall | None:
        """Say why a group is too small to be summed, and whose demand makes it so.

        Parameters
        ----------
        group
            Part of U1.

        Returns
        -------
        Shortfall or None
            None when the group is large enough.
        """
        # protocol 2.5
        if len(group) < self.minimum:
            text = f"{len(group)} sites, expected at least {self.minimum}"
            return self._demanded(len(group), text)
        inside = frozenset(group)
        for site, uncounted in self._doubters.items():
            own = max(self.by_site[site].min_others, self.parameters.min_others)
            counted = len(inside - uncounted)
            needed = group_minimum(self.parameters.collusion_bound, own)
            if site in inside and counted < needed:
                text = f"{counted} sites that {site} counts, expected at least {needed}"
                return Shortfall(text, site)
        return None

    def _demanded(self, size: int, text: str) -> Shortfall:
        parameters = self.parameters
        if size < group_minimum(parameters.collusion_bound, parameters.min_others):
            return Shortfall(text, None)
        most = max(self.adverts, key=lambda advert: advert.min_others)
        return Shortfall(f"{text}, as {most.site} asks for {most.min_others} others", most.site)

    @cached_property
    def _doubters(self) -> Mapping[str, frozenset[str]]:
        # only these need a look of their own: the others count everyone
        return {
            advert.site: frozenset(advert.uncounted) for advert in self.adverts if advert.uncounted
        }
