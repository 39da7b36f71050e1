"""What one session was shown and accepted, kept by the simulator beside the session."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from fedqi.secagg import (
    AttemptMode,
    AttemptParameters,
    group_minimum,
    reconstruction_threshold,
)
from fedqi.secagg.messages import Advert, Declared
from fedqi.simulation.setting import Figures

Offering = dict[str, tuple[str, ...]]


@dataclass
class Sight:
    """One attempt as one site saw it.

    Parameters
    ----------
    site
        Who.
    parameters
        Of the attempt.
    figures
        The frozen input of this session.
    known
        Counters and heads of the others' histories that it had seen when the session began.
    adverts
        Of the list that it accepted.
    active
        U2, or U1 in a closed attempt.
    cohort
        U3, or U1 in a closed attempt.
    totals
        Bytes of every total that it accepted.
    believed
        How many of them were held against the inputs: of a closed step, those that are final.
    stated
        Digest of its statement.
    context
        32 bytes that two sites share only if they were shown the same adverts.
    """

    site: str
    parameters: AttemptParameters
    figures: Figures
    known: Mapping[str, tuple[int, bytes]]
    adverts: tuple[Advert, ...] = ()
    active: tuple[str, ...] = ()
    cohort: tuple[str, ...] = ()
    totals: list[bytes] = field(default_factory=list)
    believed: int = 0
    stated: bytes = b""
    context: bytes = b""

    def accept(self, adverts: tuple[Advert, ...]) -> None:
        """Take the adverts of U1."""
        self.adverts = adverts
        signed = [(advert.site, advert.mask_key, advert.signature) for advert in adverts]
        self.context = sha256(repr((self.parameters.session_hash, signed)).encode()).digest()

    @property
    def is_open(self) -> bool:
        """Whether the first step is open."""
        return self.parameters.mode is AttemptMode.OPEN

    @property
    def threshold(self) -> int:
        """t, as this site computes it."""
        return reconstruction_threshold(len(self.adverts), self.parameters.collusion_bound)

    @property
    def quorum(self) -> int:
        """Fewest sites of U2 and U3."""
        return max(self.minimum, self.threshold) if self.is_open else self.minimum

    @property
    def minimum(self) -> int:
        """The group minimum m, with the largest ``min_others`` that was declared."""
        asked = [advert.min_others for advert in self.adverts]
        return group_minimum(
            self.parameters.collusion_bound, max([self.parameters.min_others, *asked])
        )

    def lacks(self, group: Iterable[str]) -> str:
        """Say why a group is too small to be summed; empty if it is not."""
        inside = set(group)
        if len(inside) < self.minimum:
            return f"{len(inside)} sites, {self.minimum} expected"
        for advert in self.adverts:
            own = max(advert.min_others, self.parameters.min_others)
            counted = len(inside - set(advert.uncounted))
            needed = group_minimum(self.parameters.collusion_bound, own)
            if advert.site in inside and counted < needed:
                return f"{counted} sites that {advert.site} counts, {needed} expected"
        return ""

    def declaring(self, atom: str, group: Iterable[str]) -> tuple[str, ...]:
        """Return the members of a group that offer an atom."""
        inside = set(group)
        return tuple(
            advert.site
            for advert in self.adverts
            for item in advert.atoms
            if advert.site in inside and item.atom == atom and item.state is not Declared.NONE
        )

    def summed(self) -> Offering:
        """Return, for each atom that is not void, the sites of the active set that offer it."""
        found: Offering = {}
        for place, atom in enumerate(self.parameters.atoms):
            sites = self.declaring(atom, self.active)
            free = any(
                advert.atoms[place].state is Declared.FREE
                for advert in self.adverts
                if advert.site in sites
            )
            if not self.lacks(sites) and (self.is_open or not free):
                found[atom] = sites
        return found

    def contributors(self) -> Offering:
        """Return, for each atom that is summed, whose inputs make its total."""
        inside = set(self.cohort)
        return {a: tuple(s for s in sites if s in inside) for a, sites in self.summed().items()}
