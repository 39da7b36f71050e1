"""An adversary that tries everything at once: random views for every site, then all it can get.

Each run shows every honest site one of two active sets and one of two lists of survivors, at
random, keeps some shares back, drops some sites, and lets the colluders state and answer
everything twice. Nothing of that may give more than the promised sum.
"""

import random

import pytest

from fedqi.secagg import AttemptParameters
from fedqi.secagg import view as view_module
from fedqi.secagg.neighbourhood import Neighbourhood, neighbourhood
from tests.attacks.kit import MIN_OTHERS, Adversary, adversary, sparse
from tests.unit.secagg.federation import parameters_for


def some(rng: random.Random, adv: Adversary, missing: int) -> tuple[str, ...]:
    """All sites but a few honest ones."""
    gone = rng.sample(adv.honest, rng.randint(0, missing))
    return tuple(site for site in adv.sites if site not in gone)


def attack(parameters: AttemptParameters, seed: int, missing: int) -> Adversary:
    rng = random.Random(seed)
    adv = adversary(parameters).share()
    actives = [some(rng, adv, missing), tuple(adv.sites)]
    lean = rng.random()
    for site in adv.sites:
        adv.offer(site, adv.delivery(site, actives[rng.random() < max(lean, 0.5)]))
    sent = tuple(site for site, _ in adv.inputs)
    lists = [sent, tuple(site for site in sent if site in some(rng, adv, missing))]
    for site in adv.honest:
        adv.offer(site, adv.survivors(lists[rng.random() < lean]))
    adv.press()
    return adv


@pytest.mark.parametrize("count", [6, 8, 12])
def test_random_views_on_the_complete_graph(count: int) -> None:
    answers = 0
    for seed in range(60):
        adv = attack(parameters_for(count), seed, missing=3)
        answers += len(adv.answers)
        adv.learns_nothing()
    assert answers > 60


@pytest.mark.parametrize("seed", range(5))
def test_random_views_on_the_sparse_graph(seed: int) -> None:
    attack(sparse(), seed, missing=6).learns_nothing()


def test_the_same_adversary_finds_a_victim_where_t_is_too_small(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control: with t at half of the sites some of the same runs isolate somebody."""

    def lower(sites: int, bound: int, limit: int) -> Neighbourhood:
        return Neighbourhood(neighbourhood(sites, bound, limit).holders, sites // 2)

    monkeypatch.setattr(view_module, "neighbourhood", lower)
    runs = [attack(parameters_for(8), seed, missing=3) for seed in range(60)]
    assert any(adv.knowledge.isolated(MIN_OTHERS) for adv in runs)
