"""What only the sparse graph has: own holders, and totals that others recomputed."""

from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest

from fedqi.errors import RemoteProtocolError
from fedqi.secagg import AtomsFreed, sign_discard_receipt, verify_discard_receipts
from fedqi.secagg.auditors import auditors
from fedqi.secagg.messages import AcceptedTotal, Verdict
from fedqi.secagg.signing import verdict_bytes
from fedqi.secagg.transcript import StepFacts
from tests.attacks.kit import Adversary, adversary, sparse
from tests.unit.secagg.federation import identity_of

SITE = "s000"


def holders_of(adv: Adversary, site: str = SITE) -> set[str]:
    return {site, *adv.dealt[site].sealed}


def strangers(adv: Adversary, kept: int) -> set[str]:
    """All sites but the holders of one, of whom only so many are kept, itself included."""
    others = sorted(holders_of(adv) - {SITE})
    return set(adv.sites) - set(others[kept - 1 :])


def test_statements_of_sites_that_are_no_own_holders_convince_nobody() -> None:
    adv = adversary(sparse()).share().mask().state()
    few = strangers(adv, adv.threshold - 1)
    right = adv.statement_set(SITE)
    message = replace(right, statements=tuple(s for s in right.statements if s.site in few))
    assert len(message.statements) >= adv.threshold
    adv.refused(SITE, message, f"{adv.threshold - 1} statements agree with this site's")
    adv.learns_nothing()


def test_an_active_set_or_survivors_without_t_own_holders_are_refused() -> None:
    """Otherwise the site would mask an input that its own holders could never unmask."""
    adv = adversary(sparse(40)).share()
    few = strangers(adv, adv.threshold - 1)
    reason = f"{adv.threshold - 1} of this site's holders take part"
    adv.refused(SITE, adv.delivery(SITE, few), reason)
    adv.mask()
    adv.refused(SITE, adv.survivors(few), reason)
    adv.learns_nothing()


def test_receipts_of_sites_that_are_no_own_holders_free_nothing() -> None:
    adv = adversary(sparse()).share().mask()
    opened, adverts = adv.sites[SITE].entries[0], adv.advert_list().adverts

    def freed(sites: set[str]) -> AtomsFreed:
        receipts = [sign_discard_receipt(adv.parameters, s, identity_of(s)) for s in sorted(sites)]
        return verify_discard_receipts(adv.parameters, opened, adverts, receipts)

    with pytest.raises(RemoteProtocolError, match="valid discard receipts of this site's holders"):
        freed(strangers(adv, adv.threshold - 1))
    assert freed(strangers(adv, adv.threshold)).atoms == ("hf",)


def shown_total() -> tuple[Adversary, StepFacts, AcceptedTotal, str]:
    """The open step as the auditors judged it, and a site that is none of them."""
    adv = adversary(sparse(), steps=2).share().mask().state().unmask()
    right = adv.transcript(0)
    facts: StepFacts = adv.sites[SITE].session._rounds._facts
    judges = auditors(facts)
    verdicts = [adv.show(site, right)[0] for site in judges]
    other = next(site for site in adv.honest if site not in judges)
    return adv, facts, AcceptedTotal(0, right.total, tuple(verdicts)), other


def acceptance(facts: StepFacts, author: str, total: bytes) -> Verdict:
    """What a colluder signs of whatever total it likes."""
    item = Verdict(author, 0, True, sha256(total).digest(), "", b"")
    text = verdict_bytes(facts.masks, facts.cohort_digest, item)
    return replace(item, signature=identity_of(author).sign(text))


def test_a_total_that_colluders_alone_accepted_is_refused() -> None:
    """Nor do repeated or relabelled acceptances stand for the one honest member that it needs."""
    adv, facts, right, site = shown_total()
    total = (np.frombuffer(right.total, np.uint64) + np.uint64(1)).tobytes()
    old = replace(right, total=total)
    adv.refused(site, old, "0 members of the cohort accepted this total, expected at least 6")
    lies = [acceptance(facts, author, total) for author in adv.colluders]
    relabelled = [replace(lies[0], site=honest) for honest in adv.honest[:9]]
    for verdicts in (lies, lies * 3, [*lies, *relabelled]):
        adv.refused(site, replace(old, verdicts=tuple(verdicts)), "5 members of the cohort")
    assert adv.offer(site, right)
    adv.learns_nothing()


def test_an_auditor_takes_nobodys_word() -> None:
    adv = adversary(sparse()).share().mask().state().unmask()
    facts: StepFacts = adv.sites[SITE].session._rounds._facts
    judge = next(site for site in adv.honest if site in auditors(facts))
    message = AcceptedTotal(0, adv.transcript(0).total, ())
    adv.refused(judge, message, "this site is to recompute the total itself")
