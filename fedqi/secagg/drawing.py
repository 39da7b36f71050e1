"""Drawing without bias from bytes of entropy."""

from collections.abc import Callable, Sequence

WORD_BYTES = 8
WORDS = 2**64


def draw(candidates: Sequence[str], count: int, entropy: Callable[[int], bytes]) -> tuple[str, ...]:
    """Return ``count`` of the candidates, uniformly and without replacement, sorted.

    Parameters
    ----------
    candidates
        Distinct.
    count
        At most as many as there are; all of them need no entropy.
    entropy
        Returns that many random bytes.
    """
    # protocol 4.7
    pool = list(candidates)
    if count == len(pool):
        return tuple(sorted(pool))
    for place in range(count):
        other = place + _below(len(pool) - place, entropy)
        pool[place], pool[other] = pool[other], pool[place]
    return tuple(sorted(pool[:count]))


def _below(limit: int, entropy: Callable[[int], bytes]) -> int:
    # words at or above the largest multiple of the limit would favour small numbers
    while True:
        word = int.from_bytes(entropy(WORD_BYTES), "big")
        if word < WORDS - WORDS % limit:
            return word % limit
