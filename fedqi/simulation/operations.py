"""The operations of a schedule: plain values, which print as the code that makes them.

A schedule is a list of operations. Those that found the federation and announce its jobs make
it run; each of the others is one fault or one move of an adversary, bound to a moment that it
waits for. So any operation can be left out, and the rest still means the same.
"""

from dataclasses import dataclass

NEVER = 1e9
"""Seconds after which a machine comes back that never does."""


@dataclass(frozen=True, slots=True)
class Found:
    """The federation; always the first operation.

    Parameters
    ----------
    sites
        Members of the roster.
    salt
        Separates the latencies of one schedule from those of another.
    colluders
        Sites whose keys and secrets the adversary holds.
    patient
        Whether a site keeps its session after it refused a message; agents give it up.
    min_others
        Of the charter.
    """

    sites: int
    salt: int = 0
    colluders: tuple[str, ...] = ()
    patient: bool = False
    min_others: int = 2


@dataclass(frozen=True, slots=True)
class Announce:
    """The aggregator announces a job over some atoms to those invited, all if none is named."""

    job: str
    at: float
    atoms: tuple[int, ...]
    steps: int = 1
    width: int = 2
    invited: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Withhold:
    """A site has no data for an atom and declares "none"."""

    site: str
    atom: int


@dataclass(frozen=True, slots=True)
class Doubt:
    """A site does not count another member yet."""

    site: str
    other: str


@dataclass(frozen=True, slots=True)
class Demand:
    """A site asks for more honest others than the charter."""

    site: str
    min_others: int


@dataclass(frozen=True, slots=True)
class Lose:
    """The n-th message of a kind to or from a site is lost some times before it arrives."""

    site: str
    kind: str
    nth: int
    times: int = 1


@dataclass(frozen=True, slots=True)
class Late:
    """The n-th message of a kind to or from a site is that many seconds late."""

    site: str
    kind: str
    nth: int
    by: float


@dataclass(frozen=True, slots=True)
class Twice:
    """The n-th message of a kind to or from a site arrives again, that much later."""

    site: str
    kind: str
    nth: int
    after: float


@dataclass(frozen=True, slots=True)
class Crash:
    """A machine loses its memory the n-th time it comes to a moment, and restarts later.

    ``moment`` is ``"receive <message>"``, ``"store <entry>"`` (not stored yet), ``"stored
    <entry>"`` (not confirmed yet), ``"send <message>"`` (not sent yet) or ``"sent <message>"``.
    """

    site: str
    moment: str
    nth: int = 1
    down: float = 2.0


@dataclass(frozen=True, slots=True)
class CrashAggregator:
    """The aggregator loses its memory the n-th time it comes to a moment.

    ``moment`` is ``"receive <message>"``, ``"stored <message>"``, ``"proceed <phase>"`` or
    ``"proceeded <phase>"``.
    """

    moment: str
    nth: int = 1
    down: float = 2.0


@dataclass(frozen=True, slots=True)
class FullDisk:
    """The n-th entry of a kind cannot be stored; the agent stops until space is made."""

    site: str
    entry: str
    nth: int = 1
    down: float = 3.0


@dataclass(frozen=True, slots=True)
class RollBack:
    """A machine restarts from the disk as it was at an earlier time."""

    site: str
    to: float
    at: float


@dataclass(frozen=True, slots=True)
class Clone:
    """From a time on, a copy of the machine answers every second attempt."""

    site: str
    at: float


@dataclass(frozen=True, slots=True)
class Skew:
    """A clock runs wrong: deadlines of this party are multiplied, dates are off."""

    party: str
    factor: float
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Slow:
    """Everything to and from a site takes that much longer."""

    site: str
    factor: float


@dataclass(frozen=True, slots=True)
class Refresh:
    """The data at a site change; what was frozen must not."""

    site: str
    at: float


@dataclass(frozen=True, slots=True)
class GiveUp:
    """A hospital gives an atom up for ever."""

    site: str
    atom: int
    at: float


@dataclass(frozen=True, slots=True)
class Attack:
    """The aggregator carries out a named attack on a victim at the n-th opportunity.

    Parameters
    ----------
    name
        See :data:`fedqi.simulation.attacks.ATTACKS`.
    victim
        Whom it is meant for.
    nth
        Which opportunity.
    relents
        Whether the victim gets the right message afterwards.
    """

    name: str
    victim: str
    nth: int = 1
    relents: bool = True


@dataclass(frozen=True, slots=True)
class Split:
    """The aggregator runs a job twice under one name: once over these sites and the colluders.

    Parameters
    ----------
    job
        Name of both.
    sites
        Of the second run, beside the colluders, who take part in both with two sessions each.
    shared
        Whether the first run invites these sites too; otherwise it leaves them out.
    """

    job: str
    sites: tuple[str, ...]
    shared: bool = False


Fault = (
    Withhold
    | Doubt
    | Demand
    | Lose
    | Late
    | Twice
    | Crash
    | CrashAggregator
    | FullDisk
    | RollBack
    | Clone
    | Skew
    | Slow
    | Refresh
    | GiveUp
)
Operation = Found | Announce | Fault | Attack | Split
Schedule = tuple[Operation, ...]


def spoilt_by(operations: Schedule) -> frozenset[str]:
    """Return the sites that count towards c: colluders, and machines rolled back or cloned.

    Parameters
    ----------
    operations
        A schedule.
    """
    spoilt: set[str] = set()
    for operation in operations:
        if isinstance(operation, Found):
            spoilt.update(operation.colluders)
        elif isinstance(operation, RollBack | Clone):
            spoilt.add(operation.site)
    return frozenset(spoilt)
