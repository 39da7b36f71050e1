"""Controls of the judge: it says "determined" exactly where something is."""

import numpy as np
import pytest

from fedqi.secagg import UInt64Array
from fedqi.secagg import view as view_module
from fedqi.secagg.keys import agree, load_key
from fedqi.secagg.masking import Expander, add_pair_masks
from fedqi.secagg.messages import MaskKeyShare, SelfMaskShare
from fedqi.secagg.neighbourhood import Neighbourhood, neighbourhood
from fedqi.secagg.sharing import combine, lagrange_coefficients
from tests.attacks.kit import MIN_OTHERS, Adversary, adversary
from tests.attacks.knowledge import Dealt, Equation, Knowledge, eliminate, equations_of, rank
from tests.unit.secagg.federation import figures_of, names, parameters_for

SITES = names(7)
THRESHOLD = 5


def seen(colluders: int = 2) -> Knowledge:
    """Masked inputs of one open step over seven sites, and nothing else."""
    knowledge = Knowledge(frozenset(SITES[7 - colluders :]))
    knowledge.equations |= equations_of(1, SITES, "all")
    knowledge.thresholds |= {(1, site): THRESHOLD for site in SITES}
    return knowledge


def give(knowledge: Knowledge, site: str, kind: str, count: int) -> None:
    for holder in SITES[:count]:
        knowledge.add_share(Dealt(1, site, "seed" if kind == "seed" else "key"), holder)


def test_masked_inputs_alone_determine_nothing() -> None:
    assert seen().isolated(MIN_OTHERS) is None
    assert len(seen().computable()[0]) == 0


def test_all_seeds_give_the_sum_of_everybody_and_nothing_smaller() -> None:
    knowledge = seen()
    for site in SITES[:5]:
        give(knowledge, site, "seed", THRESHOLD)
    space, columns = knowledge.computable()
    assert sorted(columns) == list(SITES[:5])
    assert np.array_equal(space % 2, np.ones((1, 5)))
    assert knowledge.isolated(MIN_OTHERS) is None
    assert knowledge.isolated(5, limit=5) == SITES[:5]


@pytest.mark.parametrize(("seed", "key"), [(5, 4), (4, 5), (4, 4), (5, 0), (0, 5)])
def test_fewer_than_t_shares_of_either_kind_do_not_determine_a_site(seed: int, key: int) -> None:
    knowledge = seen()
    give(knowledge, "s000", "seed", seed)
    give(knowledge, "s000", "key", key)
    assert knowledge.isolated(MIN_OTHERS) is None


def test_t_shares_of_both_kinds_determine_a_site() -> None:
    knowledge = seen()
    give(knowledge, "s000", "seed", THRESHOLD)
    give(knowledge, "s000", "key", THRESHOLD)
    assert knowledge.isolated(MIN_OTHERS) == ("s000",)


def test_repeated_shares_of_one_holder_count_once() -> None:
    knowledge = seen()
    for _ in range(THRESHOLD):
        knowledge.add_share(Dealt(1, "s000", "seed"), "s006")
    assert not knowledge.knows(Dealt(1, "s000", "seed"))


def test_a_victim_among_colluders_is_determined() -> None:
    knowledge = seen(colluders=6)
    knowledge.revealed.add(Dealt(1, "s000", "seed"))
    assert knowledge.isolated(MIN_OTHERS) == ("s000",)


def test_two_sets_that_differ_in_one_site_determine_it() -> None:
    knowledge = seen()
    knowledge.equations |= equations_of(2, SITES[:1] + SITES[2:], "fewer")
    knowledge.revealed |= {Dealt(a, s, "seed") for a in (1, 2) for s in SITES}
    assert knowledge.isolated(MIN_OTHERS) == ("s001",)


def test_a_pair_cut_off_from_the_others_is_determined() -> None:
    """Two sites that mask against nobody else are a sum over two."""
    knowledge = Knowledge(frozenset())
    for site, peer in (("a", "b"), ("b", "a"), ("c", "d"), ("d", "c")):
        knowledge.equations.add(Equation(1, site, 0, "all", (peer,), False))
    assert knowledge.isolated(MIN_OTHERS) == ("a", "b")
    assert knowledge.isolated(1) is None


def test_masks_of_different_states_do_not_cancel() -> None:
    knowledge = Knowledge(frozenset())
    knowledge.equations |= equations_of(1, SITES, "one", selfmasked=False)
    assert len(knowledge.computable()[0]) == 1
    knowledge.equations.pop()
    other = next(iter(equations_of(1, SITES, "other", selfmasked=False)))
    knowledge.equations = {e for e in knowledge.equations if e.site != other.site} | {other}
    assert len(knowledge.computable()[0]) == 0


def test_ranks_are_those_over_the_rationals() -> None:
    rng = np.random.default_rng(3)
    for _ in range(50):
        matrix = rng.integers(-1, 2, (8, 8)) * (rng.random((8, 8)) < 0.4)
        assert rank(matrix) == np.linalg.matrix_rank(matrix.astype(float))
    assert eliminate(np.zeros((2, 2), np.int64), 2)[1] == 0


def test_an_honest_attempt_gives_the_sum_of_the_honest_sites() -> None:
    adv = adversary().share().mask().state().unmask()
    assert adv.knowledge.isolated(MIN_OTHERS) is None
    assert adv.knowledge.isolated(5, limit=5) == adv.honest


def two_lists(count: int) -> Adversary:
    """Half of the honest sites are shown the victim as a survivor, the others as dropped."""
    adv = adversary(parameters_for(count)).share().mask()
    with_victim, without = adv.survivors(), adv.survivors(names(count)[1:])
    for site in adv.honest:
        adv.show(site, with_victim if site in adv.honest[:3] else without)
    adv.press()
    return adv


def lower(sites: int, bound: int, limit: int) -> Neighbourhood:
    right = neighbourhood(sites, bound, limit)
    return Neighbourhood(right.holders, right.threshold - 1)


def unmasked(adv: Adversary, victim: str) -> UInt64Array:
    """The victim's vector, computed from nothing but what the adversary holds."""
    view, secrets = adv.view_of(victim), []
    for place, kind in enumerate((SelfMaskShare, MaskKeyShare)):
        shares = {view.places[c] + 1: adv.opened(c, victim)[place] for c in adv.colluders}
        for site, answer in adv.answers.items():
            if isinstance(answer.shares[victim], kind):
                shares[view.places[site] + 1] = answer.shares[victim].share
        secrets.append(combine(shares, lagrange_coefficients(tuple(shares))) or b"")
    facts, key = adv.sites[victim].session._rounds._facts, load_key(secrets[1])
    vector = np.frombuffer(adv.inputs[victim, 0].vector, np.uint64).copy()
    expander, noise = Expander(len(vector)), np.zeros_like(vector)
    noise += expander.mask(facts.masks.self_key(secrets[0], victim))
    peers = {s: agree(key, adv.adverts[s].mask_key) or b"" for s in adv.sites if s != victim}
    add_pair_masks(noise, expander, facts.masks, victim, peers)
    return vector - noise


def test_with_a_lower_threshold_real_sessions_give_a_victim_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control of the attack on U3: one below t, both halves unmask, each over its list.

    The judge says "determined", and the victim's very figures come out.
    """
    adv = two_lists(8)
    assert adv.answers == {}
    assert adv.knowledge.isolated(MIN_OTHERS) is None
    monkeypatch.setattr(view_module, "neighbourhood", lower)
    adv = two_lists(8)
    assert tuple(adv.answers) == adv.honest
    assert adv.knowledge.isolated(MIN_OTHERS) == ("s000",)
    assert unmasked(adv, "s000").tolist() == figures_of("s000", ("hf",))["hf"]
