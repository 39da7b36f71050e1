"""Trying again: with growing pauses, only where it can help, and saying why."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import grpc

from fedqi.errors import RemoteProtocolError
from site_agent.rpc_errors import Trouble, in_plain_words, is_temporary, trouble

FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 30.0
ResultT = TypeVar("ResultT")


def silent(reason: str, seconds: float) -> None:
    """Say nothing about a pause."""


@dataclass(frozen=True, slots=True)
class Retry:
    """How often an operation is tried, and who hears of it.

    Parameters
    ----------
    attempts
        Tries at most; None for a service that waits out any outage.
    notify
        Called with the kind of trouble and the pause in seconds before each new try.
    """

    attempts: int | None = None
    notify: Callable[[str, float], None] = silent

    async def run(self, operation: Callable[[], Awaitable[ResultT]], address: str) -> ResultT:
        """Run an operation until it succeeds or cannot succeed without somebody acting.

        An answer that is cut off or malformed changes nothing at this site, and to stop would
        lose the secrets of a running attempt: it is asked for again, too.

        Raises
        ------
        FedQIError
            What a failed call means in plain words.
        """
        failures = 0
        while True:
            failures += 1
            try:
                return await operation()
            except grpc.RpcError as error:
                if not is_temporary(error) or failures == self.attempts:
                    raise in_plain_words(error, address) from None
                reason = trouble(error)
            except RemoteProtocolError:
                if failures == self.attempts:
                    raise
                reason = Trouble.MALFORMED
            pause = pause_seconds(failures)
            self.notify(reason.value, pause)
            await asyncio.sleep(pause)


def pause_seconds(failures: int) -> float:
    """Return the pause after so many failures in a row: doubling, capped, with jitter.

    The jitter keeps a hundred agents from knocking at the same moment after an outage.
    """
    longest = min(FIRST_PAUSE_SECONDS * 2.0 ** min(failures - 1, 16), LONGEST_PAUSE_SECONDS)
    return round(longest * (0.5 + secrets.randbelow(1000) / 2000), 3)
