"""Shares and unmasking: forged, relabelled, corrupted, withheld, asked for twice, or retracted."""

from dataclasses import replace
from typing import Any

import pytest

from fedqi.errors import LocalProtocolError, RemoteProtocolError
from fedqi.secagg import SitePhase, UnmaskingAnswered, verify_discard_receipts
from fedqi.secagg import messages as m
from fedqi.secagg.commits import AtomsOpened
from fedqi.secagg.unmasking import rebuild
from fedqi.secagg.view import AttemptView
from tests.attacks.kit import Adversary, adversary
from tests.unit.secagg.federation import names, parameters_for

VICTIM = "s000"
ALL = names(7)
FEW = ALL[:-1]


def unanswered(enemy: Adversary, site: str) -> bool:
    return not any(isinstance(entry, UnmaskingAnswered) for entry in enemy.sites[site].entries)


def test_forged_and_relabelled_shares_are_refused_by_the_name_of_the_dealer() -> None:
    enemy = adversary().run("dealt")
    right = enemy.delivery(VICTIM)
    texts, other = dict(right.sealed), enemy.delivery("s001").sealed
    for forged in (bytes(len(texts["s001"])), texts["s002"], other["s002"], texts["s001"][:-1]):
        wrong = replace(right, sealed=texts | {"s001": forged})
        enemy.refused(VICTIM, wrong, "do not open", "s001")
    assert enemy.show(VICTIM, right)


def test_shares_sealed_in_another_attempt_are_refused() -> None:
    earlier = adversary(parameters_for(7)).run("dealt")
    enemy = adversary(parameters_for(7, attempt=2)).run("dealt")
    right = enemy.delivery(VICTIM)
    old = earlier.delivery(VICTIM).sealed["s001"]
    wrong = replace(right, sealed=dict(right.sealed) | {"s001": old})
    enemy.refused(VICTIM, wrong, "do not open", "s001")


def test_a_colluder_that_deals_no_shares_is_named() -> None:
    """It seals, properly, what is no element of the field."""
    enemy = adversary().run("dealt")
    colluder = enemy.sites["s005"].session._secrets
    sealed = colluder._channels[VICTIM].seal(b"\xff" * 66, enemy.drawn["s005"])
    right = enemy.delivery(VICTIM)
    wrong = replace(right, sealed=dict(right.sealed) | {"s005": sealed})
    enemy.refused(VICTIM, wrong, "do not open|no shares", "s005")


def test_each_dealer_gets_one_kind_of_share_and_no_request_can_ask_for_both() -> None:
    enemy = adversary().run("masked")
    for site in FEW:
        enemy.show(site, enemy.survivors(FEW))
    for site in FEW:
        (answer,) = enemy.show(site, enemy.statements())
        kinds = {dealer: type(share) for dealer, share in answer.shares.items()}
        assert kinds == dict.fromkeys(FEW, m.SelfMaskShare) | {"s006": m.MaskKeyShare}
    # colluders add their own shares of both kinds, which are too few for the other one
    enemy.learns_nothing()


def test_the_unmasking_is_answered_once_whatever_is_shown_next() -> None:
    enemy = adversary().run("stated")
    others = enemy.statements(FEW)
    for site in ALL[:5]:
        enemy.show(site, enemy.statements())
        assert enemy.show(site, enemy.statements()) == []
        enemy.refused(site, others, "not expected while this site's session is summing")
        enemy.refused(site, enemy.survivors(FEW), "not expected")


def test_a_second_list_of_survivors_after_the_statement_is_refused() -> None:
    enemy = adversary().run("stated")
    for site in ALL[:5]:
        enemy.refused(site, enemy.survivors(FEW), "Survivors is not expected")
    enemy.run("verified")


def test_a_masked_input_that_comes_after_the_unmasking_began_is_never_unmasked() -> None:
    """The late site was said to have dropped: its mask key is rebuilt, its self mask stays."""
    late = "s004"
    enemy = adversary().run("dealt")
    kept = [name for name in ALL if name != late]
    for site in ALL:
        enemy.show(site, enemy.delivery(site))
    for site in kept:
        enemy.show(site, enemy.survivors(kept))
    for site in kept:
        enemy.show(site, enemy.statements(kept))
    enemy.learns_nothing()
    assert enemy.knowledge.holds(enemy.sent[m.Advert][late].mask_key)
    assert not enemy.knowledge.holds(enemy.sent[m.Advert][late].seed_commitment)
    enemy.refused(late, enemy.survivors(kept), "lack this site's masked input")
    for site in kept[:4]:
        enemy.refused(site, enemy.survivors(), "not expected")


def test_half_are_shown_statements_and_half_are_asked_for_receipts() -> None:
    """Neither half reaches t: the sum is not unmasked, and the atoms are not freed."""
    enemy = adversary().run("stated")
    for site in ("s000", "s001"):
        enemy.show(site, enemy.statements())
        with pytest.raises(LocalProtocolError, match="cannot discard while the session is summing"):
            enemy.sites[site].session.discard()
    for site in ("s002", "s003", "s004"):
        session = enemy.sites[site].session
        (receipt,) = enemy.sites[site].obey(session.discard())
        enemy.sent.setdefault(m.DiscardReceipt, {})[site] = receipt
        enemy.refused(site, enemy.statements(), "not expected while this site's session is disc")
        assert unanswered(enemy, site)
    assert enemy.knowledge.isolates(len(ALL)) == ""
    with pytest.raises(RemoteProtocolError, match="3 valid discard receipts, expected at least 5"):
        freed(enemy, enemy.of(m.DiscardReceipt))


def test_receipts_of_colluders_that_answered_all_the_same_free_nothing_unproven() -> None:
    """Two colluders sign receipts besides answering: t receipts need three honest ones."""
    enemy = adversary().run("stated")
    receipts = []
    for site in ("s002", "s003", "s004"):
        receipts += enemy.sites[site].obey(enemy.sites[site].session.discard())
    for colluder in ("s005", "s006"):
        copy = adversary().run("stated").sites[colluder]
        receipts += copy.obey(copy.session.discard())
        enemy.show(colluder, enemy.statements())
    assert freed(enemy, receipts).atoms == ("hf",)
    for site in ("s000", "s001"):
        enemy.show(site, enemy.statements())
    # the most that can ever be known of this attempt: it is freed, and reveals no sum at all
    assert enemy.knowledge.isolates(len(ALL)) == ""


def freed(enemy: Adversary, receipts: list[Any]) -> Any:
    adverts = enemy.adverts().adverts
    digest = AttemptView(enemy.parameters, adverts).context.u1_digest
    opened = AtomsOpened("job", 1, ("hf",), digest)
    return verify_discard_receipts(enemy.parameters, opened, adverts, receipts)


def test_a_receipt_excludes_an_answer_and_an_answer_a_receipt() -> None:
    enemy = adversary().run("stated")
    victim = enemy.sites[VICTIM]
    victim.obey(victim.session.discard())
    assert victim.session.phase is SitePhase.DISCARDED
    enemy.refused(VICTIM, enemy.statements(), "not expected")
    assert unanswered(enemy, VICTIM)
    enemy.show("s001", enemy.statements())
    with pytest.raises(LocalProtocolError, match="cannot discard"):
        enemy.sites["s001"].session.discard()


def test_too_few_repeated_and_forged_statements_unmask_nothing() -> None:
    enemy = adversary().run("stated")
    real = enemy.statements().statements
    reflected = tuple(replace(item, tags=real[0].tags) for item in real)
    for wrong in (real[:4], real[3:4] * 9, reflected):
        enemy.refused(VICTIM, m.StatementSet(wrong), "agree with this site's, expected at least 5")
    assert unanswered(enemy, VICTIM)


def test_statements_of_another_attempt_do_not_count() -> None:
    earlier = adversary(parameters_for(7, attempt=2)).run("stated")
    enemy = adversary().run("stated")
    enemy.refused(VICTIM, earlier.statements(), "1 statements agree")


def test_shares_withheld_selectively_leave_the_others_masks_in_place() -> None:
    """The answers of two sites are lost on purpose, so that only some secrets are rebuilt."""
    enemy = adversary().run("stated")
    for site in ("s000", "s001"):
        enemy.show(site, enemy.statements())
    assert not any(enemy.knowledge.holds(a.seed_commitment) for a in enemy.of(m.Advert)[:5])
    assert enemy.knowledge.isolates(len(ALL)) == ""
    enemy.show("s002", enemy.statements())
    assert all(enemy.knowledge.holds(a.seed_commitment) for a in enemy.of(m.Advert))
    enemy.learns_nothing()


def test_a_corrupted_share_is_found_and_a_clean_set_of_holders_is_used() -> None:
    enemy = adversary().run("answered")
    answers = dict(enemy.sent[m.Unmasking])
    lie = m.SelfMaskShare(bytes(33))
    answers["s006"] = replace(answers["s006"], shares=answers["s006"].shares | {VICTIM: lie})
    view = enemy.sites[VICTIM].session._rounds._view
    seeds, _ = rebuild(view, ALL, answers)
    assert seeds == rebuild(view, ALL, enemy.sent[m.Unmasking])[0]


def test_corrupted_shares_that_leave_too_few_clean_ones_name_the_dealer() -> None:
    enemy = adversary().run("answered")
    lie = m.SelfMaskShare(bytes(33))
    answers = {
        site: replace(a, shares=a.shares | {VICTIM: lie}) if site in ALL[1:4] else a
        for site, a in enemy.sent[m.Unmasking].items()
    }
    with pytest.raises(RemoteProtocolError, match="no set of holders rebuilds") as caught:
        rebuild(enemy.sites[VICTIM].session._rounds._view, ALL, answers)
    assert caught.value.site == VICTIM


def test_a_seed_other_than_the_committed_one_is_a_complaint() -> None:
    enemy = adversary().run("answered")
    right = enemy.transcript(VICTIM)
    wrong = replace(right, self_mask_seeds={**right.self_mask_seeds, "s001": bytes(32)})
    (complaint,) = enemy.show(VICTIM, wrong)
    assert not complaint.accepted
    assert complaint.reason == "s001: its self-mask seed does not match its commitment"
    enemy.learns_nothing()
