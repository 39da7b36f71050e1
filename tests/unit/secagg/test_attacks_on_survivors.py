"""An adversarial aggregator against real site sessions, rounds 3 and 4, and receipts."""

from dataclasses import replace
from typing import Any

import pytest

from fedqi.errors import LocalProtocolError, RemoteProtocolError
from fedqi.secagg import SitePhase, UnmaskingAnswered
from fedqi.secagg.messages import (
    DiscardReceipt,
    MaskKeyShare,
    SelfMaskShare,
    SharesDelivery,
    Statement,
    StatementSet,
    Survivors,
    Unmasking,
)
from tests.unit.secagg.federation import (
    Federation,
    bound,
    federation,
    names,
    none,
    parameters_for,
)


def before_survivors(count: int = 7, **options: Any) -> tuple[Federation, Survivors]:
    fed = federation(parameters_for(count), **options)
    fed.run(until="masking")
    return fed, fed.aggregator.proceed()[0][1]


def before_statements(count: int = 7) -> tuple[Federation, dict[str, StatementSet]]:
    fed = federation(parameters_for(count))
    fed.run(until="stating")
    return fed, dict(fed.aggregator.proceed())


def refused(fed: Federation, message: Any, match: str, site: str = "s000") -> None:
    session, phase = fed.sites[site].session, fed.sites[site].session.phase
    with pytest.raises(RemoteProtocolError, match=match):
        session.receive(message)
    assert session.phase is phase
    assert not any(isinstance(entry, UnmaskingAnswered) for entry in fed.sites[site].entries)


def test_survivor_lists_that_differ_between_two_halves_unmask_nothing() -> None:
    fed, right = before_survivors()
    without = Survivors(tuple(entry for entry in right.entries if entry.site != "s006"))
    statements = {}
    for site in names(6):
        shown = right if site in ("s000", "s001", "s002") else without
        (statements[site],) = fed.sites[site].take(shown)
    for site in names(6):
        message = StatementSet(tuple(statements.values()))
        refused(fed, message, "3 statements agree with this site's, expected at least 5", site)


def test_a_site_that_was_shown_another_u2_agrees_with_nobody() -> None:
    fed = federation(parameters_for(7))
    fed.run(until="sharing")
    messages = dict(fed.aggregator.proceed())
    right = messages["s000"]
    sealed = {s: t for s, t in right.sealed.items() if s != "s006"}
    messages["s000"] = replace(right, dealers=names(6), sealed=sealed)
    for site in names(6):
        if site != "s000":
            fed.send(site, fed.sites[site].take(messages[site]))
    with pytest.raises(RemoteProtocolError, match="not its own for this attempt"):
        fed.send("s000", fed.sites["s000"].take(messages["s000"]))


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda e: e[1:], "lack this site's masked input"),
        (lambda e: e[:4], "too few sites: 4"),
        (lambda e: e[::-1], "not sorted"),
        (lambda e: (*e, e[-1]), "not sorted"),
        (lambda e: (*e, replace(e[-1], site="s999")), "had not taken part"),
        (lambda e: (replace(e[0], digest=bytes(32)), *e[1:]), "lack this site's masked input"),
    ],
)
def test_a_wrong_list_of_survivors_is_refused(change: Any, match: Any) -> None:
    fed, right = before_survivors()
    refused(fed, Survivors(change(right.entries)), match)
    assert isinstance(fed.sites["s000"].take(right)[0], Statement)


def test_a_second_list_after_the_statement_is_refused() -> None:
    fed, right = before_survivors()
    fed.sites["s000"].take(right)
    assert fed.sites["s000"].session.receive(right) == []
    refused(fed, Survivors(right.entries[:6]), "not expected")


def test_an_atom_left_with_too_few_survivors_is_refused() -> None:
    parameters = parameters_for(8, ("hf", "copd"))
    declared = {site: {"copd": none("copd")} for site in names(3)}
    fed = federation(parameters, declared=declared)
    fed.run(until="masking")
    entries = fed.aggregator.proceed()[0][1].entries
    refused(fed, Survivors(entries[:7]), "atom copd: 4 sites, expected at least 5")


def test_survivors_without_a_member_of_a_bound_set_are_refused() -> None:
    parameters = parameters_for(7, ("hf", "copd"))
    declared = {site: {"copd": bound("copd", names(7))} for site in names(7)}
    fed = federation(parameters, declared=declared)
    fed.run(until="masking")
    entries = fed.aggregator.proceed()[0][1].entries
    refused(fed, Survivors(entries[:6]), "bound to a set of which s006 is missing")


def test_fewer_than_t_statements_do_not_unmask() -> None:
    fed, sets = before_statements()
    refused(fed, StatementSet(sets["s000"].statements[:4]), "4 statements agree")


def test_repeated_statements_count_once() -> None:
    fed, sets = before_statements()
    refused(fed, StatementSet(sets["s000"].statements[1:3] * 5), "3 statements agree")


def test_forged_tags_and_tags_for_another_site_do_not_count() -> None:
    fed, sets = before_statements()
    forged = tuple(replace(s, tags={"s000": bytes(32)}) for s in sets["s000"].statements)
    refused(fed, StatementSet(forged), "1 statements agree")
    refused(fed, sets["s001"], "1 statements agree")


def test_statements_of_another_attempt_do_not_count() -> None:
    other = federation(parameters_for(7, attempt=2))
    other.run(until="stating")
    replayed = dict(other.aggregator.proceed())["s000"]
    fed, _ = before_statements()
    refused(fed, replayed, "1 statements agree")


def test_the_unmasking_is_answered_once() -> None:
    fed, sets = before_statements()
    (answer,) = fed.sites["s000"].take(sets["s000"])
    assert isinstance(answer, Unmasking)
    assert fed.sites["s000"].session.receive(sets["s000"]) == []
    with pytest.raises(RemoteProtocolError, match="not expected"):
        fed.sites["s000"].session.receive(StatementSet(sets["s000"].statements[:6]))


def test_each_dealer_is_answered_with_exactly_one_kind_of_share() -> None:
    fed = federation(parameters_for(7), drops={"s006": "MaskedInput"})
    fed.run(until="stating")
    sets = dict(fed.aggregator.proceed())
    (answer,) = fed.sites["s000"].take(sets["s000"])
    kinds = {dealer: type(share) for dealer, share in answer.shares.items()}
    assert kinds == dict.fromkeys(names(6), SelfMaskShare) | {"s006": MaskKeyShare}


def test_the_secrets_are_erased_after_the_answer() -> None:
    fed, sets = before_statements()
    secrets = fed.sites["s000"].session._secrets
    held = [half for pair in secrets._held.values() for half in pair]
    assert held
    assert not any(half.erased for half in held)
    fed.sites["s000"].take(sets["s000"])
    assert all(half.erased for half in held)
    assert secrets.seed.erased
    assert secrets.mask_key.erased
    assert secrets.sealing.erased


def test_a_receipt_excludes_an_answer() -> None:
    fed, sets = before_statements()
    site = fed.sites["s000"]
    (receipt,) = site.obey(site.session.discard())
    assert isinstance(receipt, DiscardReceipt)
    assert site.session.phase is SitePhase.DISCARDED
    refused(fed, sets["s000"], "not expected while this site's session is discarded")


def test_an_answer_excludes_a_receipt() -> None:
    fed, sets = before_statements()
    site = fed.sites["s000"]
    site.take(sets["s000"])
    with pytest.raises(LocalProtocolError, match="cannot discard"):
        site.session.discard()


def test_no_receipt_while_the_answer_waits_to_be_recorded() -> None:
    fed, sets = before_statements()
    session = fed.sites["s000"].session
    (binding,) = session.receive(sets["s000"])
    session.confirm(binding)
    with pytest.raises(LocalProtocolError, match="cannot discard"):
        session.discard()


def test_a_receipt_after_an_answer_is_refused_by_the_aggregator() -> None:
    fed, sets = before_statements()
    other, _ = before_statements()
    (receipt,) = other.sites["s000"].obey(other.sites["s000"].session.discard())
    fed.send("s000", fed.sites["s000"].take(sets["s000"]))
    with pytest.raises(RemoteProtocolError, match="receipt after an unmasking"):
        fed.aggregator.receive("s000", receipt)


def test_an_answer_after_a_receipt_is_refused_by_the_aggregator() -> None:
    fed, sets = before_statements()
    other, _ = before_statements()
    (receipt,) = other.sites["s000"].obey(other.sites["s000"].session.discard())
    fed.aggregator.receive("s000", receipt)
    with pytest.raises(RemoteProtocolError, match="unmasking after a discard receipt"):
        fed.send("s000", fed.sites["s000"].take(sets["s000"]))


def test_sites_that_were_shown_different_u1_cannot_open_each_others_shares() -> None:
    fed = federation(parameters_for(7))
    fed.start()
    lists = dict(fed.aggregator.proceed())
    fewer = replace(lists["s000"], adverts=lists["s000"].adverts[:6])
    (victim,) = fed.sites["s000"].take(fewer)
    dealt = {site: fed.sites[site].take(lists[site])[0] for site in names(6)[1:]}
    dealt["s000"] = victim
    for site, peer in (("s000", "s001"), ("s001", "s000")):
        sealed = {dealer: dealt[dealer].sealed[site] for dealer in names(6) if dealer != site}
        with pytest.raises(RemoteProtocolError, match="do not open") as caught:
            fed.sites[site].session.receive(SharesDelivery(names(6), sealed))
        assert caught.value.site == peer
        assert fed.sites[site].entries == []
