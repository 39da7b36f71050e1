"""A whole federation in one process and in virtual time, from one seed: faults and attacks."""

from fedqi.simulation.draw import draw
from fedqi.simulation.run import Finding, Tally, observe, replay, run_seeds
from fedqi.simulation.violation import Violation
from fedqi.simulation.world import Outcome

__all__ = ["Finding", "Outcome", "Tally", "Violation", "draw", "observe", "replay", "run_seeds"]
