"""What a simulated federation is made of: names, keys, entropy, jobs and figures."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from numpy.typing import NDArray

from fedqi.benchmarking.plan import SiteCollectionPlan
from fedqi.secagg import AttemptMode, AttemptParameters, Block, Layout, PublicState

NAMES = ("alder", "birch", "cedar", "dogwood", "elm", "fir", "gorse", "hazel", "ivy")
ATOMS = ("hf|2016-01|*", "hf|2016-02|*", "ami|2016-01|*")
COLLABORATIVE = "collaborative"
LARGEST_FIGURE = 10_000

Figures = Mapping[str, tuple[int, ...]]
"""Atom -> this site's numbers."""


def digest(*words: object) -> bytes:
    """Return 32 bytes that depend on all the words."""
    return hashlib.sha256(repr(words).encode()).digest()


@cache
def identity_of(site: str) -> Ed25519PrivateKey:
    """Return a site's identity key, the same in every federation."""
    return Ed25519PrivateKey.from_private_bytes(digest("identity", site))


@cache
def public_identity(site: str) -> bytes:
    """Return a site's public identity key, 32 bytes."""
    return identity_of(site).public_key().public_bytes_raw()


class Entropy:
    """Deterministic bytes: SHA-256 in counter mode.

    Parameters
    ----------
    words
        Name the stream.
    """

    def __init__(self, *words: object) -> None:
        self._seed, self._blocks = digest("entropy", *words), 0

    def __call__(self, size: int) -> bytes:
        """Return the next bytes of the stream."""
        out = b""
        while len(out) < size:
            self._blocks += 1
            out += hashlib.sha256(self._seed + self._blocks.to_bytes(8, "big")).digest()
        return out[:size]


@dataclass(frozen=True, slots=True)
class Spec:
    """A job as it is announced: its atoms, how many steps, how many numbers per atom."""

    job: str
    atoms: tuple[str, ...]
    steps: int
    width: int

    def to_bytes(self) -> bytes:
        """Return the announcement; its hash is the plan of every attempt."""
        return json.dumps([self.job, self.atoms, self.steps, self.width]).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Spec":
        """Read an announcement."""
        job, atoms, steps, width = json.loads(data)
        return cls(job, tuple(atoms), steps, width)

    @property
    def plan(self) -> bytes:
        """SHA-256 of the announcement."""
        return hashlib.sha256(self.to_bytes()).digest()


@dataclass(frozen=True, slots=True)
class Rules:
    """What all members signed."""

    sites: tuple[str, ...]
    collusion_bound: int
    min_others: int

    def parameters(self, spec: Spec, attempt: int, mode: AttemptMode) -> AttemptParameters:
        """Return the public facts of an attempt."""
        return _parameters(self, spec, attempt, mode)


@lru_cache(maxsize=64)
def _parameters(rules: Rules, spec: Spec, attempt: int, mode: AttemptMode) -> AttemptParameters:
    return AttemptParameters(
        collaborative=COLLABORATIVE,
        job=spec.job,
        attempt=attempt,
        mode=mode,
        charter=digest("charter"),
        roster=digest("roster", rules.sites),
        programme=digest("programme"),
        plan=spec.plan,
        identities={site: public_identity(site) for site in rules.sites},
        collusion_bound=rules.collusion_bound,
        min_others=rules.min_others,
        atoms=spec.atoms,
    )


class FigurePlan(SiteCollectionPlan):
    """Sums the same numbers in every step, one block per atom.

    Without figures it is the public plan.

    Parameters
    ----------
    spec
        The job.
    sites
        Members of the roster.
    figures
        The site's frozen input.
    """

    def __init__(self, spec: Spec, sites: int, figures: Figures | None = None) -> None:
        super().__init__((), sites, "", {})
        self._spec, self._figures = spec, dict(figures or {})
        blocks = (
            Block(atom, (spec.width,), "count", 0, LARGEST_FIGURE, atom=atom) for atom in spec.atoms
        )
        self._layout = Layout(tuple(blocks), sites)

    def layout(self, state: PublicState) -> Layout | None:
        """Return the one layout, as often as the job has steps."""
        return None if len(state.totals) >= self._spec.steps else self._layout

    @property
    def offered(self) -> frozenset[str]:
        """Atoms in which the site has data."""
        return frozenset(self._figures)

    def values(self, state: PublicState) -> dict[str, NDArray[Any]]:
        """Return the site's numbers, zeros where it has no data."""
        nothing = (0,) * self._spec.width
        return {atom: np.array(self._figures.get(atom, nothing)) for atom in self._spec.atoms}


def extract(site: str, atom: str, width: int, edition: int) -> tuple[int, ...]:
    """Return what a hospital's data say of an atom; another edition says something else."""
    drawn = digest("figures", site, atom, edition)
    return tuple(
        int.from_bytes(drawn[2 * place : 2 * place + 2], "big") % LARGEST_FIGURE
        for place in range(width)
    )
