"""From named numbers to a vector of the group Z/2^64 and back, without wrap-around."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedqi.errors import DefinitionError, LocalProtocolError
from fedqi.secagg import canonical
from fedqi.secagg.blocks import Block, block_fields, encode_block

__all__ = ["Block", "Layout", "UInt64Array"]

UInt64Array = NDArray[np.uint64]

SIGNED_LIMIT = 2**63
WORD_BYTES = 8


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
        return canonical.digest("layout", self.sites, [block_fields(b) for b in self.blocks])

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
            else encode_block(block, np.asarray(values[block.name]))
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
