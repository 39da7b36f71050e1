"""What an adversarial aggregator holds while it makes a move."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fedqi.secagg import AttemptParameters
from fedqi.secagg.messages import (
    AggregatorMessage,
    SiteMessage,
)
from fedqi.simulation.attempt import Attempt
from fedqi.simulation.setting import Spec
from fedqi.wire.control import AggregatorBody, SiteEnvelope

if TYPE_CHECKING:
    from fedqi.simulation.world import World

Place = tuple[str, int]
Forged = list[AggregatorBody | SiteMessage | bytes]


def plus_one(data: bytes) -> bytes:
    """Return the words of a vector with the first one larger by one."""
    words = np.frombuffer(data, "<u8").copy()
    words[0] += np.uint64(1)
    return words.tobytes()


class Hand:
    """Everything that came in and went out at the aggregator.

    Parameters
    ----------
    world
        The federation.
    """

    def __init__(self, world: "World") -> None:
        self.world = world
        self.heard: dict[Place, dict[tuple[str, str, int], SiteMessage]] = defaultdict(dict)
        self.sent: dict[Place, dict[tuple[str, str], AggregatorMessage]] = defaultdict(dict)

    def hear(self, site: str, envelope: SiteEnvelope) -> None:
        """Keep a site's message, whether the honest part of the aggregator takes it or not."""
        if isinstance(envelope.body, SiteMessage):
            key = (type(envelope.body).__name__, site, getattr(envelope.body, "step", 0))
            self.heard[envelope.job, envelope.attempt].setdefault(key, envelope.body)

    def shown(self, job: str, attempt: int, site: str, body: AggregatorBody) -> None:
        """Keep what the honest part shows to a site."""
        if isinstance(body, AggregatorMessage):
            self.sent[job, attempt].setdefault((type(body).__name__, site), body)

    def over(self, job: str, attempt: int, victim: str) -> "View":
        """Return the hand as one move uses it."""
        return View(self, (job, attempt), victim)


@dataclass(frozen=True, slots=True)
class View:
    """The hand, over one victim in one attempt."""

    hand: Hand
    place: Place
    victim: str

    @property
    def colluders(self) -> tuple[str, ...]:
        """Sites whose keys the adversary has."""
        return self.hand.world.colluders

    @property
    def attempt(self) -> Attempt:
        """The honest part's attempt."""
        job = self.hand.world.aggregator.job(self.place[0])
        assert job is not None and job.attempt is not None
        return job.attempt

    @property
    def parameters(self) -> AttemptParameters:
        """Public facts of the attempt."""
        return self.attempt.parameters

    @property
    def spec(self) -> Spec:
        """The job."""
        return self.attempt.spec

    def known_counters(self) -> Mapping[str, tuple[int, bytes]]:
        """Return what the victim has seen of the others' histories, as its adverts show."""
        machine = self.hand.world.machine_of(self.victim, *self.place)
        return self.hand.world.watch.known_counters(machine, self.place)

    def send(self, site: str, body: AggregatorBody) -> None:
        """Send a message to another site, before what the honest part has not sent yet."""
        self.hand.world.adversary.send(*self.place, site, body)

    def later(self, seconds: float, site: str, make: Callable[[], AggregatorBody]) -> None:
        """Send a message to a site later, made from what was heard by then, if all still runs."""

        def act() -> None:
            job = self.hand.world.aggregator.job(self.place[0])
            if job is not None and job.attempt is not None:
                self.send(site, make())

        self.hand.world.agenda.after(seconds, act)

    def of_kind(self, kind: type[Any], step: int = 0) -> dict[str, Any]:
        """Return the messages of a kind in this attempt, by site."""
        found = self.hand.heard[self.place].items()
        return {site: m for (name, site, at), m in found if (name, at) == (kind.__name__, step)}

    def of_another(self, kind: type[Any]) -> list[Any]:
        """Return messages of a kind that the victim was shown in other attempts."""
        name = (kind.__name__, self.victim)
        return [
            sent[name] for place, sent in self.hand.sent.items()
            if place != self.place and name in sent
        ]  # fmt: skip

    def heard_elsewhere(self, kind: type[Any], site: str) -> list[Any]:
        """Return messages of a kind that a site sent in other attempts."""
        return [
            message
            for place, heard in self.hand.heard.items()
            for (name, author, _), message in heard.items()
            if place != self.place and (name, author) == (kind.__name__, site)
        ]

    def others(self, sites: tuple[str, ...]) -> tuple[str, ...]:
        """Return the sites but the victim, honest ones first."""
        rest = [site for site in sites if site != self.victim]
        return tuple(sorted(rest, key=lambda site: (site in self.colluders, site)))


@dataclass(frozen=True, slots=True)
class Move:
    """One named attack.

    Parameters
    ----------
    name
        In words.
    on
        At which message to the victim it is made.
    forge
        Makes the messages that the victim is shown; None where it cannot be made now.
    refused
        Whether an honest site must refuse the message itself. Otherwise the message may be
        accepted, and what follows from it must reveal nothing.
    repeats
        Whether the right message goes first, and the forged ones come after it.
    spread
        What the adversary does to other sites at the same time.
    weight
        How often it is drawn, beside the others; more where it can seldom be made.
    """

    name: str
    on: type[Any]
    forge: Callable[[View, Any], Forged | None]
    refused: bool = True
    repeats: bool = False
    spread: Callable[[View, Any], None] | None = None
    weight: float = 1.0
