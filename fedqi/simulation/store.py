"""The simulated aggregator's disk: what is stored of a job, and nothing else survives."""

from dataclasses import dataclass, field

from fedqi.secagg import AttemptMode
from fedqi.secagg.messages import Certificate
from fedqi.simulation.attempt import Step
from fedqi.simulation.setting import Spec
from fedqi.wire.control import Intent


@dataclass(frozen=True, slots=True)
class Ending:
    """How a job ended.

    Parameters
    ----------
    outcome
        ``released``, ``partial`` or ``ended``.
    kind
        Why, in a few words that do not name anyone.
    waiting
        Whom it waited for in vain, or who refused.
    detail
        More words.
    """

    outcome: str
    kind: str = ""
    waiting: tuple[str, ...] = ()
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Stored:
    """One line of the aggregator's store: a message taken, or a step made."""

    attempt: int
    site: str = ""
    data: bytes = b""
    step: Step = Step.WAIT


@dataclass(slots=True)
class Beginning:
    """How an attempt was opened, as stored."""

    mode: AttemptMode
    participants: tuple[str, ...]
    certificate: Certificate | None = field(default=None)


@dataclass
class Store:
    """The aggregator's disk, for one job."""

    spec: Spec
    invited: tuple[str, ...]
    announced: float
    intents: dict[str, Intent] = field(default_factory=dict)
    beginnings: list[Beginning] = field(default_factory=list)
    lines: list[Stored] = field(default_factory=list)
    verified: int = 0
    ending: Ending | None = None
