"""The same figures asked again: over another set, after receipts, after a restart.

The knowledge of both attempts is put together; a site's figures are the same unknowns in both.
"""

from dataclasses import replace

import pytest

from fedqi.secagg import (
    AtomsBound,
    AtomsFreed,
    AttemptMode,
    AttemptParameters,
    sign_discard_receipt,
    verify_discard_receipts,
)
from fedqi.secagg.messages import AtomDeclaration
from tests.attacks.kit import MIN_OTHERS, Adversary, adversary, sparse
from tests.unit.secagg.federation import bound, closed, identity_of, none, parameters_for

GRAPHS = [parameters_for(8), sparse()]
BOTH = pytest.mark.parametrize("parameters", GRAPHS, ids=["complete", "sparse"])
VICTIM = "s001"


def released(parameters: AttemptParameters) -> Adversary:
    adv = adversary(parameters).share().mask().state()
    assert adv.press() == adv.honest
    return adv


def next_attempt(
    adv: Adversary, mode: AttemptMode, declared: dict[str, dict[str, AtomDeclaration]]
) -> Adversary:
    parameters = replace(adv.parameters, attempt=2, mode=mode)
    return adversary(parameters, knowledge=adv.knowledge, declared=declared)


def as_recorded(adv: Adversary) -> dict[str, dict[str, AtomDeclaration]]:
    """What the sites declare after the attempt, from the entries that they stored."""
    states: dict[str, dict[str, AtomDeclaration]] = {}
    for name in adv.honest:
        (entry,) = [e for e in adv.sites[name].entries if isinstance(e, AtomsBound)]
        states[name] = {atom: bound(atom, sites) for atom, sites in entry.offering.items()}
    return states | {name: states[adv.honest[0]] for name in adv.colluders}


@pytest.mark.parametrize("mode", AttemptMode)
@BOTH
def test_a_released_atom_is_not_summed_without_one_of_its_sites(
    parameters: AttemptParameters, mode: AttemptMode
) -> None:
    first = released(parameters)
    adv = next_attempt(first, mode, as_recorded(first))
    fewer = tuple(site for site in adv.sites if site != VICTIM)
    adv.refused("s000", adv.advert_list(fewer), "bound to exactly themselves", by="s000")
    adv.learns_nothing()


@BOTH
def test_a_released_atom_may_be_summed_again_over_the_same_sites(
    parameters: AttemptParameters,
) -> None:
    """Closed, with steps of its own: both attempts together give no smaller sum."""
    first = released(parameters)
    adv = next_attempt(first, AttemptMode.CLOSED, as_recorded(first))
    for site in adv.sites:
        adv.show(site, adv.advert_list())
    message = adv.transcript(0)
    for site in adv.sites:
        adv.show(site, message)
    adv.learns_nothing()


@BOTH
def test_sites_that_forgot_what_was_released_would_give_a_victim_away(
    parameters: AttemptParameters,
) -> None:
    """The control: the rule of one atom, one set is what stops this, and nothing else does."""
    first = released(parameters)
    adv = next_attempt(first, AttemptMode.OPEN, {})
    fewer = tuple(site for site in adv.sites if site != VICTIM)
    adv.share(fewer).mask(fewer).state()
    adv.press()
    assert adv.knowledge.isolated(MIN_OTHERS) == (VICTIM,)


def test_one_site_that_remembers_stops_the_others() -> None:
    """A disk that was rolled back declares its atom free: the others have it bound."""
    first = released(GRAPHS[0])
    declared = {s: d for s, d in as_recorded(first).items() if s != VICTIM}
    adv = next_attempt(first, AttemptMode.OPEN, declared)
    adv.refused("s000", adv.advert_list(), "atom hf is free at this site", by=VICTIM)
    adv.refused(VICTIM, adv.advert_list(), "atom hf is free at this site", by=VICTIM)
    adv.learns_nothing()


def test_a_colluder_that_claims_another_set_is_named() -> None:
    first = released(GRAPHS[0])
    liar = first.colluders[0]
    declared = as_recorded(first) | {liar: {"hf": bound("hf", ("s000", liar))}}
    adv = next_attempt(first, AttemptMode.CLOSED, declared)
    adv.refused("s000", adv.advert_list(), "bound to exactly themselves", by=liar)
    silent = as_recorded(first) | {VICTIM: {"hf": none("hf")}}
    adv = next_attempt(first, AttemptMode.CLOSED, silent)
    adv.refused("s000", adv.advert_list(), "bound to exactly themselves", by="s000")


@pytest.mark.parametrize("answered", range(4))
def test_an_attempt_given_up_and_the_next_over_fewer_sites(answered: int) -> None:
    """Some answered before the receipts came: if t receipts stand, their answers are too few."""
    adv = adversary(GRAPHS[0]).share().mask().state()
    for site in adv.honest[:answered]:
        adv.offer(site, adv.statement_set(site))
    for site in adv.honest[answered:]:
        adv.sites[site].obey(adv.sites[site].session.discard())
    receipts = [
        sign_discard_receipt(adv.parameters, site, identity_of(site))
        for site in (*adv.honest[answered:], *adv.colluders)
    ]
    if len(receipts) < adv.threshold:
        assert adv.knowledge.isolated(6, limit=6) is None
        return
    opened = adv.sites[adv.honest[-1]].entries[0]
    adverts = adv.advert_list().adverts
    freed = verify_discard_receipts(adv.parameters, opened, adverts, receipts)
    assert isinstance(freed, AtomsFreed)
    again = next_attempt(adv, AttemptMode.OPEN, {})
    fewer = tuple(site for site in again.sites if site != VICTIM)
    again.share(fewer).mask(fewer).state()
    again.press()
    again.learns_nothing()


def test_a_closed_attempt_is_no_way_around_the_open_step() -> None:
    adv = adversary(closed(GRAPHS[0]))
    adv.refused("s000", adv.advert_list(), "no atom can be summed")
    adv.learns_nothing()
