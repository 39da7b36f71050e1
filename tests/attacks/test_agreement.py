"""One result for all: a colluder with two signed inputs, each shown to some of the sites."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest

from fedqi.secagg import SitePhase, site_rounds, view
from fedqi.secagg.auditors import agreement_quorum, auditors, check_acceptances
from fedqi.secagg.messages import AcceptedTotal, MaskedInput, StepTranscript, Verdict
from fedqi.secagg.neighbourhood import Neighbourhood
from fedqi.secagg.signing import input_bytes, input_digest, verdict_bytes
from fedqi.secagg.transcript import StepFacts
from tests.attacks.kit import Adversary, adversary, sparse, totals_of
from tests.unit.secagg.federation import bound, closed, identity_of, names, parameters_for

LIAR = -1  # the last of the colluders has two inputs


def opened(count: int, steps: int) -> Adversary:
    """All have sent their inputs of the first closed step, on the complete graph."""
    adv = adversary(parameters_for(count), steps=steps).share().mask().state().unmask()
    return shown_rightly(adv, 0)


def on_the_sparse_graph() -> Adversary:
    adv = adversary(sparse(), steps=2).share().mask().state().unmask()
    return shown_rightly(adv, 0)


def closed_attempt() -> Adversary:
    """All have sent their only inputs, over a set that they are bound to."""
    everyone = {site: {"hf": bound("hf", names(7))} for site in names(7)}
    return adversary(closed(parameters_for(7)), declared=everyone).share()


LAST_STEPS: dict[str, Callable[[], Adversary]] = {
    "7": lambda: opened(7, 2),
    "16": lambda: opened(16, 2),
    "sparse": on_the_sparse_graph,
    "closed": closed_attempt,
}
LAST = pytest.mark.parametrize("last_step", LAST_STEPS.values(), ids=LAST_STEPS)


def shown_rightly(adv: Adversary, step: int) -> Adversary:
    message = adv.transcript(step)
    for site in adv.sites:
        adv.show(site, message)
    return adv


def facts_of(adv: Adversary, site: str = "") -> StepFacts:
    facts: StepFacts = adv.sites[site or adv.honest[0]].session._rounds._facts
    return facts


def judges_of(adv: Adversary) -> list[str]:
    """The honest auditors of the step that have come so far."""
    return [
        site
        for site in auditors(facts_of(adv))
        if site in adv.honest and adv.sites[site].session.phase is not SitePhase.STATED
    ]


def more(words: bytes) -> bytes:
    return (np.frombuffer(words, np.uint64) + np.uint64(1)).tobytes()


def second_input(adv: Adversary, first: MaskedInput) -> MaskedInput:
    """Another input of a colluder, larger by 1 and signed like the first."""
    new = replace(first, vector=more(first.vector))
    text = input_bytes(facts_of(adv).masks, new.site, input_digest(new))
    return replace(new, signature=identity_of(new.site).sign(text))


def second(adv: Adversary, right: StepTranscript) -> StepTranscript:
    """The step with the other input of the colluder."""
    liar = adv.colluders[LIAR]
    inputs = tuple(second_input(adv, i) if i.site == liar else i for i in right.inputs)
    return replace(right, inputs=inputs, total=more(right.total))


def lies(adv: Adversary, total: bytes) -> list[Verdict]:
    """What colluders sign of any total: that they accept it."""
    facts, found = facts_of(adv), []
    for site in adv.colluders:
        item = Verdict(site, facts.masks.step, True, sha256(total).digest(), "", b"")
        text = verdict_bytes(facts.masks, facts.cohort_digest, item)
        found.append(replace(item, signature=identity_of(site).sign(text)))
    return found


def split(adv: Adversary, misled: Collection[str]) -> list[AcceptedTotal]:
    """Show two totals to the auditors; return each with all acceptances that there are of it."""
    judges, step = judges_of(adv), facts_of(adv).masks.step
    right = adv.transcript(step)
    messages = []
    for transcript, sites in (
        (right, [site for site in judges if site not in misled]),
        (second(adv, right), [site for site in judges if site in misled]),
    ):
        verdicts = lies(adv, transcript.total)
        for site in sites:
            verdicts += [v for v in adv.show(site, transcript) if isinstance(v, Verdict)]
        messages.append(AcceptedTotal(step, transcript.total, tuple(verdicts)))
    for site in adv.colluders:
        adv.show(site, right)
    return messages


def settled(adv: Adversary, messages: Iterable[AcceptedTotal]) -> dict[bytes, set[str]]:
    """Show everybody whatever could convince it; return who holds which total as settled."""
    found: dict[bytes, set[str]] = {}
    for message in messages:
        for site in adv.honest:
            adv.offer(site, message)
    for site in adv.honest:
        session = adv.sites[site].session
        if session.phase is SitePhase.COMPLETED:
            found.setdefault(session._rounds._state.digests[-1], set()).add(site)
    return found


@LAST
def test_after_the_last_closed_step_one_total_at_most_is_settled(
    last_step: Callable[[], Adversary],
) -> None:
    """Few are misled: they hold a total that nobody settles for them, and are not talked over."""
    adv = last_step()
    misled = judges_of(adv)[:2]
    right, other = split(adv, misled)
    assert list(settled(adv, (right, other)).values()) == [set(adv.honest) - set(misled)]
    for site in misled:
        assert adv.sites[site].session.phase is SitePhase.AGREEING
        adv.refused(site, right, "another than the one that this site holds")
        adv.refused(site, other, r"auditors accepted this total, expected at least \d+ before")
    adv.learns_nothing()


@LAST
def test_between_two_halves_at_most_one_total_is_settled(
    last_step: Callable[[], Adversary],
) -> None:
    adv = last_step()
    judges = auditors(facts_of(adv))
    quorum = agreement_quorum(len(judges), adv.parameters.collusion_bound)
    messages = split(adv, judges_of(adv)[::2])
    counted = [sum(verdict.site in judges for verdict in m.verdicts) for m in messages]
    assert len(settled(adv, messages)) == sum(number >= quorum for number in counted) <= 1


@LAST
def test_the_control_with_c_plus_one_acceptances_two_totals_would_be_settled(
    last_step: Callable[[], Adversary], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site_rounds, "check_agreement", check_acceptances)
    adv = last_step()
    assert len(settled(adv, split(adv, judges_of(adv)[::2]))) == 2


def test_two_totals_of_a_step_that_is_not_the_last_end_the_attempt() -> None:
    """The groups are in two states: nobody accepts what follows, whichever inputs it is shown."""
    adv = opened(7, 3)
    misled = judges_of(adv)[:2]
    messages = split(adv, misled)
    assert settled(adv, messages) == {}
    following = adv.transcript(2)
    for site in adv.honest:
        adv.complains(site, following, "is not signed by its site for this step and state")
        assert totals_of(adv.sites[site]) == [0, 1]
    adv.learns_nothing()


def with_two_lists() -> tuple[Adversary, str]:
    """Sparse graph, one open step: a victim and some of its holders state the second input."""
    adv = adversary(replace(sparse(60), collusion_bound=1)).share().mask()
    liar, judges = adv.colluders[LIAR], auditors(facts_of(adv))
    victim = next(s for s in judges[1:] if s in adv.honest and liar in adv.dealt[s].sealed)
    holders = [s for s in adv.dealt[victim].sealed if s not in (liar, adv.honest[0])]
    apart = [victim, *holders[: adv.threshold - 2]]
    first = adv.inputs[liar, 0]
    other = second_input(adv, first)
    right, digest = adv.survivors(), input_digest(other)
    entries = [replace(e, digest=digest) if e.site == liar else e for e in right.entries]
    for site in adv.sites:
        adv.show(site, replace(right, entries=tuple(entries)) if site in apart else right)
    adv.inputs[liar, 0] = other
    lie = adv.colluding_statement(liar, adv.statements[victim], victim)
    adv.show(victim, adv.statement_set(victim, [lie]))
    adv.inputs[liar, 0] = first
    for site in set(adv.sites) - set(apart):
        adv.show(site, adv.statement_set(site))
    return adv, victim


def test_two_lists_of_the_open_step_on_the_sparse_graph_settle_one_total_at_most(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Even with a t that is too small, so that one site alone is convinced of another list."""
    monkeypatch.setattr(view, "neighbourhood", lambda *_: Neighbourhood(20, 11))
    adv, victim = with_two_lists()
    right, other = split(adv, [victim])
    assert totals_of(adv.sites[victim]) == [0]
    answered = set(adv.honest).intersection(adv.answers) - {victim}
    assert list(settled(adv, (right, other)).values()) == [answered]
    adv.refused(victim, other, "1 of 16 auditors accepted this total")
    adv.refused(victim, right, "another than the one that this site holds")
