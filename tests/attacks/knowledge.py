"""What an adversary can compute from what it saw: linear algebra over the unknowns.

A masked input is one equation: the site's vector, its self mask, and a mask for each neighbour.
Unknowns are the honest vectors and all masks that the adversary cannot expand. A mask is
expanded from a seed or a mask key, and these are known if they were revealed, belong to a
colluder, or t of their shares are known. Everything else is independent noise.

Ranks are taken modulo an odd prime, which is exact here: each mask stands with coefficients
+1 and -1 in at most two equations, and so these matrices have the same rank over any field.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

PRIME = 2**31 - 1
Matrix = NDArray[np.int64]
Kind = Literal["seed", "key"]
T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True)
class Dealt:
    """One secret of one site in one attempt."""

    attempt: int
    site: str
    kind: Kind


@dataclass(frozen=True)
class Equation:
    """One masked input. ``masks`` stands for all that a mask depends on besides its secret."""

    attempt: int
    site: str
    step: int
    masks: Hashable
    peers: tuple[str, ...]
    selfmasked: bool


@dataclass
class Knowledge:
    """All the adversary saw, by attempt."""

    colluders: frozenset[str]
    equations: set[Equation] = field(default_factory=set)
    revealed: set[Dealt] = field(default_factory=set)
    shares: dict[Dealt, set[str]] = field(default_factory=dict)  # secret -> whose share is known
    thresholds: dict[tuple[int, str], int] = field(default_factory=dict)  # of a dealer

    def add_share(self, secret: Dealt, holder: str) -> None:
        self.shares.setdefault(secret, set()).add(holder)

    def knows(self, secret: Dealt) -> bool:
        if secret.site in self.colluders or secret in self.revealed:
            return True
        needed = self.thresholds.get((secret.attempt, secret.site))
        return needed is not None and len(self.shares.get(secret, ())) >= needed

    def isolated(self, others: int, limit: int = 2) -> tuple[str, ...] | None:
        """The smallest group of at most ``others`` honest sites whose sum can be computed.

        A group of ``others`` + 1 is what the protocol promises. ``limit`` bounds the search.
        """
        space, sites = self.computable()
        if not len(space):
            return None
        full = rank(space)
        present = sorted(set(sites))
        for size in range(1, min(others, limit) + 1):
            for group in combinations(present, size):
                outside = [column for column, site in enumerate(sites) if site not in group]
                if rank(space[:, outside]) < full:
                    return group
        return None

    def computable(self) -> tuple[Matrix, list[str]]:
        """A basis of the sums of honest vectors free of masks, and the site of each column."""
        rows = sorted(
            (e for e in self.equations if e.site not in self.colluders),
            key=lambda e: (e.attempt, e.step, e.site),
        )
        hidden = _columns(mask for row in rows for mask, _ in self._noise(row))
        values = _columns((row.site, row.step) for row in rows)
        matrix = np.zeros((len(rows), len(hidden) + len(values)), np.int64)
        for index, row in enumerate(rows):
            for mask, sign in self._noise(row):
                matrix[index, hidden[mask]] += sign
            matrix[index, len(hidden) + values[row.site, row.step]] = 1
        reduced, used = eliminate(matrix, len(hidden))
        return reduced[used:, len(hidden) :], [site for site, _ in values]

    def _noise(self, row: Equation) -> Iterable[tuple[Hashable, int]]:
        """The masks of an equation that the adversary cannot expand, with their signs."""
        if row.selfmasked and not self.knows(Dealt(row.attempt, row.site, "seed")):
            yield (row.attempt, row.site, row.masks), 1
        if self.knows(Dealt(row.attempt, row.site, "key")):
            return
        for peer in row.peers:
            if not self.knows(Dealt(row.attempt, peer, "key")):
                pair = tuple(sorted((row.site, peer)))
                yield (row.attempt, pair, row.masks), 1 if row.site < peer else -1


def _columns(items: Iterable[T]) -> dict[T, int]:
    return {item: place for place, item in enumerate(dict.fromkeys(items))}


def eliminate(matrix: Matrix, columns: int) -> tuple[Matrix, int]:
    """Bring the first columns to echelon form; return the matrix and how many rows that took."""
    reduced, used = matrix % PRIME, 0
    for column in range(columns):
        below = np.flatnonzero(reduced[used:, column])
        if not len(below):
            continue
        pivot = used + int(below[0])
        reduced[[used, pivot]] = reduced[[pivot, used]]
        inverse = pow(int(reduced[used, column]), -1, PRIME)
        reduced[used] = reduced[used] * inverse % PRIME
        later = used + 1 + np.flatnonzero(reduced[used + 1 :, column])
        factors = reduced[later, column][:, None]
        reduced[later] = (reduced[later] - factors * reduced[used]) % PRIME
        used += 1
    return reduced, used


def rank(matrix: Matrix) -> int:
    return eliminate(matrix, matrix.shape[1])[1]


def equations_of(
    attempt: int, sites: Sequence[str], masks: Hashable, step: int = 0, selfmasked: bool = True
) -> set[Equation]:
    """The masked inputs of a whole active set that masks against itself."""
    return {
        Equation(attempt, s, step, masks, tuple(p for p in sites if p != s), selfmasked)
        for s in sites
    }
