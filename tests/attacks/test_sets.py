"""Different sets shown to different sites, sets of a victim's own, and members lost on the way."""

from dataclasses import replace

import pytest

from fedqi.secagg import messages as m
from tests.attacks.kit import Adversary, adversary
from tests.attacks.test_knowledge import OMITTED
from tests.unit.secagg.federation import bound, closed, names, parameters_for

VICTIM = "s000"
ALL = names(7)
FEW = ALL[:-1]


def test_different_u1_shown_to_two_sites_lets_neither_open_the_others_shares() -> None:
    enemy = adversary(colluders=("s003", "s004")).start()
    enemy.show(VICTIM, enemy.adverts(FEW))
    for site in FEW[1:]:
        enemy.show(site, enemy.adverts())
    enemy.refused(VICTIM, enemy.delivery(VICTIM, FEW), "do not open", "s001")
    for site in FEW[1:]:
        enemy.refused(site, enemy.delivery(site, FEW), "do not open", VICTIM)
    assert m.MaskedInput not in enemy.sent


def test_different_u1_without_the_victim_in_u2_is_a_set_of_its_own() -> None:
    """The split sites are asked to go on each with those that saw the same list."""
    enemy = adversary(colluders=("s003", "s004")).start()
    for site in ALL:
        enemy.show(site, enemy.adverts(FEW if site in FEW[:3] else ALL))
    for site in FEW[:3]:
        enemy.refused(site, enemy.delivery(site, FEW[:3]), "too few sites: 3")
    for site in ALL[3:]:
        enemy.refused(site, enemy.delivery(site, ALL[3:]), "too few sites: 4")


def test_different_u2_shown_to_two_sites_leaves_their_masks_in_place() -> None:
    """Both sets are large enough, so inputs leave; but no two halves have a mask in common."""
    enemy = adversary().run("dealt")
    for site in ALL[:3]:
        enemy.show(site, enemy.delivery(site, FEW))
    for site in FEW[3:]:
        enemy.show(site, enemy.delivery(site))
    for site in FEW:
        enemy.show(site, enemy.survivors(FEW))
    for site in ALL[:5]:
        enemy.refused(site, enemy.statements(), "agree with this site's, expected at least 5")


def test_a_victim_shown_an_active_set_of_its_own_is_refused() -> None:
    enemy = adversary().run("dealt")
    for dealers in ((VICTIM, "s005", "s006"), (VICTIM, "s001", "s005", "s006")):
        enemy.refused(VICTIM, enemy.delivery(VICTIM, dealers), "too few sites")
    assert isinstance(enemy.show(VICTIM, enemy.delivery(VICTIM))[0], m.MaskedInput)


def test_a_victim_shown_the_least_active_set_that_it_accepts_is_one_of_many() -> None:
    """It masks against a set that nobody else was shown: what it sent stays noise."""
    enemy = adversary().run("dealt")
    enemy.show(VICTIM, enemy.delivery(VICTIM, (*ALL[:3], "s005", "s006")))
    for site in ALL[1:]:
        enemy.show(site, enemy.delivery(site))
    rest = ALL[1:]
    for site in rest:
        enemy.show(site, enemy.survivors(rest))
    for site in rest:
        enemy.show(site, enemy.statements(rest))
    enemy.learns_nothing()
    assert enemy.knowledge.isolates(len(rest) - 2) == ""


def test_survivors_that_differ_between_two_halves_unmask_nothing() -> None:
    enemy = adversary().run("masked")
    for site in FEW:
        enemy.show(site, enemy.survivors(ALL if site in ALL[:3] else FEW))
    for site in ALL[:5]:
        enemy.refused(site, enemy.statements(), "agree with this site's, expected at least 5")


def test_survivors_of_its_own_for_every_site_unmask_nothing() -> None:
    """Colluders state whatever list the asked site was shown, and are still too few."""
    enemy = adversary().run("masked")
    for site, digits in OMITTED.items():
        dropped = {f"s00{digit}" for digit in digits}
        shown = enemy.survivors([name for name in ALL if name not in dropped])
        enemy.show(site, shown)
        copies = {c: adversary().run("masked") for c in ("s005", "s006")}
        helping = [copies[c].show(c, shown)[0] for c in copies]
        statements = m.StatementSet((*enemy.of(m.Statement), *helping))
        enemy.refused(site, statements, "agree with this site's, expected at least 5")


def test_a_digest_of_another_input_in_the_list_is_refused() -> None:
    enemy = adversary().run("masked")
    entries = list(enemy.survivors().entries)
    entries[0] = replace(entries[0], digest=bytes(32))
    enemy.refused(VICTIM, m.Survivors(tuple(entries)), "lack this site's masked input")


@pytest.mark.parametrize("dealers", [("s000", *ALL[2:5], "s005", "s006", "s999"), ALL[::-1]])
def test_a_malformed_active_set_is_refused(dealers: tuple[str, ...]) -> None:
    enemy = adversary().run("dealt")
    right = enemy.delivery(VICTIM)
    sealed = {site: right.sealed.get(site, b"") for site in dealers if site != VICTIM}
    match = "had not taken part" if "s999" in dealers else "not sorted"
    enemy.refused(VICTIM, m.SharesDelivery(dealers, sealed), match)


def bound_run() -> Adversary:
    """Step 0 of a closed attempt over an atom that all seven have bound."""
    declared = {site: {"hf": bound("hf", ALL)} for site in ALL}
    enemy = adversary(closed(parameters_for(7)), declared=declared, steps=3).start()
    for site in ALL:
        enemy.show(site, enemy.adverts())
    return enemy


def test_a_site_dropped_between_two_steps_is_missed_by_everyone() -> None:
    enemy = bound_run()
    enemy.finish_step()
    (victim, *rest) = ALL
    fewer = replace(enemy.transcript(rest[0]), inputs=tuple(enemy.of(m.MaskedInput, rest)))
    for site in rest[:4]:
        (complaint,) = enemy.show(site, fewer)
        assert (complaint.accepted, complaint.step) == (False, 1)
        assert complaint.reason == "the inputs are not those of exactly the sites of this step"
    assert victim not in {item.site for item in fewer.inputs}
    enemy.learns_nothing()


def test_a_closed_attempt_over_fewer_than_the_bound_set_is_refused() -> None:
    declared = {site: {"hf": bound("hf", ALL)} for site in ALL}
    enemy = adversary(closed(parameters_for(7)), declared=declared).start()
    for site in FEW[:5]:
        enemy.refused(site, enemy.adverts(FEW), "bound to exactly themselves", FEW[0])


def test_the_same_atom_over_another_set_in_a_new_attempt_is_refused() -> None:
    """Seven were summed; then six of them, and then seven with an eighth hospital."""
    declared = {site: {"hf": bound("hf", ALL)} for site in ALL}
    eight = parameters_for(8)
    for parameters in (eight, replace(closed(eight), attempt=3)):
        enemy = adversary(parameters, declared=declared).start()
        for members, match in ((FEW, "hf is bound"), (names(8), "hf is (bound|free)")):
            enemy.refused(VICTIM, enemy.adverts(members), match, VICTIM)


def test_a_member_left_out_of_two_releases_of_one_atom_is_not_their_difference() -> None:
    """What the two honest attempts over one atom give is one sum, whoever sends twice."""
    first = adversary().run("verified")
    declared = {site: {"hf": bound("hf", ALL)} for site in ALL}
    again = adversary(closed(parameters_for(7)), declared=declared, knowledge=first.knowledge)
    again.start()
    for site in ALL:
        again.show(site, again.adverts())
    again.learns_nothing()
    assert again.knowledge.isolates(len(first.honest)) == ""
