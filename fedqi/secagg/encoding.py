"""From named numbers to a vector of the group Z/2^64 and back, without wrap-around."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from fedqi.errors import DefinitionError, EncodingRangeError, LocalProtocolError
from fedqi.secagg import canonical

UInt64Array = NDArray[np.uint64]

SIGNED_LIMIT = 2**63
WORD_BYTES = 8


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


@dataclass(frozen=True)
class Layout:
    """The blocks of one step's vector, in order.

    Parameters
    ----------
    blocks
        At least one; names are unique.
    sites
        Largest number of sites that may be summed.

    Raises
    ------
    DefinitionError
        If a sum over that many sites could leave the signed 63 bits, or names repeat.
    """

    blocks: tuple[Block, ...]
    sites: int

    def __post_init__(self) -> None:
        names = [block.name for block in self.blocks]
        if not names or len(set(names)) != len(names) or self.sites < 1:
            raise DefinitionError("a layout needs sites, and blocks with unique names")
        for block in self.blocks:
            # protocol 5.3: n_max x bound / resolution < 2^63, so that no sum wraps around
            if self.sites * block.magnitude >= SIGNED_LIMIT:
                raise DefinitionError(
                    f"layout block {block.name!r} could wrap around: {self.sites} sites x "
                    f"{block.magnitude} units is not below 2^63; lower its bounds or resolution"
                )

    @cached_property
    def length(self) -> int:
        """Number of uint64 words of the vector."""
        return sum(block.size for block in self.blocks)

    @cached_property
    def digest(self) -> bytes:
        """SHA-256 over all blocks and the number of sites, 32 bytes."""
        # protocol 5.4
        return canonical.digest("layout", self.sites, [_block_fields(b) for b in self.blocks])

    def encode(
        self, values: Mapping[str, NDArray[Any]], absent: Collection[str] = ()
    ) -> UInt64Array:
        """Turn one site's arrays into its vector.

        Parameters
        ----------
        values
            One array of the block's shape for every block that is not absent.
        absent
            Names of blocks to which the site contributes nothing: zeros, whatever their bounds.

        Returns
        -------
        UInt64Array
            Shape ``(length,)``; negative numbers in two's complement.

        Raises
        ------
        EncodingRangeError
            If a value is outside its block's bounds or not of its kind.
        LocalProtocolError
            If the names or shapes are not those of the layout.
        """
        names = {block.name for block in self.blocks}
        if not names - set(absent) <= set(values) <= names:
            raise LocalProtocolError(
                f"values for blocks {sorted(values)} do not match the layout's {sorted(names)}"
            )
        parts = [
            np.zeros(block.size, np.int64)
            if block.name in absent
            else _encode_block(block, np.asarray(values[block.name]))
            for block in self.blocks
        ]
        return np.concatenate(parts).view(np.uint64)

    def decode(self, total: UInt64Array) -> dict[str, NDArray[Any]]:
        """Turn a total back into arrays.

        Parameters
        ----------
        total
            Shape ``(length,)``.

        Returns
        -------
        dict
            int64 arrays for counts, float64 for reals, in the blocks' shapes.

        Raises
        ------
        LocalProtocolError
            If the length is another one.
        """
        if total.shape != (self.length,):
            raise LocalProtocolError(f"a total of shape {total.shape} is not ({self.length},)")
        decoded: dict[str, NDArray[Any]] = {}
        start = 0
        for block in self.blocks:
            words = total[start : start + block.size].view(np.int64).reshape(block.shape)
            decoded[block.name] = (
                words.copy() if block.kind == "count" else words * block.resolution
            )
            start += block.size
        return decoded

    def out_of_bounds(self, total: UInt64Array) -> str | None:
        """Return the first block whose total no permitted values could give, or None.

        Parameters
        ----------
        total
            Shape ``(length,)``.
        """
        start = 0
        for block in self.blocks:
            words = total[start : start + block.size].view(np.int64)
            low = self.sites * min(0, math.floor(block.lower / block.resolution))
            high = self.sites * max(0, math.ceil(block.upper / block.resolution))
            if bool(np.any(words < low)) or bool(np.any(words > high)):
                return block.name
            start += block.size
        return None


def _block_fields(block: Block) -> canonical.Field:
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


def _encode_block(block: Block, array: NDArray[Any]) -> NDArray[np.int64]:
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
