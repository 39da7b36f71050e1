"""Masked vectors on their way through the aggregator: added up at once, kept elsewhere."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol, overload

import numpy as np

from fedqi.secagg.encoding import UInt64Array
from fedqi.secagg.messages import MaskedInput


class VectorStore(Protocol):
    """Keeps the masked vectors of one attempt, outside the memory of a service.

    It gives back what was put in; that the vectors were those of a site is checked where a
    total is verified, so that a store that errs is found out.
    """

    def put(self, step: int, site: str, vector: bytes) -> None:
        """Keep a vector until the attempt is over."""

    def get(self, step: int, site: str) -> bytes:
        """Return a vector that was put."""


class MemoryStore:
    """Keeps vectors in memory until the step after the next: for attempts in one process."""

    def __init__(self) -> None:
        self._steps: dict[int, dict[str, bytes]] = {}

    def put(self, step: int, site: str, vector: bytes) -> None:
        """Keep a vector; those of the step before may still be on their way to a site."""
        if step not in self._steps:
            self._steps = {kept: v for kept, v in self._steps.items() if kept == step - 1}
            self._steps[step] = {}
        self._steps[step][site] = vector

    def get(self, step: int, site: str) -> bytes:
        """Return a vector of this step or the one before."""
        return self._steps[step][site]


class RunningSum:
    """The masked inputs of a step, added up one at a time.

    Parameters
    ----------
    length
        Words of a vector.

    Attributes
    ----------
    total
        Sum modulo 2^64 so far.
    edges
        Site -> whom it masked against, one bit for each member of U1.
    """

    def __init__(self, length: int) -> None:
        self.total: UInt64Array = np.zeros(length, dtype=np.uint64)
        self.edges: dict[str, int] = {}

    def add(self, message: MaskedInput) -> None:
        """Add a masked input that was checked.

        Parameters
        ----------
        message
            Of a site that was not added before.
        """
        # protocol 7.12
        np.add(self.total, np.frombuffer(message.vector, dtype="<u8"), out=self.total)
        self.edges[message.site] = int.from_bytes(message.peers, "little")


class StoredInputs(Sequence[MaskedInput]):
    """The masked inputs of a step, each read from a store when it is asked for.

    Parameters
    ----------
    headers
        The messages without their vectors, in order.
    store
        Has the vectors.
    """

    def __init__(self, headers: Sequence[MaskedInput], store: VectorStore) -> None:
        self._headers = tuple(headers)
        self._store = store

    def __len__(self) -> int:
        return len(self._headers)

    @overload
    def __getitem__(self, index: int) -> MaskedInput: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[MaskedInput, ...]: ...

    def __getitem__(self, index: int | slice) -> MaskedInput | tuple[MaskedInput, ...]:
        if isinstance(index, slice):
            return tuple(self[place] for place in range(*index.indices(len(self))))
        header = self._headers[index]
        return replace(header, vector=self._store.get(header.step, header.site))
