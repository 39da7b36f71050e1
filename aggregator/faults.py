"""Fault injection for drills: the process kills itself in a chosen phase of a job.

It exists so that an operator can rehearse what happens when the aggregator's machine fails in
the middle of a job. SIGKILL cannot be caught: nothing is flushed, closed or said goodbye to.
"""

import os
import signal
from dataclasses import dataclass

from fedqi.secagg.transitions import Phase

JOINING = "joining"
PHASES = (JOINING, *(phase.value for phase in Phase if phase not in (Phase.DONE, Phase.ABORTED)))


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """Where to die; None in normal service.

    Parameters
    ----------
    stop_in
        Die once the first message of this phase is stored, before it is acknowledged.
    """

    stop_in: str | None = None

    def after_stored(self, phase: str) -> None:
        """Die here if the plan says so."""
        if self.stop_in is not None and phase == self.stop_in:
            os.kill(os.getpid(), signal.SIGKILL)
