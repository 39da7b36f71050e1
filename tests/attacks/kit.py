"""An aggregator that lies, with sites of its own, against real sessions of all sites.

Left alone it runs an honest attempt round by round; a test changes what single sites are shown.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from fedqi.errors import RemoteProtocolError
from fedqi.secagg import AttemptParameters
from fedqi.secagg import messages as m
from fedqi.secagg.keys import load_key
from fedqi.secagg.signing import advert_bytes, seed_commitment
from fedqi.secagg.transcript import recomputed_total
from fedqi.secagg.unmasking import rebuild
from tests.attacks.knowledge import Knowledge, check_equation, masks_of
from tests.unit.secagg.federation import Entropy, Site, identity_of, make_site, parameters_for

ROUNDS = ("advertised", "dealt", "masked", "stated", "answered", "verified")


class Recorded(Entropy):
    """Entropy that the test reads too, to compare equations with the bytes sent."""

    def __init__(self, seed: str) -> None:
        super().__init__(seed)
        self.drawn: list[bytes] = []

    def __call__(self, size: int) -> bytes:
        out = super().__call__(size)
        self.drawn.append(out)
        return out


@dataclass
class Adversary:
    """The aggregator of one attempt, with its colluders, and all that was sent to it."""

    parameters: AttemptParameters
    sites: dict[str, Site]
    knowledge: Knowledge
    drawn: dict[str, Recorded]
    sent: dict[type, dict[str, Any]] = field(default_factory=dict)  # kind -> site -> newest
    secrets: dict[bytes, bytes] = field(default_factory=dict)

    @property
    def honest(self) -> list[str]:
        return [site for site in self.sites if site not in self.knowledge.colluders]

    @property
    def fewest(self) -> int:
        """A sum over fewer honest sites than this must not be determined."""
        return self.parameters.min_others + 1

    def start(self) -> "Adversary":
        for name, site in self.sites.items():
            self._take(name, site.start())
        return self

    def show(self, site: str, message: m.AggregatorMessage) -> list[Any]:
        """Show a message to a site; what it answers is recorded and known."""
        answers = self.sites[site].take(message)
        self._take(site, answers)
        return answers

    def refused(
        self, site: str, message: Any, match: str, by: str | None = None
    ) -> RemoteProtocolError:
        """The site refuses with words and name, changes nothing, and nothing is determined."""
        victim = self.sites[site]
        before = (victim.session.phase, len(victim.entries), len(victim.outputs))
        with pytest.raises(RemoteProtocolError, match=match) as caught:
            victim.take(message)
        assert caught.value.site == by
        assert (victim.session.phase, len(victim.entries), len(victim.outputs)) == before
        self.learns_nothing()
        return caught.value

    def learns_nothing(self) -> None:
        """No combination of what is held is a sum over too few honest sites."""
        assert self.knowledge.isolates(self.fewest) == ""

    def of(self, kind: type, sites: Iterable[str] | None = None) -> list[Any]:
        held = self.sent.get(kind, {})
        return [held[site] for site in sorted(held) if sites is None or site in set(sites)]

    def adverts(self, sites: Iterable[str] | None = None) -> m.AdvertList:
        return m.AdvertList(tuple(self.of(m.Advert, sites)))

    def delivery(self, site: str, dealers: Iterable[str] | None = None) -> m.SharesDelivery:
        dealt = self.of(m.Shares, dealers)
        sealed = {item.site: item.sealed[site] for item in dealt if item.site != site}
        return m.SharesDelivery(tuple(item.site for item in dealt), sealed)

    def survivors(self, sites: Iterable[str] | None = None) -> m.Survivors:
        digests = {i.site: hashlib.sha256(i.vector).digest() for i in self.of(m.MaskedInput, sites)}
        return m.Survivors(tuple(m.SurvivorEntry(*item) for item in digests.items()))

    def statements(self, sites: Iterable[str] | None = None) -> m.StatementSet:
        return m.StatementSet(tuple(self.of(m.Statement, sites)))

    def transcript(self, site: str, cohort: Iterable[str] | None = None) -> m.StepTranscript:
        """Show the inputs, and in an open step what the answers rebuild, with the true total."""
        facts = self.sites[site].session._rounds._facts
        inputs = tuple(self.of(m.MaskedInput, cohort))
        names, answers = tuple(i.site for i in inputs), self.sent.get(m.Unmasking, {})
        opening = facts.digests is not None
        seeds, keys = rebuild(facts.view, names, answers) if opening else ({}, {})
        shown = m.StepTranscript(
            facts.masks.step, inputs, seeds, keys, tuple(self.of(m.Statement)) * opening, b""
        )
        return replace(shown, total=recomputed_total(facts, shown).astype("<u8").tobytes())

    def run(self, until: str, sites: Collection[str] | None = None) -> "Adversary":
        """Go on honestly with these sites, from where they stand, until after a round."""
        names = sorted(sites or self.sites)
        if not self.sent:
            self.start()
        rounds: dict[str, Callable[[str], Any]] = {
            "dealt": lambda site: self.adverts(names),
            "masked": lambda site: self.delivery(site, names),
            "stated": lambda site: self.survivors(names),
            "answered": lambda site: self.statements(names),
            "verified": lambda site: self.transcript(site, names),
        }
        for name in ROUNDS[1 : ROUNDS.index(until) + 1]:
            if name not in self._passed(names):
                self.show_all({site: rounds[name](site) for site in names})
        return self

    def show_all(self, shown: Mapping[str, m.AggregatorMessage]) -> None:
        """Show each site its message, all of them made before the first answer comes."""
        for site, message in shown.items():
            self.show(site, message)

    def finish_step(self, sites: Collection[str] | None = None) -> None:
        """Show the true transcript of a step to its cohort."""
        names = sorted(sites or self.sites)
        self.show_all({site: self.transcript(site, names) for site in names})

    def _passed(self, names: list[str]) -> set[str]:
        kinds = {"dealt": m.Shares, "masked": m.MaskedInput, "stated": m.Statement,
                 "answered": m.Unmasking, "verified": m.Verdict}  # fmt: skip
        return {r for r, kind in kinds.items() if set(names) <= set(self.sent.get(kind, {}))}

    def _take(self, site: str, answers: list[Any]) -> None:
        for message in answers:
            self.sent.setdefault(type(message), {})[site] = message
            match message:
                case m.Advert():
                    self._advert(message)
                case m.Shares():
                    self._dealt(message)
                case m.MaskedInput():
                    self._heard(message)
                case m.Unmasking():
                    self._answered(message)

    def _advert(self, advert: m.Advert) -> None:
        for drawn in self.drawn[advert.site].drawn:
            if len(drawn) == 32:
                self.secrets[load_key(drawn).public_key().public_bytes_raw()] = drawn
                self.secrets[seed_commitment(self.parameters, advert.site, drawn)] = drawn
        if advert.site in self.knowledge.colluders:
            self.knowledge.own(advert)

    def _view(self, site: str) -> Any:
        return self.sites[site].session._rounds._view

    def _dealt(self, message: m.Shares) -> None:
        view = self._view(message.site)
        holders = [view.points[h] for h in message.sealed if h in self.knowledge.colluders]
        self.knowledge.dealt(view.by_site[message.site], holders, view.threshold)

    def _answered(self, message: m.Unmasking) -> None:
        view = self._view(message.site)
        self.knowledge.answered(view.points[message.site], message.shares, view.by_site)

    def _heard(self, message: m.MaskedInput) -> None:
        site, rounds = self.sites[message.site], self.sites[message.site].session._rounds
        check_equation(site, message.vector, self.secrets)
        offered = [a for a, sites in rounds._state.offering.items() if message.site in sites]
        when = (self.parameters.name, message.step)
        self.knowledge.heard(message.site, when, masks_of(rounds._facts, message.site), offered)


def adversary(
    parameters: AttemptParameters | None = None,
    colluders: Collection[str] = ("s005", "s006"),
    knowledge: Knowledge | None = None,
    declared: Mapping[str, Any] | None = None,
    sites: Iterable[str] | None = None,
    start: str = "",
    **options: Any,
) -> Adversary:
    """Return an adversary over all sites of a roster, seven with two colluders by default.

    Agents that were started anew, which `start` tells apart, draw other secrets.
    """
    given = parameters or parameters_for(7)
    names = tuple(sites or given.identities)
    drawn = {name: Recorded(f"{name}/{given.name}/{start}") for name in names}
    made = {
        name: make_site(
            given, name, declared=(declared or {}).get(name), entropy=drawn[name], **options
        )
        for name in names
    }
    return Adversary(given, made, knowledge or Knowledge(frozenset(colluders)), drawn)


def signed(advert: m.Advert, parameters: AttemptParameters, signer: str = "") -> m.Advert:
    """Sign a changed advert as its site, or as another."""
    text = advert_bytes(parameters, advert)
    return replace(advert, signature=identity_of(signer or advert.site).sign(text))
