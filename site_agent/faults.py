"""Fault injection for drills: the process kills itself at a chosen point of the protocol.

It exists so that a collaborative can rehearse what happens when a hospital's machine fails in
the middle of a job. SIGKILL cannot be caught: nothing is flushed, closed or said goodbye to.
"""

import os
import signal
from dataclasses import dataclass

from site_agent.ledger import word_of

POINTS = (
    "intent",
    "advert",
    "shares",
    "masked-input",
    "statement",
    "unmasking",
    "verdict",
    "discard-receipt",
)
"""Words for the messages of a site, in the order of the protocol."""


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """Where to die; both None in normal service.

    Parameters
    ----------
    stop_before
        Die before the first message of this kind is handed to the network.
    stop_after
        Die once the aggregator has acknowledged the first message of this kind.
    step
        Messages of other steps do not count; those that belong to no step do.
    """

    stop_before: str | None = None
    stop_after: str | None = None
    step: int = 0

    def before_sending(self, message: object) -> None:
        """Die here if the plan says so."""
        if self._is_due(message, self.stop_before):
            _die()

    def after_acknowledged(self, message: object) -> None:
        """Die here if the plan says so."""
        if self._is_due(message, self.stop_after):
            _die()

    def _is_due(self, message: object, point: str | None) -> bool:
        return word_of(message) == point and getattr(message, "step", self.step) == self.step


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
