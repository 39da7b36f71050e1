"""Round 0: who stands behind the keys, and in which session."""

from dataclasses import replace
from typing import Any

import pytest

from fedqi.secagg import AttemptParameters, canonical
from fedqi.secagg.keys import load_key
from fedqi.secagg.messages import Advert, AdvertList
from tests.attacks.kit import Adversary, adversary, signed, sparse
from tests.unit.secagg.federation import Entropy, make_site, parameters_for

PARAMETERS = parameters_for(7)
OWN_KEY = load_key(b"\x09" * 32).public_key().public_bytes_raw()
GRAPHS = [parameters_for(7), sparse()]


def swap(adv: Adversary, advert: Advert) -> AdvertList:
    return AdvertList(tuple(sorted_with(adv, advert)))


def sorted_with(adv: Adversary, advert: Advert) -> list[Advert]:
    return [item for _, item in sorted((adv.adverts | {advert.site: advert}).items())]


def goes_on(adv: Adversary) -> None:
    """After the refusal the honest attempt completes, and gives the promised sum only."""
    adv.share().mask().state()
    assert adv.press() == adv.honest
    adv.learns_nothing()


@pytest.mark.parametrize("parameters", GRAPHS, ids=["complete", "sparse"])
@pytest.mark.parametrize("signer", ["", "s006"])
def test_a_key_of_the_aggregator_for_a_members_is_refused(
    parameters: AttemptParameters, signer: str
) -> None:
    """Neither the old signature nor that of a colluder covers the new key."""
    adv = adversary(parameters)
    forged = replace(adv.adverts["s001"], mask_key=OWN_KEY)
    if signer:
        forged = signed(parameters, forged, by=signer)
    adv.refused("s000", swap(adv, forged), "not signed under its key", by="s001")
    goes_on(adv)


def test_a_key_without_a_signature_is_refused() -> None:
    adv = adversary()
    bare = replace(adv.adverts["s001"], sealing_key=OWN_KEY, signature=b"")
    adv.refused("s000", swap(adv, bare), "not signed under its key", by="s001")
    goes_on(adv)


def test_invented_hospitals_are_refused_however_many() -> None:
    adv = adversary()
    for count in (1, 2, 20):
        invented = [
            signed(PARAMETERS, replace(adv.adverts["s006"], site=f"t{number:03d}"))
            for number in range(count)
        ]
        beside = AdvertList((*adv.adverts.values(), *invented))
        adv.refused("s000", beside, "outnumber the roster")
        kept = tuple(adv.adverts.values())[: 7 - min(count, 5)]
        adv.refused("s000", AdvertList((*kept, *invented[:5])), "not in the roster", by="t000")
    goes_on(adv)


@pytest.mark.parametrize("count", [7, 10, 16, 24])
def test_colluders_and_one_victim_are_no_group_at_any_size(count: int) -> None:
    adv = adversary(parameters_for(count))
    shown = adv.advert_list(("s000", *adv.colluders))
    adv.refused("s000", shown, "too few sites")
    almost = adv.advert_list((*adv.honest[:2], *adv.colluders))
    adv.refused("s000", almost, "too few sites")
    adv.learns_nothing()


def test_an_advert_of_another_attempt_or_job_is_refused() -> None:
    adv = adversary()
    for other in (parameters_for(7, attempt=2), parameters_for(7, job="other")):
        replayed = adversary(other).adverts["s001"]
        adv.refused("s000", swap(adv, replayed), "not signed under its key", by="s001")
    goes_on(adv)


@pytest.mark.parametrize(
    "change",
    [{"plan": b"\x01" * 32}, {"charter": b"\x01" * 32}, {"min_others": 1}, {"collusion_bound": 1}],
    ids=str,
)
def test_two_jobs_under_one_name_and_number_do_not_meet(change: dict[str, Any]) -> None:
    """Half of the sites are told another job of the same name: each half stands alone."""
    ours, theirs = adversary(), adversary(replace(PARAMETERS, **change))
    for site in ("s001", "s006"):
        mixed = swap(ours, theirs.adverts[site])
        ours.refused("s000", mixed, "not signed under its key", by=site)
    goes_on(ours)


def test_a_message_of_an_older_protocol_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """All signed and keyed bytes start with the version: an old advert cannot be passed on."""
    with monkeypatch.context() as patch:
        patch.setattr(canonical, "PREFIX", "fedqi.secagg/0/")
        old = make_site(PARAMETERS, "s001").start()[0]
    adv = adversary()
    adv.refused("s000", swap(adv, old), "not signed under its key", by="s001")
    goes_on(adv)


@pytest.mark.parametrize("field", ["mask_key", "sealing_key"])
def test_one_key_under_two_names_is_refused(field: str) -> None:
    """A colluder that takes another's public key, to count as two or to reflect its masks."""
    adv = adversary()
    copied: dict[str, Any] = {field: getattr(adv.adverts["s005"], field)}
    twin = signed(PARAMETERS, replace(adv.adverts["s006"], **copied))
    adv.refused("s000", swap(adv, twin), "also used by s005", by="s006")
    goes_on(adv)


@pytest.mark.parametrize("parameters", GRAPHS, ids=["complete", "sparse"])
def test_adverts_of_the_first_run_do_not_serve_a_site_that_was_restarted(
    parameters: AttemptParameters,
) -> None:
    """The attempt runs twice under one number: the victim has new keys, the others the old.

    Old adverts are rightly signed. But the shares behind them were sealed among another U1.
    """
    adv = adversary(parameters).share().mask()
    victim = make_site(parameters, "s000", entropy=Entropy("again"))
    adv.sites["s000"] = victim
    (adv.adverts["s000"],) = victim.start()
    adv.show("s000", adv.advert_list())
    dealer = min(adv.delivery("s000").sealed)
    adv.refused("s000", adv.delivery("s000"), "do not open", by=dealer)
    adv.unanswered(["s000"])
    adv.learns_nothing()


def test_a_site_restarted_on_the_sparse_graph_is_not_unmasked_by_colluders_alone() -> None:
    """There the delivery may lack the honest dealers; its own holders are still the old ones."""
    parameters = sparse()
    adv = adversary(parameters).share().mask().state()
    victim = make_site(parameters, "s000", entropy=Entropy("again"))
    adv.sites["s000"] = victim
    (adv.adverts["s000"],) = victim.start()
    adv.show("s000", adv.advert_list())
    everyone = adv.delivery("s000")
    adv.show("s000", replace(everyone, sealed={}))
    adv.show("s000", adv.survivors())
    assert adv.press()
    adv.unanswered(["s000"])
    adv.learns_nothing()
