"""An aggregator under the control of the test, in league with some sites.

It drives real :class:`fedqi.secagg.SiteSession` objects and may show any of them anything.
Whatever a site sends goes into :class:`Knowledge`, with the colluders' secrets and the shares
that they hold. How an honest site masked is read off its session: the analysis may know it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from fedqi.errors import RemoteProtocolError
from fedqi.secagg import AttemptParameters, UnmaskingAnswered
from fedqi.secagg.keys import PairChannel, agree, load_key
from fedqi.secagg.messages import (
    Advert,
    AdvertList,
    MaskedInput,
    SelfMaskShare,
    Shares,
    SharesDelivery,
    Statement,
    StatementSet,
    SurvivorEntry,
    Survivors,
    Unmasking,
)
from fedqi.secagg.signing import advert_bytes, input_digest, statement_bytes
from fedqi.secagg.view import AttemptView
from tests.attacks.knowledge import Dealt, Equation, Knowledge
from tests.unit.secagg.federation import Site, identity_of, make_site, parameters_for

MIN_OTHERS = 2


def sparse(count: int = 60, **options: Any) -> AttemptParameters:
    """Parameters under which each site deals to a few holders only."""
    return replace(parameters_for(count, **options), complete_up_to=10)


@dataclass
class Adversary:
    """The aggregator and its colluders: the last c sites of the roster."""

    parameters: AttemptParameters
    sites: dict[str, Site]
    knowledge: Knowledge
    adverts: dict[str, Advert] = field(default_factory=dict)
    dealt: dict[str, Shares] = field(default_factory=dict)
    inputs: dict[tuple[str, int], MaskedInput] = field(default_factory=dict)
    statements: dict[str, Statement] = field(default_factory=dict)
    answers: dict[str, Unmasking] = field(default_factory=dict)
    keys: dict[str, tuple[bytes, bytes]] = field(default_factory=dict)  # colluder's sealing, seed

    @property
    def honest(self) -> tuple[str, ...]:
        return tuple(site for site in self.sites if site not in self.knowledge.colluders)

    @property
    def colluders(self) -> tuple[str, ...]:
        return tuple(site for site in self.sites if site in self.knowledge.colluders)

    @property
    def threshold(self) -> int:
        return self.view_of(self.honest[0]).threshold

    def view_of(self, site: str) -> AttemptView:
        view: AttemptView = self.sites[site].session._rounds._view
        return view

    # what it sees

    def start(self) -> "Adversary":
        for name, site in self.sites.items():
            (self.adverts[name],) = site.start()
            if name in self.knowledge.colluders:
                secrets = site.session._secrets
                self.keys[name] = secrets.sealing.expose(), secrets.seed.expose()
        return self

    def show(self, site: str, message: Any) -> list[Any]:
        """Show a site a message, and take down what it answers."""
        sent = self.sites[site].take(message)
        for item in sent:
            self._saw(site, item)
        return sent

    def offer(self, site: str, message: Any) -> bool:
        """Show a site a message that it may refuse; tell whether it took it."""
        try:
            self.show(site, message)
        except RemoteProtocolError:
            return False
        return True

    def _saw(self, site: str, message: Any) -> None:
        match message:
            case Shares():
                self.dealt[site] = message
                attempt = self.parameters.attempt
                self.knowledge.thresholds[attempt, site] = self.view_of(site).threshold
                for holder in set(message.sealed) & self.knowledge.colluders:
                    for secret in self._secrets_of(site):
                        self.knowledge.add_share(secret, holder)
            case MaskedInput():
                self.inputs[site, message.step] = message
                self.knowledge.equations.add(self._equation(site, message))
            case Statement():
                self.statements[site] = message
            case Unmasking():
                self.answers[site] = message
                for dealer, share in message.shares.items():
                    seed, key = self._secrets_of(dealer)
                    known = seed if isinstance(share, SelfMaskShare) else key
                    self.knowledge.add_share(known, site)

    def _secrets_of(self, site: str) -> tuple[Dealt, Dealt]:
        attempt = self.parameters.attempt
        return Dealt(attempt, site, "seed"), Dealt(attempt, site, "key")

    def _equation(self, site: str, message: MaskedInput) -> Equation:
        rounds = self.sites[site].session._rounds
        view = rounds._view
        peers = view.sites(int.from_bytes(message.peers, "little"))
        opened = message.step == 0 and self.parameters.mode.value == "open"
        masks = rounds._facts.masks
        key = masks.context, masks.step, masks.active_digest, masks.state_hash
        return Equation(self.parameters.attempt, site, message.step, key, peers, opened)

    # what it can send

    def advert_list(self, members: Iterable[str] = ()) -> AdvertList:
        chosen = sorted(members) or sorted(self.adverts)
        return AdvertList(tuple(self.adverts[site] for site in chosen))

    def delivery(self, site: str, dealers: Iterable[str] = ()) -> SharesDelivery:
        chosen = tuple(sorted(dealers) or sorted(self.dealt))
        others = [dealer for dealer in chosen if dealer != site]
        texts = {d: self.dealt[d].sealed[site] for d in others if site in self.dealt[d].sealed}
        return SharesDelivery(chosen, texts)

    def survivors(self, cohort: Iterable[str] = ()) -> Survivors:
        chosen = sorted(cohort) or sorted(site for site, step in self.inputs if step == 0)
        entries = [SurvivorEntry(s, input_digest(self.inputs[s, 0])) for s in chosen]
        return Survivors(tuple(entries))

    def statement_set(self, site: str, forged: Iterable[Statement] = ()) -> StatementSet:
        """Every statement that was made, and others; with it, what 6.8 asks for."""
        made = {item.site: item for item in (*self.statements.values(), *forged)}
        signatures = {s: item.signature for (s, step), item in self.inputs.items() if step == 0}
        return StatementSet(tuple(made.values()), signatures)

    def colluding_statement(self, author: str, like: Statement, site: str) -> Statement:
        """What a colluder states to a site: the digest that this site wants to hear."""
        view, text = self.view_of(site), like.statement_digest
        shared = agree(load_key(self.keys[author][0]), view.by_site[site].sealing_key) or b""
        tag = PairChannel(view.context, author, site, shared).tag(text)
        item = replace(like, site=author, tags={site: tag})
        signature = identity_of(author).sign(statement_bytes(view.context, item))
        return replace(item, signature=signature)

    # rounds, as everybody expects them

    def share(self, members: Iterable[str] = ()) -> "Adversary":
        for site in tuple(members) or tuple(self.sites):
            self.show(site, self.advert_list(members))
        return self

    def mask(self, dealers: Iterable[str] = ()) -> "Adversary":
        chosen = tuple(dealers) or tuple(self.dealt)
        for site in chosen:
            self.show(site, self.delivery(site, chosen))
        return self

    def state(self, cohort: Iterable[str] = ()) -> "Adversary":
        message = self.survivors(cohort)
        for entry in message.entries:
            self.show(entry.site, message)
        return self

    def unmask(self) -> "Adversary":
        for site in tuple(self.statements):
            self.show(site, self.statement_set(site))
        return self

    def press(self, forge: bool = True) -> tuple[str, ...]:
        """Show each honest site all that could convince it; return those that answered."""
        for site in [s for s in self.honest if s in self.statements and s not in self.answers]:
            own = self.statements[site]
            authors = self.colluders if forge else ()
            forged = [self.colluding_statement(author, own, site) for author in authors]
            self.offer(site, self.statement_set(site, forged))
        return tuple(site for site in self.honest if site in self.answers)

    # what must hold

    def refused(self, site: str, message: Any, match: str, by: str | None = None) -> None:
        """The site refuses by name, records nothing, and stands where it stood."""
        target = self.sites[site]
        before, entries = standing(target), list(target.entries)
        with pytest.raises(RemoteProtocolError, match=match) as caught:
            target.session.receive(message)
        assert caught.value.site == by
        assert f"site {by}" in str(caught.value) or (
            by is None and "aggregator" in str(caught.value)
        )
        assert standing(target) == before
        assert target.entries == entries

    def learns_nothing(self) -> None:
        """No sum over fewer than ``min_others`` + 1 honest sites can be computed."""
        assert self.knowledge.isolated(MIN_OTHERS) is None

    def unanswered(self, sites: Iterable[str]) -> None:
        for site in sites:
            entries = self.sites[site].entries
            assert not any(isinstance(entry, UnmaskingAnswered) for entry in entries)


def signed(parameters: AttemptParameters, advert: Advert, by: str = "") -> Advert:
    """An advert, signed under the key of its site or of another."""
    key = identity_of(by or advert.site)
    return replace(advert, signature=key.sign(advert_bytes(parameters, advert)))


def standing(site: Site) -> Mapping[str, Any]:
    """Where a session stands: a refused message replaces none of these objects."""
    session = site.session
    held = {dealer: (a.erased, b.erased) for dealer, (a, b) in session._secrets._held.items()}
    rounds = {
        name: value if isinstance(value, int | bytes) else id(value)
        for name, value in vars(session._rounds).items()
    }
    return {"phase": session.phase, "held": held, "waits": session._pending} | rounds


def adversary(
    parameters: AttemptParameters | None = None,
    colluding: int | None = None,
    knowledge: Knowledge | None = None,
    declared: Mapping[str, Any] | None = None,
    members: Iterable[str] = (),
    **options: Any,
) -> Adversary:
    """An attempt whose last sites, c unless said otherwise, collude."""
    given = parameters or parameters_for(7)
    count = given.collusion_bound if colluding is None else colluding
    everyone = tuple(given.identities)
    bad = frozenset(everyone[len(everyone) - count :])
    sites = {
        name: make_site(given, name, declared=(declared or {}).get(name), **options)
        for name in tuple(members) or everyone
    }
    return Adversary(given, sites, knowledge or Knowledge(bad)).start()
