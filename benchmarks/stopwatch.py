"""Processor time and bytes, charged to the party and the phase that caused them."""

import gc
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

Result = TypeVar("Result")


class Stopwatch:
    """Adds up processor time by party and phase, and bytes by direction and phase.

    Calls may be nested: what the inner one takes is not charged to the outer one.

    Attributes
    ----------
    seconds
        (party, phase) -> processor seconds.
    sizes
        (direction, phase) -> bytes.
    """

    def __init__(self) -> None:
        self.seconds: defaultdict[tuple[str, str], float] = defaultdict(float)
        self.sizes: Counter[tuple[str, str]] = Counter()
        self._inner = 0.0

    def time(self, party: str, phase: str, call: Callable[..., Result], *arguments: Any) -> Result:
        """Call and charge the party for it.

        Parameters
        ----------
        party, phase
            Whom and what to charge.
        call, arguments
            What to time.
        """
        before, self._inner = self._inner, 0.0
        start = time.process_time()
        result = call(*arguments)
        taken = time.process_time() - start
        self.seconds[party, phase] += taken - self._inner
        self._inner = before + taken
        return result

    def count(self, direction: str, phase: str, size: int) -> None:
        """Charge bytes.

        Parameters
        ----------
        direction, phase
            What to charge.
        size
            Bytes.
        """
        self.sizes[direction, phase] += size


@contextmanager
def undisturbed() -> Iterator[None]:
    """Keep the garbage collector out of a measurement.

    It would walk over the objects of all parties, which only a benchmark has in one process.
    """
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
