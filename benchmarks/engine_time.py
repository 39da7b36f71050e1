"""The cheapest of several runs, on the clock and in processor time."""

import time
from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeVar

Result = TypeVar("Result")


class Time(NamedTuple):
    """What one run took.

    Parameters
    ----------
    seconds, cpu_s
        On the clock, and of all threads of the process.
    task, system
        What ran.
    """

    seconds: float
    cpu_s: float
    task: str = ""
    system: str = ""


def cheapest(
    calls: Mapping[str, Callable[[], Result]], repeat: int
) -> dict[str, tuple[Time, Result]]:
    """Run calls in turn, several times, and return the fastest run of each with its result.

    Parameters
    ----------
    calls
        Name to call.
    repeat
        Runs of each.
    """
    best: dict[str, tuple[Time, Result]] = {}
    for _ in range(repeat):
        for name, call in calls.items():
            run = timed(call)
            if name not in best or run[0].seconds < best[name][0].seconds:
                best[name] = run
    return best


def timed(call: Callable[[], Result]) -> tuple[Time, Result]:
    """Return what a call took, and its result."""
    start, cpu = time.perf_counter(), time.process_time()
    result = call()
    return Time(time.perf_counter() - start, time.process_time() - cpu), result
