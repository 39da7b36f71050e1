"""A replayable stand-in for a cryptographic source, for rehearsals and tests."""

import hashlib
from collections.abc import Callable


def seeded_entropy(seed: int) -> Callable[[int], bytes]:
    """Return a replayable source of bytes: SHAKE-256 over the seed and a counter.

    Never for real work: whoever knows the seed can unmask every vector.

    Parameters
    ----------
    seed
        Any number.
    """
    calls = 0

    def draw(count: int) -> bytes:
        nonlocal calls
        calls += 1
        return hashlib.shake_256(f"fedqi/v1/seed/{seed}/{calls}".encode()).digest(count)

    return draw
