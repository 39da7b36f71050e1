"""Which operation waits for which moment: the n-th time a party comes to a point of its work."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from fedqi.simulation.operations import (
    Attack,
    Crash,
    CrashAggregator,
    FullDisk,
    Late,
    Lose,
    Operation,
    Twice,
)

AGGREGATOR = "the aggregator"
Moment = tuple[str, str]


class PowerCut(Exception):  # noqa: N818  it is an event of the simulation, not an error
    """The machine loses its memory here.

    Parameters
    ----------
    down
        Seconds until it restarts.
    """

    def __init__(self, down: float) -> None:
        self.down = down
        super().__init__(f"down for {down} s")


class Moments:
    """Counts the moments and hands out what waits for them.

    Parameters
    ----------
    operations
        A schedule.
    """

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._seen: Counter[Moment] = Counter()
        self._waiting: dict[Moment, list[tuple[int, Operation]]] = defaultdict(list)
        for operation in operations:
            match operation:
                case Crash(site, moment, nth):
                    self._waiting[site, moment].append((nth, operation))
                case CrashAggregator(moment, nth):
                    self._waiting[AGGREGATOR, moment].append((nth, operation))
                case FullDisk(site, entry, nth):
                    self._waiting[site, f"store {entry}"].append((nth, operation))
                case Lose(site, kind, nth) | Late(site, kind, nth) | Twice(site, kind, nth):
                    self._waiting[site, f"carry {kind}"].append((nth, operation))
                case Attack(name, victim, nth):
                    self._waiting[victim, f"attack {name}"].append((nth, operation))

    def reached(self, party: str, moment: str) -> list[Operation]:
        """Count a moment and return the operations that happen at it."""
        waiting = self._waiting.get((party, moment))
        if waiting is None:
            return []
        self._seen[party, moment] += 1
        nth = self._seen[party, moment]
        return [operation for place, operation in waiting if place == nth]

    def power(self, party: str, moment: str) -> None:
        """Cut the power if a crash waits for this moment.

        Raises
        ------
        PowerCut
            Then.
        """
        for operation in self.reached(party, moment):
            if isinstance(operation, Crash | CrashAggregator | FullDisk):
                raise PowerCut(operation.down)
