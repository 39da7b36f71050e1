"""The check that nothing is learned does find what is learned: each test takes a guard away."""

import numpy as np
import pytest

from fedqi.secagg import messages as m
from fedqi.secagg import site_rounds
from tests.attacks.algebra import isolated
from tests.attacks.kit import adversary
from tests.unit.secagg.federation import names

VICTIM = "s000"


def test_an_honest_attempt_determines_the_sum_of_all_honest_sites_and_no_smaller_one() -> None:
    enemy = adversary().run("verified")
    enemy.learns_nothing()
    assert enemy.knowledge.isolates(len(enemy.honest)) == ""
    assert "s000" in enemy.knowledge.isolates(len(enemy.honest) + 1)


def test_a_victim_is_found_once_t_shares_of_both_kinds_are_known() -> None:
    enemy = adversary().run("masked")
    advert = enemy.sent[m.Advert][VICTIM]
    for secret in (advert.seed_commitment, advert.mask_key):
        enemy.learns_nothing()
        enemy.knowledge.shares[secret] |= {1, 2, 3}  # with two colluders: t = 5
    assert VICTIM in enemy.knowledge.isolates(2)


def test_one_kind_of_share_or_one_share_too_few_is_not_enough() -> None:
    enemy = adversary().run("masked")
    advert = enemy.sent[m.Advert][VICTIM]
    enemy.knowledge.shares[advert.mask_key] |= {1, 2, 3}
    enemy.knowledge.shares[advert.seed_commitment] |= {1, 2}
    enemy.learns_nothing()


OMITTED = {"s000": "23", "s001": "24", "s002": "34", "s003": "24", "s004": "23"}
"""To whom which survivors are said to have dropped: for each of s002, s003 and s004 three."""


def test_without_the_count_of_statements_two_sites_are_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each site is shown its own survivors; all mask keys but two then come to light."""
    enemy = adversary().run("masked")
    for site, digits in OMITTED.items():
        dropped = {f"s00{digit}" for digit in digits}
        enemy.show(site, enemy.survivors([n for n in names(7) if n not in dropped]))
    for site in OMITTED:
        enemy.refused(site, enemy.statements(), "agree with this site's, expected at least 5")
    monkeypatch.setattr(site_rounds, "check_statements", lambda *arguments: None)
    for site in OMITTED:
        enemy.show(site, enemy.statements())
    assert VICTIM in enemy.knowledge.isolates(enemy.fewest)
    assert "s001" in enemy.knowledge.isolates(enemy.fewest)


def test_what_is_said_to_be_determined_can_really_be_computed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With the check of the sizes gone, a cohort of colluders and one victim gives its figures."""
    enemy = adversary()
    monkeypatch.setattr("fedqi.secagg.checks._check_size", lambda *arguments: None)
    monkeypatch.setattr("fedqi.secagg.view.AttemptView.shortfall", lambda *arguments: "")
    monkeypatch.setattr("fedqi.secagg.view.reconstruction_threshold", lambda *arguments: 2)
    group = (VICTIM, "s005", "s006")
    enemy.run("answered", group)
    assert VICTIM in enemy.knowledge.isolates(2)
    transcript = enemy.transcript(VICTIM, group)
    found = np.frombuffer(transcript.total, dtype="<i8").copy()
    for colluder in ("s005", "s006"):
        found -= np.array(enemy.sites[colluder].plan.figures["hf"])
    assert found.tolist() == enemy.sites[VICTIM].plan.figures["hf"]


def test_a_mask_that_is_used_twice_shows_a_difference() -> None:
    twice = [{"a": 1, "mask": 1}, {"b": 1, "mask": 1}]
    assert isolated(twice, {"a", "b"}, 3) == {"a", "b"}
    assert isolated(twice, {"a", "b"}, 2) == frozenset()


def test_a_mask_that_is_added_twice_hides_no_lowest_bit() -> None:
    assert isolated([{"a": 1, "mask": 2}], {"a"}, 2) == {"a"}
    assert isolated([{"a": 1, "mask": 1}], {"a"}, 2) == frozenset()


def test_sums_that_differ_by_one_site_isolate_it() -> None:
    sums = [dict.fromkeys("abcd", 1), dict.fromkeys("abc", 1)]
    assert isolated(sums, set("abcd"), 3) == {"d"}
    assert isolated(sums[:1], set("abcd"), 3) == frozenset()
