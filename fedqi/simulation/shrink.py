"""Delta debugging: the fewest and plainest operations that still show a violation.

References
----------
Zeller, Hildebrandt (2002), "Simplifying and Isolating Failure-Inducing Input",
doi:10.1109/32.988498.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from fedqi.simulation.operations import Announce, Attack, Found, Schedule
from fedqi.simulation.world import Outcome

MOST_RUNS = 160
Observe = Callable[[Schedule], Outcome]


class Shrinker:
    """Tries shorter schedules, as long as the same invariant is violated.

    Parameters
    ----------
    invariant
        Which.
    observe
        Runs a schedule.
    """

    def __init__(self, invariant: str, observe: Observe) -> None:
        self._invariant, self._observe = invariant, observe
        self._runs = 0
        self._known: dict[Schedule, bool] = {}

    def fails(self, operations: Schedule) -> bool:
        """Tell whether a schedule still shows the violation."""
        if operations not in self._known:
            self._runs += 1
            if self._runs > MOST_RUNS:
                return False
            violation = self._observe(operations).violation
            same = violation is not None and violation.invariant == self._invariant
            self._known[operations] = same
        return self._known[operations]

    def shorten(self, operations: Schedule) -> Schedule:
        """Leave out halves, quarters, and at last single operations."""
        head, rest = operations[:1], operations[1:]
        size = max(1, len(rest) // 2)
        while True:
            start, before = 0, len(rest)
            while start < len(rest):
                shorter = rest[:start] + rest[start + size :]
                if self.fails(head + shorter):
                    rest = shorter
                else:
                    start += size
            if size == 1 and len(rest) == before:
                return head + rest
            size = max(1, size // 2)

    def simplify(self, operations: Schedule) -> Schedule:
        """Replace each operation by the plainest form that will do."""
        for place in range(len(operations)):
            while (plainer := self._plainer(operations, place)) is not None:
                operations = plainer
        return operations

    def _plainer(self, operations: Schedule, place: int) -> Schedule | None:
        for other in _plainer_forms(operations[place]):
            candidate = (*operations[:place], other, *operations[place + 1 :])
            if other != operations[place] and self.fails(candidate):
                return candidate
        return None


def _plainer_forms(operation: object) -> Iterator[Found | Announce | Attack]:
    match operation:
        case Found():
            yield replace(operation, salt=0)
            yield replace(operation, colluders=operation.colluders[1:])
            yield replace(operation, patient=False)
            yield replace(operation, sites=max(5, operation.sites - 1))
        case Announce():
            yield replace(operation, atoms=operation.atoms[:1])
            yield replace(operation, steps=max(1, operation.steps - 1))
            yield replace(operation, width=1)
            yield replace(operation, invited=())
        case Attack():
            yield replace(operation, nth=1)
            yield replace(operation, relents=True)


def shrink(operations: Schedule, invariant: str, observe: Observe) -> Schedule:
    """Return a short schedule that violates the same invariant.

    Parameters
    ----------
    operations
        A schedule that does.
    invariant
        Which.
    observe
        Runs a schedule.
    """
    shrinker = Shrinker(invariant, observe)
    return shrinker.shorten(shrinker.simplify(shrinker.shorten(operations)))
