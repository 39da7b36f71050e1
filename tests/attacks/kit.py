"""An aggregator under the control of the test, in league with some sites.

It drives real :class:`fedqi.secagg.SiteSession` objects, may show any of them anything, and
checks what a site that was attacked must do.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Self

import pytest

from fedqi.errors import RemoteProtocolError
from fedqi.secagg import AttemptParameters, SitePhase, StepVerified, UnmaskingAnswered
from fedqi.secagg.auditors import is_signed_verdict
from fedqi.secagg.messages import (
    Advert,
    StepTranscript,
    Verdict,
)
from fedqi.secagg.signing import advert_bytes
from tests.attacks.hostile import Hostile
from tests.attacks.knowledge import Knowledge
from tests.unit.secagg.federation import Site, identity_of, make_site, parameters_for

MIN_OTHERS = 2


def sparse(count: int = 30, **options: Any) -> AttemptParameters:
    """Parameters under which each site deals to a few holders only."""
    return replace(parameters_for(count, **options), complete_up_to=10)


class Adversary(Hostile):
    """The aggregator and its colluders: the last c sites of the roster."""

    # rounds, as everybody expects them

    def share(self, members: Iterable[str] = ()) -> Self:
        for site in tuple(members) or tuple(self.sites):
            self.show(site, self.advert_list(members))
        return self

    def mask(self, dealers: Iterable[str] = ()) -> Self:
        chosen = tuple(dealers) or tuple(self.dealt)
        for site in chosen:
            self.show(site, self.delivery(site, chosen))
        return self

    def state(self, cohort: Iterable[str] = ()) -> Self:
        message = self.survivors(cohort)
        for entry in message.entries:
            self.show(entry.site, message)
        return self

    def unmask(self) -> Self:
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

    def complains(self, site: str, message: StepTranscript, reason: str) -> Verdict:
        """The site signs a complaint, uses no total of the step, and its session is over."""
        target = self.sites[site]
        facts, used = target.session._rounds._facts, totals_of(target)
        verdict: Verdict
        (verdict,) = self.show(site, message)
        assert not verdict.accepted
        assert reason in verdict.reason
        assert is_signed_verdict(facts, verdict)
        assert target.session.phase is SitePhase.FAILED
        assert totals_of(target) == used
        return verdict

    def unanswered(self, sites: Iterable[str]) -> None:
        for site in sites:
            entries = self.sites[site].entries
            assert not any(isinstance(entry, UnmaskingAnswered) for entry in entries)


def totals_of(site: Site) -> list[int]:
    """The steps whose totals a site uses."""
    return [output.step for output in site.outputs if isinstance(output, StepVerified)]


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
