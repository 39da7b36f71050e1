"""An adversarial aggregator, and sites that collude with it, on the sparse graph."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from fedqi.errors import RemoteProtocolError
from fedqi.secagg import AtomsBound, SitePhase, UnmaskingAnswered, verify_certificate
from fedqi.secagg.auditors import auditors
from fedqi.secagg.messages import (
    AcceptedTotal,
    MaskedInput,
    SelfMaskShare,
    StatementSet,
    StepTranscript,
    Survivors,
    Unmasking,
)
from fedqi.secagg.signing import input_bytes, input_digest, unmasking_bytes
from tests.unit.secagg.federation import Federation, federation, identity_of, names
from tests.unit.secagg.sparse import BOUND, NUMBERS, SITES, holders_of, sparse, sparse_parameters

THRESHOLD = NUMBERS.threshold


def refused(fed: Federation, site: str, message: Any, match: str) -> RemoteProtocolError:
    session = fed.sites[site].session
    phase = session.phase
    with pytest.raises(RemoteProtocolError, match=match) as caught:
        session.receive(message)
    assert session.phase is phase
    return caught.value


def answered(fed: Federation) -> list[str]:
    return [
        site
        for site, member in fed.sites.items()
        if any(isinstance(entry, UnmaskingAnswered) for entry in member.entries)
    ]


def sent_by_proceed(fed: Federation, until: str) -> dict[str, Any]:
    fed.run(until=until)
    return dict(fed.aggregator.proceed())


def test_survivors_shown_differently_to_two_halves_release_nothing() -> None:
    fed = sparse()
    (right,) = {id(m): m for m in sent_by_proceed(fed, "masking").values()}.values()
    without = Survivors(tuple(entry for entry in right.entries if entry.site != "s029"))
    statements = {}
    for place, site in enumerate(names(SITES - 1)):
        (statements[site],) = fed.sites[site].take(right if place % 2 else without)
    everything = StatementSet(tuple(statements.values()))
    for site in names(SITES - 1):
        refused(fed, site, everything, f"statements agree with this site's, expected.* {THRESHOLD}")
    assert answered(fed) == []


def test_colluders_state_both_lists_and_still_convince_one_side_at_most() -> None:
    """The aggregator gives a victim all the statements that c colluders can add."""
    fed = sparse()
    (right,) = {id(m): m for m in sent_by_proceed(fed, "masking").values()}.values()
    victim, colluders = "s010", ("s000", "s001", "s002")
    without = Survivors(tuple(entry for entry in right.entries if entry.site != "s029"))
    statements = [
        fed.sites[site].take(without if site in (victim, *colluders) else right)[0]
        for site in names(SITES - 1)
    ]
    assert len(colluders) == BOUND
    refused(fed, victim, StatementSet(tuple(statements)), "statements agree")


def test_statements_of_sites_that_are_no_own_holders_do_not_count() -> None:
    fed = sparse()
    sets = sent_by_proceed(fed, "stating")
    site = "s004"
    own = holders_of(fed, site)
    everybody = tuple(fed.aggregator._rounds.statements.values())
    others = tuple(item for item in everybody if item.site not in own)
    mine = tuple(item for item in everybody if item.site in own - {site})
    assert len(others) >= THRESHOLD
    for statements in (others, (*others, *mine[: THRESHOLD - 2])):
        refused(fed, site, replace(sets[site], statements=statements), "statements agree")
    enough = replace(sets[site], statements=mine[: THRESHOLD - 1])
    assert isinstance(fed.sites[site].take(enough)[0], Unmasking)


def test_a_tag_is_made_for_dealers_alone() -> None:
    fed = sparse()
    fed.run(until="stating")
    assert len(fed.aggregator._rounds.statements) == SITES
    for site, statement in fed.aggregator._rounds.statements.items():
        assert set(statement.tags) == set(fed.sites[site].session._secrets.dealers) - {site}


def test_an_active_set_without_t_own_holders_is_refused() -> None:
    fed = sparse()
    right = sent_by_proceed(fed, "sharing")["s000"]
    own = holders_of(fed, "s000")
    kept = {"s000", *sorted(own - {"s000"})[: THRESHOLD - 2]} | (set(names(SITES)) - own)
    dealers = tuple(sorted(kept))
    assert len(dealers) >= fed.sites["s000"].session._rounds._view.quorum
    sealed = {site: text for site, text in right.sealed.items() if site in kept}
    match = f"{THRESHOLD - 1} of this site's holders take part, expected at least {THRESHOLD}"
    refused(fed, "s000", replace(right, dealers=dealers, sealed=sealed), match)


def test_a_refused_delivery_leaves_no_agreement_behind() -> None:
    fed = sparse()
    site = "s004"
    right = sent_by_proceed(fed, "sharing")[site]
    secrets = fed.sites[site].session._secrets
    before = set(secrets._pairs), set(secrets._channels)
    new = sorted(set(right.sealed) - before[0])
    forged = dict(right.sealed) | {new[-1]: bytes(len(right.sealed[new[-1]]))}
    refused(fed, site, replace(right, sealed=forged), "do not open")
    assert (set(secrets._pairs), set(secrets._channels)) == before
    assert fed.sites[site].take(right)
    assert set(secrets._pairs) > before[0]


def test_survivors_without_t_own_holders_are_refused() -> None:
    fed = sparse()
    right = sent_by_proceed(fed, "masking")["s000"]
    own = holders_of(fed, "s000")
    gone = sorted(own - {"s000"})[THRESHOLD - 2 :]
    left = Survivors(tuple(entry for entry in right.entries if entry.site not in gone))
    refused(fed, "s000", left, f"{THRESHOLD - 1} of this site's holders take part")


def test_a_dealer_that_was_shown_another_u2_is_unmasked_by_none_of_its_holders() -> None:
    fed = sparse()
    deliveries = sent_by_proceed(fed, "sharing")
    victim, gone = "s005", "s029"
    without = tuple(site for site in names(SITES) if site != gone)
    sealed = {s: text for s, text in deliveries[victim].sealed.items() if s != gone}
    other = replace(deliveries[victim], dealers=without, sealed=sealed)
    for site in without:
        (sent,) = fed.sites[site].take(other if site == victim else deliveries[site])
        if site != victim:
            fed.aggregator.receive(site, sent)
            continue
        # the aggregator takes the input in spite of its signature
        fed.aggregator._rounds.add_input(sent, input_digest(sent))
    survivors = dict(fed.aggregator.proceed())
    for site in without:
        sent = fed.sites[site].take(survivors[site])
        if site != victim:
            fed.send(site, sent)
    sets = dict(fed.aggregator.proceed())
    holders = holders_of(fed, victim) - {victim, gone}
    for site in holders:
        error = refused(fed, site, sets[site], "not shown to be signed for this list")
        assert error.site == victim
    assert not holders.intersection(answered(fed))


def test_a_missing_signature_of_a_dealers_input_is_refused() -> None:
    fed = sparse()
    sets = sent_by_proceed(fed, "stating")
    error = refused(fed, "s000", replace(sets["s000"], inputs={}), "not shown to be signed")
    assert error.site in sets["s000"].inputs


def test_who_kept_no_share_of_a_listed_site_does_not_bind_it() -> None:
    """A site whose shares were withheld could be summed without; its certificate is void."""
    fed = sparse()
    certificate = _with_withheld_shares(fed, "s006")
    opened = fed.sites["s006"].entries[0]
    assert {item.site for item in certificate.statements} >= set(opened.holders)
    with pytest.raises(RemoteProtocolError, match="1 members signed this list"):
        verify_certificate(fed.parameters, certificate, "s006", opened)
    for site in ("s001", "s012"):
        opened = fed.sites[site].entries[0]
        entry = verify_certificate(fed.parameters, certificate, site, opened)
        assert isinstance(entry, AtomsBound)


def _with_withheld_shares(fed: Federation, victim: str) -> Any:
    deliveries = sent_by_proceed(fed, "sharing")
    rounds = fed.aggregator._rounds
    for site, delivery in deliveries.items():
        sealed = {dealer: text for dealer, text in delivery.sealed.items() if dealer != victim}
        for sent in fed.sites[site].take(replace(delivery, sealed=sealed)):
            rounds.add_input(sent, input_digest(sent))
    survivors = dict(fed.aggregator.proceed())
    for site, message in survivors.items():
        (rounds.statements[site],) = fed.sites[site].take(message)
    return fed.aggregator.certificate


def test_other_peers_than_the_graph_gives_are_refused_by_the_aggregator() -> None:
    fed = sparse()
    held: dict[str, MaskedInput] = {}
    fed.run(until="sharing")
    fed.send = lambda site, sent: held.update({site: sent[0]})
    fed.proceed()
    with pytest.raises(RemoteProtocolError, match="exactly its holders and dealers") as caught:
        fed.aggregator.receive("s008", _with_peers(fed, held["s008"], 1))
    assert caught.value.site == "s008"


def _with_peers(fed: Federation, sent: MaskedInput, change: int) -> MaskedInput:
    """Another set of peers, signed all the same: its site colludes."""
    others = [p for p in range(SITES) if names(SITES)[p] != sent.site]
    bits = int.from_bytes(sent.peers, "little") ^ (1 << others[change])
    changed = replace(sent, peers=bits.to_bytes(len(sent.peers), "little"))
    masks = fed.aggregator._rounds.facts().masks
    text = input_bytes(masks, sent.site, input_digest(changed))
    return replace(changed, signature=identity_of(sent.site).sign(text))


def test_an_edge_that_one_end_alone_has_is_complained_about_by_name() -> None:
    fed = federation(sparse_parameters(), drops={"s029": "MaskedInput"}, steps=2)
    right = _closed_transcript(fed)
    lie = _with_peers(fed, right.inputs[8], 0)
    inputs = (*right.inputs[:8], lie, *right.inputs[9:])
    reason = _complaint(fed, fed.aggregator._rounds.judges[0], replace(right, inputs=inputs))
    assert "which did not mask against it" in reason
    assert {"s000", "s008"} == {name for name in names(SITES) if name in reason}


def _closed_transcript(fed: Federation) -> StepTranscript:
    """The transcript of the closed step, not yet shown; the step is still the sites' own."""
    fed.run(until="summing")
    facts = fed.aggregator._rounds.facts()
    transcript: StepTranscript = fed.aggregator.proceed()[0][1]
    fed.aggregator._rounds.step = facts
    return transcript


def _complaint(fed: Federation, site: str, message: StepTranscript) -> str:
    (verdict,) = fed.sites[site].take(message)
    assert not verdict.accepted
    assert fed.sites[site].session.phase is SitePhase.FAILED
    reason: str = verdict.reason
    return reason


def test_a_corrupt_share_does_no_harm_on_the_sparse_graph() -> None:
    fed = sparse()
    fed.run(until="stating")
    held: dict[str, Unmasking] = {}
    fed.send = lambda site, sent: held.update({site: sent[0]})
    fed.proceed()
    liar = "s003"
    view = fed.aggregator._rounds.view
    shares = {
        dealer: SelfMaskShare(bytes(32) + b"\x07") if dealer != liar else share
        for dealer, share in held[liar].shares.items()
    }
    lie = replace(held[liar], shares=shares)
    lie = replace(lie, signature=identity_of(liar).sign(unmasking_bytes(view.context, lie)))
    for site, message in held.items():
        fed.aggregator.receive(site, lie if site == liar else message)
    fed.send = fed.deliver
    fed.proceed()
    assert np.array_equal(fed.aggregator.state.totals[0], fed.expected(names(SITES)))


def accepted() -> tuple[Federation, AcceptedTotal, str]:
    """A cohort of 36 in which the total of step 0 was audited; a member that waits for it."""
    fed = federation(sparse_parameters(36), steps=2)
    fed.run(until="auditing")
    site, message = fed.aggregator.proceed()[0]
    return fed, message, site


FORGED: list[tuple[Callable[[AcceptedTotal], AcceptedTotal], str]] = [
    (lambda m: replace(m, verdicts=m.verdicts[:3]), "3 members .* expected at least 4"),
    (lambda m: replace(m, verdicts=m.verdicts[:1] * 9), "1 members"),
    (lambda m: replace(m, total=bytes(len(m.total))), "0 members"),
    (
        lambda m: replace(m, verdicts=tuple(replace(v, accepted=False) for v in m.verdicts)),
        "0 members",
    ),
    (
        lambda m: replace(m, verdicts=tuple(replace(v, signature=bytes(64)) for v in m.verdicts)),
        "0 members",
    ),
    (
        lambda m: replace(m, verdicts=tuple(replace(v, site="s999") for v in m.verdicts)),
        "0 members",
    ),
    (lambda m: replace(m, step=1), "step 1, expected step 0"),
]


@pytest.mark.parametrize(("forge", "match"), FORGED)
def test_a_total_without_c_plus_one_acceptances_is_refused(forge: Any, match: Any) -> None:
    fed, right, site = accepted()
    refused(fed, site, forge(right), match)
    assert fed.sites[site].take(right)


def test_acceptances_of_another_step_do_not_stand_for_this_one() -> None:
    fed, right, _ = accepted()
    shown = fed.aggregator._rounds.judges
    for site in (site for site in fed.sites if site not in shown):
        fed.sites[site].take(right)
        if site not in auditors(fed.sites[site].session._rounds._facts):
            break
    stale = tuple(replace(verdict, step=1) for verdict in right.verdicts)
    refused(fed, site, AcceptedTotal(1, right.total, stale), "0 members")


def test_an_auditor_does_not_take_the_word_of_others() -> None:
    fed = federation(sparse_parameters(36), steps=1)
    fed.run(until="unmasking")
    shown = dict(fed.aggregator.proceed())
    *willing, unwilling = shown
    for site in willing:
        fed.send(site, fed.sites[site].take(shown[site]))
    message = fed.aggregator.proceed()[0][1]
    refused(fed, unwilling, message, "recompute the total itself")
    assert fed.sites[unwilling].take(shown[unwilling])
