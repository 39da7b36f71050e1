"""What a machine stands in, what it was set up with, and its sessions."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fedqi.benchmarking.participation import Member, Participant
from fedqi.secagg import AttemptParameters, SitePhase
from fedqi.simulation.moments import Moments
from fedqi.simulation.setting import Rules
from fedqi.simulation.watch import Watch

if TYPE_CHECKING:
    from fedqi.simulation.machine import Machine


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a machine stands in.

    Parameters
    ----------
    rules
        What all members signed.
    moments
        Where it fails.
    watch
        Sees everything that it does.
    carry
        Takes a message to the aggregator: machine, bytes, kind.
    clock
        Seconds as this site's clock tells them.
    fell
        Told when the machine went down, and for how long.
    patient
        Whether it keeps a session that refused a message.
    """

    rules: Rules
    moments: Moments
    watch: Watch
    carry: Callable[["Machine", bytes, str], None]
    clock: Callable[[], float]
    fell: Callable[["Machine", float], None]
    patient: bool


@dataclass(frozen=True, slots=True)
class Habits:
    """What a site was set up with.

    Parameters
    ----------
    withheld
        Atoms it has no data for.
    min_others
        Honest others it asks for.
    uncounted
        Members it does not count.
    """

    withheld: frozenset[str] = frozenset()
    min_others: int = 1
    uncounted: tuple[str, ...] = ()


class Session(Participant):
    """One attempt; says where it stands."""

    @property
    def phase(self) -> SitePhase:
        """Where the session stands."""
        return self._session.phase

    @classmethod
    def of(cls, member: Member, parameters: AttemptParameters) -> "Session":
        """Begin an attempt with new keys."""
        return cls(member, member.join(parameters)._session)
