"""What a hostile aggregator and its colluders see, and what they can say.

Whatever a site sends goes into :class:`Knowledge`, with the colluders' secrets and the shares
that they hold. How an honest site masked is read off its session: the analysis may know it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Self

from fedqi.errors import RemoteProtocolError
from fedqi.secagg import AttemptParameters
from fedqi.secagg.graph import Graph
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
    StepTranscript,
    SurvivorEntry,
    Survivors,
    Unmasking,
)
from fedqi.secagg.sharing import SHARE_BYTES
from fedqi.secagg.signing import input_digest, statement_bytes
from fedqi.secagg.transcript import remove_masks
from fedqi.secagg.unmasking import rebuild
from fedqi.secagg.vectors import RunningSum
from fedqi.secagg.view import AttemptView
from tests.attacks.knowledge import Dealt, Equation, Knowledge
from tests.unit.secagg.federation import Site, identity_of


@dataclass
class Hostile:
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

    def start(self) -> Self:
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

    def opened(self, holder: str, dealer: str) -> tuple[bytes, bytes]:
        """The shares of a seed and of a mask key that a colluder holds."""
        context = self.view_of(dealer).context
        shared = agree(load_key(self.keys[holder][0]), self.adverts[dealer].sealing_key) or b""
        sealed = self.dealt[dealer].sealed[holder]
        plain = PairChannel(context, holder, dealer, shared).open(sealed) or b""
        return plain[:SHARE_BYTES], plain[SHARE_BYTES:]

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

    def transcript(self, step: int, cohort: Iterable[str] = ()) -> StepTranscript:
        """What the auditors are shown of a step, rightly."""
        facts = self.sites[self.honest[0]].session._rounds._facts
        chosen = tuple(cohort) or facts.contributors
        inputs = tuple(self.inputs[site, step] for site in chosen)
        summed = RunningSum(facts.layout.length)
        for item in inputs:
            summed.add(item)
        seeds: dict[str, bytes] = {}
        keys: dict[str, bytes] = {}
        if facts.digests is not None:
            graph = Graph(facts.view, {s: d.sealed for s, d in self.dealt.items()})
            seeds, keys = rebuild(facts.view, graph, facts.contributors, self.answers)
            self.knowledge.revealed |= {self._secrets_of(site)[0] for site in seeds}
            self.knowledge.revealed |= {self._secrets_of(site)[1] for site in keys}
            remove_masks(facts, summed, seeds, keys)
        statements = tuple(self.statements.values()) if step == 0 else ()
        return StepTranscript(step, inputs, seeds, keys, statements, summed.total.tobytes())
