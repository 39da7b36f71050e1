"""How finely real numbers are summed."""

from math import ceil, log2
from typing import Literal

from fedqi.secagg.encoding import Block

FIXED_POINT_BITS = 44
"""Bits of the largest permitted number of one site.

Enough for 1e-6 in coefficients and spreads with room to spare, and no more: every further bit is
a bit about the sites. The sum of 262,144 sites still fits.
"""


def real_block(name: str, length: int, bounds: tuple[float, float], atom: str | None) -> Block:
    """Return a block of real numbers, as fine as the accuracy needs.

    Parameters
    ----------
    name, length, atom
        Of the block.
    bounds
        Least and greatest number of one site, not both 0.
    """
    largest = max(abs(bounds[0]), abs(bounds[1]))
    resolution = 2.0 ** (ceil(log2(largest)) - FIXED_POINT_BITS)
    kind: Literal["real"] = "real"
    return Block(name, (length,), kind, bounds[0], bounds[1], resolution, atom)
