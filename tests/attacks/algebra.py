"""Whether sums that somebody holds determine a sum over fewer sites; elimination, nothing else."""

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from itertools import combinations
from typing import Any

Equation = Mapping[Any, int]
"""Unknown -> its coefficient in something that is known."""

Rows = list[list[int]]

PRIMES = (2, 2**61 - 1)
"""Modulo 2, since masks live in Z/2^64 and an even multiple of one hides no lowest bit; and
modulo a large prime in place of the rationals, which for small coefficients is the same."""


def itself(secret: Any) -> Any:
    """Let every secret be its own owner."""
    return secret


def isolated(
    equations: Sequence[Equation],
    secrets: Collection[Hashable],
    fewer_than: int,
    owner: Callable[[Any], Any] = itself,
) -> frozenset[Hashable]:
    """Return fewer than that many owners whose secrets have a combination that is determined.

    Parameters
    ----------
    equations
        What is known; each is a sum of unknowns.
    secrets
        The unknowns of interest; all other unknowns are noise that must cancel.
    fewer_than
        How many owners must at least stand in anything that is determined.
    owner
        Whose a secret is.

    Returns
    -------
    frozenset
        Owners; empty if whatever is determined holds secrets of at least `fewer_than`.
    """
    wanted = sorted(secrets, key=repr)
    noise = sorted({name for item in equations for name in item} - set(wanted), key=repr)
    order = [*noise, *wanted]
    for prime in PRIMES:
        matrix = [[item.get(name, 0) % prime for name in order] for item in equations]
        _, rest = eliminated(matrix, len(noise), prime)
        free = [row[len(noise) :] for row in rest]
        found = _smallest(free, [owner(name) for name in wanted], fewer_than - 1, prime)
        if found:
            return found
    return frozenset()


def _smallest(rows: Rows, owners: list[Any], largest: int, prime: int) -> frozenset[Hashable]:
    # a combination within a set exists if the columns outside it do not tell all rows apart
    full = rank(rows, prime)
    everyone = sorted(set(owners), key=repr)
    for size in range(1, min(largest, len(everyone)) + 1):
        for inside in combinations(everyone, size):
            kept = [place for place, name in enumerate(owners) if name not in inside]
            if rank([[row[place] for place in kept] for row in rows], prime) < full:
                return frozenset(inside)
    return frozenset()


def rank(rows: Rows, prime: int) -> int:
    """Return the rank of a matrix modulo a prime."""
    return len(eliminated(rows, len(rows[0]), prime)[0]) if rows else 0


def eliminated(rows: Rows, width: int, prime: int) -> tuple[Rows, Rows]:
    """Return rows that lead in the first columns, and combinations that are zero there."""
    leading: Rows = []
    rest = [row[:] for row in rows]
    for column in range(width):
        place = next((i for i, row in enumerate(rest) if row[column]), None)
        if place is None:
            continue
        pivot = rest.pop(place)
        inverse = pow(pivot[column], -1, prime)
        for row in rest:
            factor = row[column] * inverse % prime
            if factor:
                row[:] = [(a - factor * b) % prime for a, b in zip(row, pivot, strict=True)]
        leading.append(pivot)
    return leading, rest
