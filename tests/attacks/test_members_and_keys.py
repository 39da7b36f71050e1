"""Who takes part: forged, invented, doubled and replayed adverts, and too few friends."""

from dataclasses import replace
from typing import Any

import pytest

from fedqi.charter import Roster, read_document
from fedqi.errors import DefinitionError
from fedqi.secagg import AttemptParameters
from fedqi.secagg import messages as m
from fedqi.secagg.keys import load_key
from tests.attacks.kit import Adversary, adversary, signed
from tests.unit.charter.documents import make_charter, make_roster
from tests.unit.secagg.federation import names, parameters_for

VICTIM = "s000"


def with_advert(enemy: Adversary, advert: m.Advert) -> m.AdvertList:
    adverts = {item.site: item for item in enemy.adverts().adverts} | {advert.site: advert}
    return m.AdvertList(tuple(adverts[site] for site in sorted(adverts)))


def goes_on(enemy: Adversary) -> None:
    """After the refusal the honest list is still taken, and nothing comes of the attack."""
    assert isinstance(enemy.show(VICTIM, enemy.adverts())[0], m.Shares)
    enemy.learns_nothing()


@pytest.mark.parametrize("signer", ["", "s005"])
def test_a_mask_key_of_the_aggregators_own_is_refused(signer: str) -> None:
    enemy = adversary().start()
    own = load_key(b"\x09" * 32).public_key().public_bytes_raw()
    forged = replace(enemy.sent[m.Advert]["s001"], mask_key=own)
    forged = signed(forged, enemy.parameters, signer) if signer else forged
    enemy.refused(VICTIM, with_advert(enemy, forged), "not signed under its key", "s001")
    goes_on(enemy)


def test_an_unsigned_advert_is_refused() -> None:
    enemy = adversary().start()
    unsigned = replace(enemy.sent[m.Advert]["s001"], signature=b"")
    enemy.refused(VICTIM, with_advert(enemy, unsigned), "not signed under its key", "s001")
    goes_on(enemy)


def test_a_site_outside_the_roster_is_refused() -> None:
    enemy = adversary().start()
    stranger = signed(replace(enemy.sent[m.Advert]["s006"], site="s007"), enemy.parameters)
    adverts = [*enemy.adverts().adverts[:6], stranger]
    enemy.refused(VICTIM, m.AdvertList(tuple(adverts)), "not in the roster", "s007")
    goes_on(enemy)


def test_invented_hospitals_that_outnumber_the_roster_are_refused() -> None:
    enemy = adversary().start()
    model = enemy.sent[m.Advert]["s006"]
    invented = tuple(replace(model, site=f"s1{place:02}") for place in range(50))
    shown = m.AdvertList((*enemy.adverts().adverts, *invented))
    enemy.refused(VICTIM, shown, "outnumber the roster")
    goes_on(enemy)


def test_a_job_over_colluders_and_one_victim_is_refused() -> None:
    enemy = adversary().start()
    enemy.refused(VICTIM, enemy.adverts((VICTIM, "s005", "s006")), "3 sites, expected at least 5")
    goes_on(enemy)


def test_a_roster_of_colluders_and_one_victim_has_too_few_members() -> None:
    """Even where everybody in a small roster is asked, c + min_others + 1 must stand there."""
    few = replace(parameters_for(3), collusion_bound=2)
    enemy = adversary(few, colluders=("s001", "s002")).start()
    enemy.refused(VICTIM, enemy.adverts(), "3 sites, expected at least 5")


def test_a_victim_that_does_not_count_the_friends_is_not_alone_with_them() -> None:
    friends = tuple(names(7)[3:])
    enemy = adversary(colluders=friends[:2], uncounted=()).start()
    shy = adversary(sites=[VICTIM], colluders=friends[:2], uncounted=friends[:2]).start()
    enemy.sites[VICTIM] = shy.sites[VICTIM]
    enemy.sent[m.Advert][VICTIM] = shy.sent[m.Advert][VICTIM]
    shown = enemy.adverts(names(7)[:5])
    enemy.refused(VICTIM, shown, "3 sites that s000 counts, expected at least 5")


@pytest.mark.parametrize("field", ["sealing_key", "mask_key"])
def test_one_agent_under_two_names_is_refused(field: str) -> None:
    enemy = adversary().start()
    copied: dict[str, Any] = {field: getattr(enemy.sent[m.Advert]["s005"], field)}
    twin = signed(replace(enemy.sent[m.Advert]["s006"], **copied), enemy.parameters)
    enemy.refused(VICTIM, with_advert(enemy, twin), "also used by s005", "s006")
    goes_on(enemy)


def test_a_hospital_enrolled_twice_is_no_roster() -> None:
    charter = make_charter()
    roster = make_roster(charter)
    key = roster.members[0].identity_key
    same_key = roster.members[1].model_copy(update={"identity_key": key})
    same_site = roster.members[1].model_copy(update={"site": roster.members[0].site})
    for twin, match in ((same_key, "identity keys"), (same_site, "sites")):
        content = {"charter": roster.charter, "members": [roster.members[0], twin]}
        with pytest.raises(ValueError, match=f"{match} named more than once"):
            Roster.model_validate(content)


def replayed(
    earlier: AttemptParameters, now: AttemptParameters, match: str = "not signed under its key"
) -> Adversary:
    before, enemy = adversary(earlier).start(), adversary(now).start()
    advert = before.sent[m.Advert]["s001"]
    enemy.refused(VICTIM, with_advert(enemy, advert), match, "s001")
    return enemy


def test_adverts_of_another_attempt_or_job_are_refused() -> None:
    now = parameters_for(7, attempt=2)
    for earlier in (parameters_for(7, attempt=1), parameters_for(7, job="other", attempt=2)):
        goes_on(replayed(earlier, now))


def test_two_jobs_that_share_a_session_id_share_nothing_else() -> None:
    """One name and one attempt number twice, for two plans: neither takes the other's adverts."""
    now = parameters_for(7)
    goes_on(replayed(replace(now, plan=b"\x07" * 32), now))
    goes_on(replayed(replace(now, atoms=("copd",)), now, "atoms are not those"))


def test_an_attempt_that_is_run_twice_under_one_number_has_other_masks() -> None:
    """Every agent is restarted after its masked input and asked for it once more."""
    first = adversary().run("masked")
    again = adversary(knowledge=first.knowledge, start="again").run("masked")
    assert len(again.knowledge.inputs) == 14
    again.learns_nothing()


def test_a_key_of_small_order_is_refused_by_name() -> None:
    enemy = adversary().start()
    weak = signed(replace(enemy.sent[m.Advert]["s005"], mask_key=bytes(32)), enemy.parameters)
    enemy.refused(VICTIM, with_advert(enemy, weak), "all zero", "s005")
    goes_on(enemy)


def test_documents_that_are_too_large_are_refused_unread() -> None:
    with pytest.raises(DefinitionError, match="at most 1000000 expected"):
        read_document(Roster, b" " * 1_000_001)
