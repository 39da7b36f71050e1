"""What everything that left the sites determines together, by linear algebra.

A masked input is one equation: the site's number, its self mask unless its seed can be rebuilt,
and its pairwise masks but those with colluders or with sites whose mask key can be rebuilt.
Masks are unknowns of their own. After all masks are eliminated, what remains are the sums that
the adversary knows; none may isolate too few honest sites.
"""

from collections.abc import Hashable, Iterable
from itertools import combinations

PRIME = 2**61 - 1
"""Ranks are taken modulo this; a real cancellation is one modulo it too."""

Row = dict[Hashable, int]
"""Unknown -> coefficient, none of them zero."""


def eliminate(rows: Iterable[Row], unknowns: frozenset[Hashable]) -> list[Row]:
    """Return what the rows say of the other unknowns once these are eliminated.

    Parameters
    ----------
    rows
        Equations.
    unknowns
        To be eliminated.
    """
    pivots: dict[Hashable, Row] = {}
    rest = []
    for row in rows:
        reduced = _reduce(row, pivots)
        unknown = next((name for name in reduced if name in unknowns), None)
        if unknown is None:
            rest.append(reduced)
        else:
            pivots[unknown] = _scaled(reduced, unknown)
    return [row for row in rest if row]


def _reduce(row: Row, pivots: dict[Hashable, Row]) -> Row:
    reduced = dict(row)
    while True:
        name = next((name for name in reduced if name in pivots), None)
        if name is None:
            return reduced
        reduced = _minus(reduced, pivots[name], reduced[name])


def _minus(row: Row, other: Row, times: int) -> Row:
    difference = dict(row)
    for name, value in other.items():
        left = (difference.get(name, 0) - times * value) % PRIME
        if left:
            difference[name] = left
        else:
            difference.pop(name, None)
    return difference


def _scaled(row: Row, unknown: Hashable) -> Row:
    inverse = pow(row[unknown], -1, PRIME)
    return {name: value * inverse % PRIME for name, value in row.items()}


def rank(rows: Iterable[Row]) -> int:
    """Return the rank of some rows."""
    pivots: dict[Hashable, Row] = {}
    for row in rows:
        reduced = _reduce(row, pivots)
        if reduced:
            unknown = next(iter(reduced))
            pivots[unknown] = _scaled(reduced, unknown)
    return len(pivots)


def isolated(rows: list[Row], largest: int) -> tuple[Hashable, ...] | None:
    """Return a group of at most ``largest`` unknowns of which the rows give a sum, or None.

    Parameters
    ----------
    rows
        What is known, over the sites' numbers only.
    largest
        Size of the largest group that is too small.
    """
    names = sorted({name for row in rows for name in row}, key=str)
    whole = rank(rows)
    for size in range(1, largest + 1):
        for group in combinations(names, size):
            # rows that vanish outside the group exist exactly if the rest has a lower rank
            outside = [{n: v for n, v in row.items() if n not in group} for row in rows]
            if rank(outside) < whole:
                return group
    return None
