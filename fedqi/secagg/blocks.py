"""One named array of a layout: its bounds, its resolution and its fixed point."""

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from fedqi.errors import DefinitionError, EncodingRangeError, LocalProtocolError
from fedqi.secagg import canonical


@dataclass(frozen=True, slots=True)
class Block:
    """One named array of a layout.

    Parameters
    ----------
    name
        Unique in its layout.
    shape
        Of the array; ``()`` is a single number.
    kind
        ``"count"`` for whole numbers, which stay exact; ``"real"`` for rounded ones.
    lower, upper
        Bounds of every element at one site, both inclusive, in the array's own units.
    resolution
        Size of one unit of the fixed point, a power of two; 1 for counts.
    atom
        The atom whose data the block holds. The session zeroes the block where the atom is
        void or this site declared "none". A block without an atom is never zeroed and is not
        guarded by the rule of one atom, one set: never put patient data in it.

    Raises
    ------
    DefinitionError
        If the block contradicts itself.
    """

    name: str
    shape: tuple[int, ...]
    kind: Literal["count", "real"]
    lower: float
    upper: float
    resolution: float = 1.0
    atom: str | None = None

    def __post_init__(self) -> None:
        if not self.name or any(length < 1 for length in self.shape):
            self._refuse("needs a name and positive lengths")
        if not (math.isfinite(self.lower) and math.isfinite(self.upper)):
            self._refuse("has a bound that is not a finite number")
        if self.lower > self.upper:
            self._refuse("has a lower bound above its upper bound")
        if not self.resolution > 0 or math.frexp(self.resolution)[0] != 0.5:
            self._refuse("needs a power of two as resolution")
        if self.kind == "count" and (self.resolution, self.lower % 1, self.upper % 1) != (1, 0, 0):
            self._refuse("counts whole numbers: resolution 1 and whole bounds")

    def _refuse(self, reason: str) -> None:
        raise DefinitionError(f"layout block {self.name!r} {reason}")

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    @property
    def magnitude(self) -> int:
        """Largest absolute value of one element at one site, in units of the fixed point."""
        return math.ceil(max(abs(self.lower), abs(self.upper)) / self.resolution)


def block_fields(block: Block) -> canonical.Field:
    """Return what the layout's digest covers of a block.

    Parameters
    ----------
    block
        Of the layout.
    """
    # repr of a float is the shortest text that gives the same double: exact and portable
    return (
        block.name,
        block.shape,
        block.kind,
        repr(float(block.lower)),
        repr(float(block.upper)),
        repr(float(block.resolution)),
        [] if block.atom is None else [block.atom],
    )


def encode_block(block: Block, array: NDArray[Any]) -> NDArray[np.int64]:
    """Return a block's values as flat fixed point.

    Parameters
    ----------
    block
        Gives kind, bounds and resolution.
    array
        Of the block's shape.

    Raises
    ------
    EncodingRangeError
        If a value is outside the bounds or not of the kind.
    """
    if array.shape != block.shape:
        raise LocalProtocolError(
            f"block {block.name!r} has shape {array.shape}, expected {block.shape}"
        )
    if block.kind == "count" and array.dtype.kind not in "iub":
        raise EncodingRangeError(f"block {block.name!r} counts whole numbers, not {array.dtype}")
    # written so that a NaN is refused too; the value itself is never shown
    if not bool(np.all((array >= block.lower) & (array <= block.upper))):
        raise EncodingRangeError(
            f"block {block.name!r} has a value outside its bounds {block.lower} to "
            f"{block.upper}; nothing was sent"
        )
    if block.kind == "count":
        return array.astype(np.int64).ravel()
    return np.rint(array.astype(np.float64) / block.resolution).astype(np.int64).ravel()
