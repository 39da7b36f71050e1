"""Honest attempts on the sparse graph: totals, costs, auditors, certificates and receipts."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from fedqi.errors import RemoteProtocolError
from fedqi.secagg import (
    AtomsBound,
    AtomsFreed,
    AtomsOpened,
    Phase,
    Send,
    SitePhase,
    StepVerified,
    sign_discard_receipt,
    verify_certificate,
    verify_discard_receipts,
)
from fedqi.secagg.auditors import audit_size, auditors
from fedqi.secagg.messages import AcceptedTotal, StepTranscript, Verdict
from tests.unit.secagg.federation import (
    Federation,
    bound,
    closed,
    federation,
    identity_of,
    names,
)
from tests.unit.secagg.sparse import NUMBERS, SITES, holders_of, sparse, sparse_parameters


def test_the_graph_of_these_tests_is_sparse() -> None:
    assert NUMBERS.holders < SITES - 1


@pytest.mark.parametrize("round_name", ["Advert", "Shares", "MaskedInput"])
def test_sites_that_drop_before_their_masked_input_are_not_in_the_total(round_name: Any) -> None:
    lost = ("s000", "s013", "s029")
    fed = sparse(drops=dict.fromkeys(lost, round_name))
    result = fed.run()
    assert result.cohort == tuple(site for site in names(SITES) if site not in lost)
    assert np.array_equal(result.totals[0], fed.expected(result.cohort))


@pytest.mark.parametrize("round_name", ["Statement", "Unmasking", "Verdict"])
def test_sites_that_drop_after_their_masked_input_are_in_the_total(round_name: Any) -> None:
    fed = sparse(drops=dict.fromkeys(("s003", "s017"), round_name))
    result = fed.run()
    assert result.cohort == names(SITES)
    assert np.array_equal(result.totals[0], fed.expected(result.cohort))


def test_closed_steps_follow_over_the_survivors() -> None:
    fed = sparse(drops={"s007": "MaskedInput", "s008": "Shares"}, steps=3)
    result = fed.run()
    for step in range(3):
        assert np.array_equal(result.totals[step], fed.expected(result.cohort, step))


def test_each_site_deals_to_its_own_holders_only() -> None:
    fed = sparse()
    fed.run(until="masking")
    drawn = {site: holders_of(fed, site) for site in fed.sites}
    assert {len(holders) for holders in drawn.values()} == {NUMBERS.holders + 1}
    assert len(set(drawn.values())) == SITES
    for site, shares in fed.aggregator._rounds.shares.items():
        assert set(shares.sealed) == drawn[site] - {site}
    for site, member in fed.sites.items():
        held = set(member.session._secrets.dealers)
        assert held == {dealer for dealer, holders in drawn.items() if site in holders}


def test_a_site_agrees_and_masks_with_its_neighbours_only() -> None:
    fed = sparse()
    fed.run(until="stating")
    drawn = {site: holders_of(fed, site) for site in fed.sites}
    for site, member in fed.sites.items():
        dealers = {dealer for dealer, holders in drawn.items() if site in holders}
        neighbours = (drawn[site] | dealers) - {site}
        secrets = member.session._secrets
        assert set(secrets._pairs) == set(secrets._channels) == neighbours
        peers = int.from_bytes(fed.aggregator._rounds.inputs[site].peers, "little")
        assert set(fed.aggregator._rounds.view.sites(peers)) == neighbours


def test_both_secret_keys_are_erased_with_the_masked_input() -> None:
    fed = sparse()
    fed.run(until="stating")
    for member in fed.sites.values():
        assert member.session._secrets.sealing.erased
        assert member.session._secrets.mask_key.erased


def is_verdict(output: Any) -> bool:
    return isinstance(output, Send) and isinstance(output.message, Verdict)


def auditing(steps: int = 1) -> tuple[Federation, dict[str, Any]]:
    """A large cohort, of which few recompute; what the last proceed sent to whom."""
    fed = federation(sparse_parameters(36), steps=steps)
    sent: dict[str, Any] = {}

    def note(site: Any, message: Any) -> Any:
        sent[site] = message
        return message

    fed.intercept = note
    fed.run(until="unmasking")
    sent.clear()
    fed.proceed()
    return fed, sent


def test_few_recompute_a_total_and_the_others_see_their_acceptances() -> None:
    fed, sent = auditing(steps=2)
    size = audit_size(36, 3, 10)
    assert 4 <= len(sent) == size < 36
    assert {type(message) for message in sent.values()} == {StepTranscript}
    judges = set(sent)
    sent.clear()
    fed.proceed()
    assert set(sent) == set(names(36)) - judges
    assert {type(message) for message in sent.values()} == {AcceptedTotal}
    result = fed.run()
    assert np.array_equal(result.totals[1], fed.expected(names(36), 1))
    for member in fed.sites.values():
        assert member.session.phase is SitePhase.COMPLETED
        verified = [out for out in member.outputs if isinstance(out, StepVerified)]
        assert [out.step for out in verified] == [0, 1]
        judged = [o.message.step for o in member.outputs if is_verdict(o)]
        assert [out.step for out in verified if out.recomputed] == judged


def test_the_auditors_of_another_step_are_others() -> None:
    fed, _ = auditing(steps=2)
    fed.run()
    (first, _), (second, _) = (fed.aggregator._rounds.shown[step] for step in (0, 1))
    assert len(auditors(first)) == len(auditors(second))
    assert auditors(first) != auditors(second)


def test_auditors_that_keep_silent_are_not_waited_for_beyond_c_plus_one() -> None:
    fed, sent = auditing(steps=2)
    for key in list(fed.aggregator._rounds.verdicts)[4:]:
        del fed.aggregator._rounds.verdicts[key]
    assert fed.aggregator.phase is Phase.AUDITING
    assert len(fed.aggregator.waiting_for) == len(sent) - 4
    assert fed.aggregator.can_proceed
    key = next(iter(fed.aggregator._rounds.verdicts))
    del fed.aggregator._rounds.verdicts[key]
    assert fed.aggregator.obstacle == "3 have accepted, expected at least 4"


def test_a_small_cohort_audits_itself() -> None:
    assert audit_size(10, 3, 10) == 10
    assert audit_size(200, 5, 200) == 200
    assert (audit_size(201, 5, 200), audit_size(2305, 5, 200)) == (42, 46)


def dropped() -> Federation:
    fed = sparse(drops={"s020": "MaskedInput", "s021": "Unmasking"})
    fed.run(until="unmasking")
    return fed


def opened_by(fed: Federation, site: str) -> AtomsOpened:
    rounds = fed.aggregator._rounds
    view = rounds.view
    holders = view.sites(rounds.graph.holders(site))
    return AtomsOpened("job", 1, ("hf",), view.context.u1_digest, holders)


def test_a_certificate_binds_a_listed_site_and_frees_an_omitted_one() -> None:
    fed = dropped()
    certificate, cohort = fed.aggregator.certificate, fed.aggregator.state.cohort
    listed = verify_certificate(fed.parameters, certificate, "s021", opened_by(fed, "s021"))
    assert listed == AtomsBound("job", 1, {"hf": cohort})
    omitted = verify_certificate(fed.parameters, certificate, "s020", opened_by(fed, "s020"))
    assert omitted == AtomsFreed("job", 1, ("hf",))


def test_only_statements_of_own_holders_count_in_a_certificate() -> None:
    fed = dropped()
    right, opened = fed.aggregator.certificate, opened_by(fed, "s021")
    others = tuple(item for item in right.statements if item.site not in opened.holders)
    own = tuple(item for item in right.statements if item.site in opened.holders)
    assert len(others) >= 4
    for statements in (others, (*others, *own[: NUMBERS.threshold - 1])):
        with pytest.raises(RemoteProtocolError, match="members signed this list"):
            changed = replace(right, statements=statements)
            verify_certificate(fed.parameters, changed, "s021", opened)
    enough = replace(right, statements=own[: NUMBERS.threshold])
    assert isinstance(verify_certificate(fed.parameters, enough, "s021", opened), AtomsBound)


def test_without_a_record_of_its_holders_a_site_believes_no_certificate() -> None:
    fed = dropped()
    with pytest.raises(RemoteProtocolError, match="no record of the holders"):
        verify_certificate(fed.parameters, fed.aggregator.certificate, "s021")
    forgot = replace(opened_by(fed, "s021"), holders=())
    with pytest.raises(RemoteProtocolError, match="no record of the holders"):
        verify_certificate(fed.parameters, fed.aggregator.certificate, "s021", forgot)


def test_the_holders_are_recorded_before_the_masked_input_leaves() -> None:
    fed = sparse()
    fed.run(until="stating")
    for site, member in fed.sites.items():
        assert member.entries[0] == opened_by(fed, site)
        assert holders_of(fed, site) == set(member.entries[0].holders)


def test_t_receipts_of_own_holders_free_the_atoms_and_others_do_not() -> None:
    fed = dropped()
    opened, adverts = opened_by(fed, "s003"), fed.aggregator._rounds.view.adverts
    own = [s for s in opened.holders if s != "s003"]
    others = [s for s in names(SITES) if s not in opened.holders]
    receipts = {s: sign_discard_receipt(fed.parameters, s, identity_of(s)) for s in names(SITES)}
    few = [receipts[s] for s in [*others, *own[: NUMBERS.threshold - 1]]]
    with pytest.raises(RemoteProtocolError, match="discard receipts of this site's holders"):
        verify_discard_receipts(fed.parameters, opened, adverts, few)
    enough = [receipts[s] for s in own[: NUMBERS.threshold]]
    freed = verify_discard_receipts(fed.parameters, opened, adverts, enough)
    assert freed == AtomsFreed("job", 1, ("hf",))


def test_the_aggregator_knows_when_receipts_free_everybody() -> None:
    fed = sparse()
    fed.run(until="stating")
    assert "signed discard receipts" in fed.aggregator.undiscarded
    for site in names(SITES):
        (receipt,) = fed.sites[site].obey(fed.sites[site].session.discard())
        fed.aggregator.receive(site, receipt)
    assert fed.aggregator.undiscarded == ""


def test_a_closed_attempt_over_a_certified_set_is_complete() -> None:
    fed = dropped()
    cohort = fed.aggregator.state.cohort
    declared = {site: {"hf": bound("hf", cohort)} for site in cohort}
    again = federation(closed(fed.parameters), sites=cohort, declared=declared, steps=2)
    result = again.run()
    assert np.array_equal(result.totals[1], again.expected(cohort, 1))
    assert again.aggregator._rounds.view.is_complete


def test_verdicts_are_asked_of_auditors_only() -> None:
    fed, sent = auditing()
    judges = set(sent)
    fed.run()
    judged = {site for _, site in fed.aggregator._rounds.verdicts}
    assert judged == judges
    for site, member in fed.sites.items():
        given = [out for out in member.outputs if isinstance(getattr(out, "message", 0), Verdict)]
        assert len(given) == (site in judged)
