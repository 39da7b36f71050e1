"""Running schedules: one, the one of a seed, or many."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from fedqi.simulation.draw import draw
from fedqi.simulation.operations import Operation, Schedule
from fedqi.simulation.shrink import shrink
from fedqi.simulation.violation import Violation
from fedqi.simulation.world import Outcome, World

BROKEN = "nothing but a documented error is raised"


def replay(operations: Sequence[Operation]) -> Outcome:
    """Run a schedule, and raise what it violates.

    Parameters
    ----------
    operations
        Begins with ``Found``.

    Raises
    ------
    Violation
        Naming the invariant.
    """
    outcome = observe(tuple(operations))
    if outcome.violation is not None:
        raise outcome.violation
    return outcome


def observe(operations: Schedule) -> Outcome:
    """Run a schedule and return what became of it, a violation included.

    An exception that no part of the federation expected is a violation too.
    """
    try:
        return World(operations).run()
    except Exception as error:
        found = f"{type(error).__name__}: {error}"
        violation = Violation(BROKEN, found)
        violation.__cause__ = error
        return Outcome({}, Counter(), 0, {}, violation)


@dataclass(frozen=True, slots=True)
class Finding:
    """A violation, and the shortest schedule found that shows it.

    Parameters
    ----------
    seed
        Whose schedule it was.
    event
        Number of the event at which it happened.
    violation
        What happened.
    operations
        The shrunk schedule.
    """

    seed: int
    event: int
    violation: Violation
    operations: Schedule

    def regression(self) -> str:
        """Return the schedule as code for a test."""
        lines = "".join(f"        {operation!r},\n" for operation in self.operations)
        return f"replay(\n    [\n{lines}    ]\n)"


@dataclass
class Tally:
    """What became of many seeds.

    Parameters
    ----------
    seeds
        How many were run.
    released, partial
        Seeds of which at least one job was released, or else came to a part.
    ended
        Why jobs ended without a release -> how many.
    attacks
        Attack -> how often it was carried out.
    findings
        Violations.
    """

    seeds: int = 0
    released: int = 0
    partial: int = 0
    ended: Counter[str] = field(default_factory=Counter)
    attacks: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        """Count one seed."""
        self.seeds += 1
        self.attacks.update(outcome.attacks)
        outcomes = {ending.outcome for ending in outcome.endings.values()}
        self.released += "released" in outcomes
        self.partial += "partial" in outcomes and "released" not in outcomes
        self.ended.update(e.kind for e in outcome.endings.values() if e.outcome == "ended")

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        return {
            "seeds": self.seeds,
            "released": self.released,
            "partial": self.partial,
            "ended": dict(sorted(self.ended.items())),
            "attacks": dict(sorted(self.attacks.items())),
            "violations": [
                {
                    "seed": finding.seed,
                    "event": finding.event,
                    "invariant": finding.violation.invariant,
                    "found": finding.violation.found,
                    "operations": [repr(operation) for operation in finding.operations],
                }
                for finding in self.findings
            ],
        }


def run_seeds(seeds: Iterable[int], progress: Callable[["Tally"], None] | None = None) -> Tally:
    """Run the schedules of many seeds; each that violates an invariant is shrunk.

    Parameters
    ----------
    seeds
        Which.
    progress
        Called after each with what became of all so far.
    """
    tally = Tally()
    for seed in seeds:
        operations = draw(seed)
        outcome = observe(operations)
        tally.add(outcome)
        if outcome.violation is not None:
            short = shrink(operations, outcome.violation.invariant, observe)
            tally.findings.append(Finding(seed, outcome.at, outcome.violation, short))
        if progress is not None:
            progress(tally)
    return tally
