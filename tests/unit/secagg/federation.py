"""A federation in memory: real sessions, a driver that obeys them, and nothing else.

Sessions and messages are typed loosely here, as an adversary hands over what it likes.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from numpy.typing import NDArray

from fedqi.secagg import (
    AggregatorSession,
    AttemptMode,
    AttemptParameters,
    Block,
    Commit,
    HistoryHead,
    Layout,
    Output,
    PublicState,
    Send,
    SiteSession,
    default_collusion_bound,
    set_digest,
)
from fedqi.secagg.encoding import UInt64Array
from fedqi.secagg.messages import (
    AtomDeclaration,
    Declared,
)

HEAD = bytes(32)


class Entropy:
    """Deterministic bytes: SHA-256 in counter mode over a seed."""

    def __init__(self, seed: str) -> None:
        self._seed, self._counter = seed.encode(), 0

    def __call__(self, size: int) -> bytes:
        out = b""
        while len(out) < size:
            self._counter += 1
            out += hashlib.sha256(self._seed + self._counter.to_bytes(8, "big")).digest()
        return out[:size]


def names(count: int) -> tuple[str, ...]:
    return tuple(f"s{index:03d}" for index in range(count))


def identity_of(site: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(site.encode()).digest())


def parameters_for(
    count: int = 6,
    atoms: tuple[str, ...] = ("hf",),
    attempt: int = 1,
    mode: AttemptMode = AttemptMode.OPEN,
    job: str = "job",
) -> AttemptParameters:
    charter, roster, programme, plan = (
        hashlib.sha256(name.encode()).digest() for name in ("c", "r", "p", job)
    )
    identities = {s: identity_of(s).public_key().public_bytes_raw() for s in names(count)}
    bound = default_collusion_bound(count)
    return AttemptParameters(
        "qi", job, attempt, mode, charter, roster, programme, plan, identities, bound, 2, atoms
    )


@dataclass
class Plan:
    """Sums the same values ``steps`` times, one count block per atom and one real block."""

    atoms: tuple[str, ...]
    figures: Mapping[str, list[int]] = field(default_factory=dict)
    steps: int = 1
    sites: int = 200
    width: int = 3
    upper: int = 10_000

    def layout(self, state: PublicState) -> Layout | None:
        if len(state.totals) == self.steps:
            return None
        blocks = [
            Block(atom, (self.width,), "count", 0, self.upper, atom=atom) for atom in self.atoms
        ]
        return Layout(tuple(blocks), self.sites)

    def values(self, state: PublicState) -> dict[str, NDArray[Any]]:
        step = len(state.totals)
        return {atom: np.array(self.figures[atom]) + step for atom in self.atoms}


def figures_of(site: str, atoms: Iterable[str], width: int = 3) -> dict[str, list[int]]:
    base = int.from_bytes(hashlib.sha256(site.encode()).digest()[:2], "big") % 1000
    return {
        atom: [base + 7 * i + column for column in range(width)] for i, atom in enumerate(atoms)
    }


@dataclass
class Site:
    """One session and what its driver stored and sent."""

    name: str
    session: Any  # SiteSession
    plan: Plan
    entries: list[Any] = field(default_factory=list)
    outputs: list[Any] = field(default_factory=list)

    def obey(self, outputs: list[Output]) -> list[Any]:
        sent: list[Any] = []
        for output in outputs:
            self.outputs.append(output)
            if isinstance(output, Send):
                sent.append(output.message)
            elif isinstance(output, Commit):
                self.entries.append(output.entry)
                sent += self.obey(self.session.confirm(output))
        return sent

    def start(self) -> list[Any]:
        return self.obey(self.session.start())

    def take(self, message: Any) -> list[Any]:
        return self.obey(self.session.receive(message))


def make_site(
    parameters: AttemptParameters,
    name: str,
    steps: int = 1,
    declared: Mapping[str, AtomDeclaration] | None = None,
    **options: Any,
) -> Site:
    atoms = parameters.atoms
    width = int(options.pop("width", 3))
    plan = Plan(atoms, figures_of(name, atoms, width), steps, width=width)
    declarations = {a: AtomDeclaration(a, Declared.FREE) for a in atoms} | dict(declared or {})
    settings: dict[str, Any] = {
        "history": HistoryHead(0, HEAD),
        "entropy": Entropy(f"{name}/{parameters.name}"),
        "min_others": 2,
    } | options
    session = SiteSession(
        parameters,
        name,
        identity_of(name),
        plan,
        declarations,
        **settings,
    )
    return Site(name, session, plan)


def none(atom: str) -> AtomDeclaration:
    return AtomDeclaration(atom, Declared.NONE)


def bound(atom: str, sites: Iterable[str]) -> AtomDeclaration:
    return AtomDeclaration(atom, Declared.BOUND, set_digest(sorted(sites)))


Intercept = Callable[[str, Any], Any]


@dataclass
class Federation:
    """All sites and one aggregator; ``drops`` maps a site to the round it misses first."""

    parameters: AttemptParameters
    sites: dict[str, Site]
    aggregator: Any  # AggregatorSession
    drops: Mapping[str, str] = field(default_factory=dict)
    intercept: Intercept = lambda site, message: message
    started: bool = False
    send: Any = None  # replaced by tests that hold messages back

    def __post_init__(self) -> None:
        self.send = self.send or self.deliver

    def deliver(self, site: str, messages: list[Any]) -> None:
        for message in messages:
            if self.drops.get(site) == type(message).__name__:
                self.sites.pop(site, None)
                return
            self.aggregator.receive(site, message)

    def start(self) -> None:
        self.started = True
        for site in list(self.sites):
            self.send(site, self.sites[site].start())

    def proceed(self) -> None:
        for site, message in self.aggregator.proceed():
            shown = self.intercept(site, message)
            if site in self.sites and shown is not None:
                self.send(site, self.sites[site].take(shown))

    def run(self, until: str = "done") -> Any:
        if not self.started:
            self.start()
        while self.aggregator.phase != until:
            self.proceed()
        return self.aggregator.result

    def expected(self, cohort: Iterable[str], step: int = 0) -> UInt64Array:
        """The plain sum of the values of a cohort whose sites all offer everything."""
        atoms = self.parameters.atoms
        rows = [
            np.concatenate([np.array(figures_of(s, atoms)[a]) + step for a in atoms])
            for s in cohort
        ]
        total: UInt64Array = np.sum(rows, axis=0).astype(np.uint64)
        return total


def federation(
    parameters: AttemptParameters | None = None,
    steps: int = 1,
    sites: Iterable[str] | None = None,
    drops: Mapping[str, str] | None = None,
    declared: Mapping[str, Mapping[str, AtomDeclaration]] | None = None,
    **options: Any,
) -> Federation:
    given = parameters or parameters_for()
    members = tuple(sites or given.identities)
    made = {
        name: make_site(given, name, steps, (declared or {}).get(name), **options)
        for name in members
    }
    plan = Plan(given.atoms, steps=steps, width=int(options.get("width", 3)))
    return Federation(given, made, AggregatorSession(given, plan, members), drops or {})


def closed(parameters: AttemptParameters, attempt: int = 2) -> AttemptParameters:
    return replace(parameters, attempt=attempt, mode=AttemptMode.CLOSED)
