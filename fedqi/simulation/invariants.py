"""What must hold of every message that a site accepts, and of every total."""

from collections.abc import Iterable, Mapping

import numpy as np

from fedqi.secagg.messages import AdvertList
from fedqi.simulation.setting import Figures
from fedqi.simulation.sight import Sight
from fedqi.simulation.violation import Violation

SUM = "a released total is exactly the sum of the frozen inputs"
SIZE = "groups have their size"
SAME = "every site that believes a total of a step believes the same one"
ROLLED_BACK = "a member whose history went back is excluded"
ONE_SET = "one atom, one set"
FROZEN = "every attempt uses the same frozen input"

Known = Mapping[str, tuple[int, bytes]]


def check_counters(site: str, message: AdvertList, known: Known) -> None:
    """Check that no member's history went back, as far as the site has seen it."""
    for advert in message.adverts:
        counter, head = known.get(advert.site, (0, advert.history_head))
        forked = advert.history_counter == counter and head not in (advert.history_head, b"")
        if advert.history_counter < counter or forked:
            raise Violation(ROLLED_BACK, f"{site} accepted {advert.site} below {counter}")


def check_group(sight: Sight, group: Iterable[str], least: int, name: str) -> None:
    """Check the size of U1, U2 or U3 as a site accepted it."""
    sites = tuple(group)
    short = f"{len(sites)} sites, {least} expected" if len(sites) < least else sight.lacks(sites)
    if short or sight.site not in sites:
        raise Violation(SIZE, f"{sight.site} accepted {name} {sites}: {short or 'without it'}")


def check_atoms(sight: Sight) -> None:
    """Check that every atom summed keeps its size among U3."""
    for atom, sites in sight.contributors().items():
        short = sight.lacks(sites)
        if short:
            raise Violation(SIZE, f"{sight.site} goes on with atom {atom} over {sites}: {short}")


def check_total(sight: Sight, total: bytes, inputs: Mapping[str, Figures]) -> None:
    """Check a total that a site verified against the plain sum.

    Parameters
    ----------
    sight
        Of the site.
    total
        Little-endian uint64.
    inputs
        Site -> the frozen input that its session used.
    """
    width = len(total) // 8 // len(sight.parameters.atoms)
    rows = []
    for atom in sight.parameters.atoms:
        row = np.zeros(width, np.uint64)
        for site in sight.contributors().get(atom, ()):
            row += np.array(inputs[site][atom], np.uint64)
        rows.append(row)
    if np.concatenate(rows).astype("<u8").tobytes() != total:
        raise Violation(SUM, f"{sight.site} verified another total over {sight.cohort}")


class Releases:
    """All totals that honest sites believe, and all sets they verified totals over.

    Parameters
    ----------
    spoilt
        Sites that count towards c.
    """

    def __init__(self, spoilt: frozenset[str]) -> None:
        self._spoilt = spoilt
        self._totals: dict[tuple[str, int, int, frozenset[str]], bytes] = {}
        self._settled: dict[tuple[str, frozenset[str]], tuple[bytes, ...]] = {}
        self._sets: dict[str, set[frozenset[str]]] = {}
        self._frozen: dict[tuple[str, str], tuple[int, ...]] = {}

    @property
    def sets(self) -> Mapping[str, set[frozenset[str]]]:
        """Atom -> the sets it was released over."""
        return self._sets

    def froze(self, site: str, figures: Figures) -> None:
        """Check that a session uses the input that every session before it used."""
        for atom, numbers in figures.items():
            before = self._frozen.setdefault((site, atom), numbers)
            if any(old != new for old, new in zip(before, numbers, strict=False)):
                raise Violation(FROZEN, f"{site} sums other figures for atom {atom} than before")

    def add(self, sight: Sight, step: int, total: bytes) -> None:
        """Check a total that a site believes against all others."""
        name = (sight.parameters.job, sight.parameters.attempt, step, frozenset(sight.cohort))
        if self._totals.setdefault(name, total) != total:
            raise Violation(SAME, f"{sight.site} accepted another total of step {name}")

    def settle(self, sight: Sight, totals: tuple[bytes, ...]) -> None:
        """Check that a job is settled in one way, over all its attempts."""
        name = (sight.parameters.job, frozenset(sight.cohort))
        if self._settled.setdefault(name, totals) != totals:
            raise Violation(SAME, f"{sight.site} holds another result of {name} as settled")

    def add_sets(self, sight: Sight) -> None:
        """Check the sets that a site verified a total over against all others."""
        for atom, sites in sight.contributors().items():
            self._add_set(atom, frozenset(sites))

    def _add_set(self, atom: str, sites: frozenset[str]) -> None:
        known = self._sets.setdefault(atom, set())
        for other in known:
            if other != sites and (other & sites) - self._spoilt:
                both = f"{sorted(other)} and over {sorted(sites)}"
                raise Violation(ONE_SET, f"atom {atom} is released over {both}")
        known.add(sites)
