"""Different U1, U2 and U3 shown to different sites, in both graphs.

Sites that were shown different things may all go on for a while; what counts is that nothing
which they send together gives more than one sum over enough honest sites.
"""

from dataclasses import replace

import pytest

from fedqi.errors import RemoteProtocolError
from fedqi.secagg import AttemptParameters
from fedqi.secagg.messages import SharesDelivery
from tests.attacks.kit import Adversary, adversary, sparse
from tests.unit.secagg.federation import parameters_for

GRAPHS = [parameters_for(12), sparse()]
BOTH = pytest.mark.parametrize("parameters", GRAPHS, ids=["complete", "sparse"])
VICTIM = "s000"


def without(absent: str, adv: Adversary) -> tuple[str, ...]:
    return tuple(site for site in adv.sites if site != absent)


def others_of(adv: Adversary) -> tuple[str, ...]:
    return without(VICTIM, adv)


@BOTH
def test_a_u1_of_its_own_leaves_a_victim_alone(parameters: AttemptParameters) -> None:
    """The victim is shown U1 without one site; what it seals opens nowhere, nor the reverse."""
    adv = adversary(parameters)
    fewer = without("s001", adv)
    adv.show(VICTIM, adv.advert_list(fewer))
    for site in others_of(adv):
        adv.show(site, adv.advert_list())
    dealer = min(adv.delivery(VICTIM, fewer).sealed)
    adv.refused(VICTIM, adv.delivery(VICTIM, fewer), "do not open", by=dealer)
    deceived = next(s for s in adv.honest[2:] if s in adv.dealt[VICTIM].sealed)
    adv.refused(deceived, adv.delivery(deceived), "do not open", by=VICTIM)
    adv.learns_nothing()


@BOTH
def test_two_halves_with_different_u1_share_nothing(parameters: AttemptParameters) -> None:
    adv = adversary(parameters)
    one, other = adv.honest[::2], adv.honest[1::2]
    for site in adv.honest:
        adv.show(site, adv.advert_list(adv.sites if site in one else others_of(adv)))
    for site in adv.colluders:
        adv.show(site, adv.advert_list())
    across = [d for d in other if one[1] in adv.dealt[d].sealed]
    with pytest.raises(RemoteProtocolError, match="do not open") as caught:
        adv.sites[one[1]].session.receive(adv.delivery(one[1]))
    assert caught.value.site in across
    adv.learns_nothing()


@BOTH
def test_an_active_set_of_colluders_and_one_victim_is_refused(
    parameters: AttemptParameters,
) -> None:
    adv = adversary(parameters).share()
    few = (VICTIM, *adv.colluders)
    adv.refused(VICTIM, adv.delivery(VICTIM, few), "too few sites")
    adv.mask().state()
    assert adv.press() == adv.honest
    adv.learns_nothing()


@BOTH
def test_an_active_set_of_its_own_is_never_unmasked(parameters: AttemptParameters) -> None:
    """The victim masks over U2 less one site: nobody else has those masks."""
    adv = adversary(parameters).share()
    fewer = without("s001", adv)
    adv.show(VICTIM, adv.delivery(VICTIM, fewer))
    for site in others_of(adv):
        adv.show(site, adv.delivery(site))
    adv.show(VICTIM, adv.survivors(fewer))
    for site in others_of(adv):
        adv.show(site, adv.survivors())
    adv.press()
    adv.unanswered([VICTIM])
    adv.learns_nothing()


def test_a_dealer_with_an_active_set_of_its_own_is_named_by_its_holders() -> None:
    """Sparse graph: each holder sees that the victim did not sign for this active set."""
    adv = adversary(sparse()).share()
    fewer = without("s001", adv)
    adv.show(VICTIM, adv.delivery(VICTIM, fewer))
    for site in others_of(adv):
        adv.show(site, adv.delivery(site))
    for site in others_of(adv):
        adv.show(site, adv.survivors())
    holder = next(s for s in adv.honest[2:] if s in adv.dealt[VICTIM].sealed)
    own = adv.statements[holder]
    forged = [adv.colluding_statement(author, own, holder) for author in adv.colluders]
    message = adv.statement_set(holder, forged)
    adv.refused(holder, message, "not shown to be signed for this list, active set", by=VICTIM)


def test_shares_kept_from_a_holder_leave_a_mask_without_counterpart() -> None:
    """Sparse graph: the delivery may lack dealers. Then only one end of an edge masks."""
    adv = adversary(sparse()).share()
    holder = next(s for s in adv.honest if VICTIM in adv.dealt and s in adv.dealt[VICTIM].sealed)
    for site in adv.sites:
        message = adv.delivery(site)
        if site == holder:
            sealed = {d: t for d, t in message.sealed.items() if d != VICTIM}
            message = replace(message, sealed=sealed)
        adv.show(site, message)
    adv.state()
    adv.press()
    adv.learns_nothing()


@pytest.mark.parametrize("kept", [1, 3, 6, 9])
@BOTH
def test_lists_of_survivors_shown_to_parts_of_the_sites(
    parameters: AttemptParameters, kept: int
) -> None:
    """Some are shown U3, the others U3 without the victim; colluders state both."""
    adv = adversary(parameters).share().mask()
    full, fewer = adv.survivors(), adv.survivors(others_of(adv))
    part = len(adv.honest) * kept // 10
    for place, site in enumerate(adv.honest):
        adv.show(site, full if place <= part else fewer)
    answered = set(adv.press())
    if parameters.complete_up_to > 100:
        lists = {adv.statements[site].statement_digest for site in answered}
        assert len(lists) <= 1
    adv.learns_nothing()


@BOTH
def test_the_full_list_shown_to_as_few_as_possible(parameters: AttemptParameters) -> None:
    """Only the victim and the holders that it needs hear that it survived."""
    adv = adversary(parameters).share().mask()
    needed = adv.threshold - 1 - len(set(adv.colluders) & set(adv.dealt[VICTIM].sealed))
    holders = [s for s in adv.honest if s in adv.dealt[VICTIM].sealed][:needed]
    full, fewer = adv.survivors(), adv.survivors(others_of(adv))
    for site in adv.honest:
        adv.show(site, full if site in (VICTIM, *holders) else fewer)
    adv.press()
    adv.learns_nothing()


@BOTH
def test_a_second_list_is_not_stated(parameters: AttemptParameters) -> None:
    adv = adversary(parameters).share().mask().state()
    fewer = adv.survivors(others_of(adv))
    for site in adv.honest[1:4]:
        adv.refused(site, fewer, "Survivors is not expected while this site's session is stated")
    assert adv.press() == adv.honest
    adv.learns_nothing()


@BOTH
def test_a_list_without_the_site_or_with_another_input_is_refused(
    parameters: AttemptParameters,
) -> None:
    adv = adversary(parameters).share().mask()
    adv.refused(VICTIM, adv.survivors(others_of(adv)), "lack this site's masked input")
    right = adv.survivors()
    forged = replace(right.entries[0], digest=bytes(32))
    adv.refused(VICTIM, replace(right, entries=(forged, *right.entries[1:])), "as it was sent")
    adv.refused(VICTIM, adv.survivors((VICTIM, *adv.colluders)), "too few sites")


def test_a_delivery_of_one_site_shown_to_another_is_refused() -> None:
    adv = adversary(GRAPHS[0]).share()
    crossed: SharesDelivery = adv.delivery("s001")
    adv.refused(VICTIM, crossed, "not one sealed text of every other dealer")
    relabelled = {dealer: crossed.sealed.get(dealer, b"") for dealer in others_of(adv)}
    adv.refused(VICTIM, replace(crossed, sealed=relabelled), "do not open", by="s001")
    adv.learns_nothing()
