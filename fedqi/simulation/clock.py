"""Virtual time: events in the order of their times, and of their scheduling where equal."""

import heapq
from collections.abc import Callable
from itertools import count

Action = Callable[[], None]


class Agenda:
    """The events that are still to come."""

    def __init__(self) -> None:
        self.now = 0.0
        self.done = 0
        self._order = count()
        self._events: list[tuple[float, int, Action]] = []

    def after(self, seconds: float, action: Action) -> None:
        """Schedule an event that many seconds from now."""
        heapq.heappush(self._events, (self.now + max(seconds, 0.0), next(self._order), action))

    def next(self, horizon: float) -> Action | None:
        """Move time to the next event and return it; None when none is left before then."""
        if not self._events or self._events[0][0] > horizon:
            return None
        self.now, _, action = heapq.heappop(self._events)
        self.done += 1
        return action
