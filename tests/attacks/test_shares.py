"""Rounds 1 and 4: forged, relabelled, corrupt and withheld shares, and both kinds of them."""

from dataclasses import replace

import pytest

from fedqi.errors import RemoteProtocolError
from fedqi.secagg import AttemptParameters
from fedqi.secagg.graph import Graph
from fedqi.secagg.keys import PairChannel, agree, load_key
from fedqi.secagg.messages import MaskKeyShare, SelfMaskShare, Unmasking
from fedqi.secagg.sharing import SHARE_BYTES
from fedqi.secagg.unmasking import check_answer, rebuild
from tests.attacks.kit import MIN_OTHERS, Adversary, adversary, sparse
from tests.attacks.knowledge import Dealt
from tests.unit.secagg.federation import Entropy, parameters_for

GRAPHS = [parameters_for(7), sparse()]
BOTH = pytest.mark.parametrize("parameters", GRAPHS, ids=["complete", "sparse"])


def two_dealers(adv: Adversary, site: str) -> tuple[str, str]:
    first, second = sorted(d for d in adv.honest if site in adv.dealt[d].sealed)[:2]
    return first, second


@BOTH
@pytest.mark.parametrize("how", ["zeros", "swapped", "reflected", "cut", "of another holder"])
def test_a_sealed_share_opens_only_as_it_was_dealt(parameters: AttemptParameters, how: str) -> None:
    adv = adversary(parameters).share()
    site = "s000"
    right = adv.delivery(site)
    dealer, second = two_dealers(adv, site)
    text = right.sealed[dealer]
    other = next(s for s in adv.dealt[dealer].sealed if s != site)
    forged = {
        "zeros": bytes(len(text)),
        "swapped": right.sealed[second],
        "reflected": adv.dealt[site].sealed[min(adv.dealt[site].sealed)],
        "cut": text[:-1],
        "of another holder": adv.dealt[dealer].sealed[other],
    }[how]
    message = replace(right, sealed=dict(right.sealed) | {dealer: forged})
    adv.refused(site, message, "do not open as shares dealt to this site", by=dealer)
    adv.mask().state()
    assert adv.press() == adv.honest
    adv.learns_nothing()


@BOTH
def test_a_share_of_another_attempt_is_refused(parameters: AttemptParameters) -> None:
    """Even under the same keys: the context of the attempt is in the sealing key."""
    earlier = adversary(replace(parameters, attempt=2)).share()
    adv = adversary(parameters).share()
    right = adv.delivery("s000")
    dealer, _ = two_dealers(earlier, "s000")
    message = replace(
        right, sealed=dict(right.sealed) | {dealer: earlier.dealt[dealer].sealed["s000"]}
    )
    adv.refused("s000", message, "do not open", by=dealer)


@BOTH
def test_a_colluder_that_seals_what_is_no_share_is_named(parameters: AttemptParameters) -> None:
    adv = adversary(parameters).share()
    liar, view = adv.colluders[0], adv.view_of("s000")
    shared = agree(load_key(adv.keys[liar][0]), adv.adverts["s000"].sealing_key) or b""
    channel = PairChannel(view.context, liar, "s000", shared)
    text = channel.seal(b"\xff" * 2 * SHARE_BYTES, Entropy("liar"))
    right = adv.delivery("s000")
    message = replace(right, sealed=dict(right.sealed) | {liar: text})
    adv.refused("s000", message, "do not open as shares", by=liar)


@BOTH
def test_every_answer_has_one_kind_of_share_of_each_dealer(parameters: AttemptParameters) -> None:
    """Whatever the lists were, no answer holds both, and no answer of another shape counts."""
    adv = adversary(parameters).share().mask()
    cohort = tuple(site for site in adv.sites if site != "s001")
    adv.state(cohort)
    adv.press()
    assert adv.answers
    for site, answer in adv.answers.items():
        kinds = {d: isinstance(share, SelfMaskShare) for d, share in answer.shares.items()}
        assert kinds == {dealer: dealer in cohort for dealer in kinds}
        assert check_answer(answer, kinds, cohort) == ""
        flipped = MaskKeyShare(answer.shares[site].share)
        both = replace(answer, shares=dict(answer.shares) | {site: flipped})
        assert (
            check_answer(both, kinds, cohort) == f"the share of {site} is of the wrong kind or size"
        )
    assert adv.knowledge.knows(Dealt(1, "s001", "key"))
    assert not adv.knowledge.knows(Dealt(1, "s001", "seed"))
    adv.learns_nothing()


@BOTH
def test_a_site_asked_for_both_kinds_answers_once(parameters: AttemptParameters) -> None:
    """After its answer, another list and other statements are out of turn, for ever."""
    adv = adversary(parameters).share().mask().state()
    adv.press()
    fewer = [site for site in adv.sites if site != "s001"]
    for site in adv.honest[2:5]:
        adv.refused(site, adv.survivors(fewer), "Survivors is not expected")
        again = replace(adv.statement_set(site), statements=())
        adv.refused(site, again, "StatementSet is not expected")
        held = adv.sites[site].session._secrets._held
        assert held == {}
    adv.learns_nothing()


def corrupt(answer: Unmasking, dealer: str) -> Unmasking:
    right = answer.shares[dealer].share
    wrong = SelfMaskShare((int.from_bytes(right, "big") ^ 1).to_bytes(SHARE_BYTES, "big"))
    return replace(answer, shares=dict(answer.shares) | {dealer: wrong})


def rebuilt(adv: Adversary) -> dict[str, bytes]:
    view = adv.view_of("s000")
    graph = Graph(view, {site: dealt.sealed for site, dealt in adv.dealt.items()})
    seeds, _ = rebuild(view, graph, view.members, adv.answers)
    return seeds


@BOTH
def test_one_corrupt_share_changes_nothing_where_others_answer(
    parameters: AttemptParameters,
) -> None:
    adv = adversary(parameters).share().mask().state().unmask()
    right = rebuilt(adv)
    liar = next(s for s in adv.colluders if s in adv.dealt["s000"].sealed)
    adv.answers[liar] = corrupt(adv.answers[liar], "s000")
    assert rebuilt(adv) == right


def test_a_corrupt_share_among_exactly_t_names_the_dealer_and_reveals_nothing() -> None:
    adv = adversary(GRAPHS[0]).share().mask().state().unmask()
    for site in adv.honest[3:]:
        del adv.answers[site]
    liar = adv.colluders[0]
    adv.answers[liar] = corrupt(adv.answers[liar], "s000")
    with pytest.raises(RemoteProtocolError, match="no set of holders rebuilds") as caught:
        rebuilt(adv)
    assert caught.value.site == "s000"


@pytest.mark.parametrize("kept", [0, 1, 2, 3])
def test_answers_withheld_selectively_give_the_sum_or_nothing(kept: int) -> None:
    """Colluders stay silent or not, and the aggregator stops asking when it likes."""
    adv = adversary(GRAPHS[0]).share().mask().state()
    for site in adv.honest[:kept]:
        adv.offer(site, adv.statement_set(site))
    adv.learns_nothing()
    known = adv.knowledge.isolated(5, limit=5)
    assert known == (adv.honest if kept >= adv.threshold - len(adv.colluders) else None)


@pytest.mark.parametrize("holders", [2, 4])
def test_statements_withheld_from_a_site_keep_it_silent(holders: int) -> None:
    adv = adversary(GRAPHS[0]).share().mask().state()
    right = adv.statement_set("s000")
    few = replace(right, statements=right.statements[:holders])
    adv.refused("s000", few, f"{holders} statements agree with this site's, expected at least 5")
    adv.unanswered(["s000"])
    assert adv.knowledge.isolated(MIN_OTHERS) is None


def test_sealed_shares_withheld_are_missed_on_the_complete_graph() -> None:
    adv = adversary(GRAPHS[0]).share()
    right = adv.delivery("s000")
    few = replace(right, sealed={d: right.sealed[d] for d in adv.colluders})
    adv.refused("s000", few, "has not one sealed text of every other dealer")
    adv.learns_nothing()


def test_sealed_shares_withheld_on_the_sparse_graph_add_no_knowledge() -> None:
    """Every site is delivered the colluders' shares only: its own draws still hide it."""
    adv = adversary(GRAPHS[1]).share()
    for site in adv.sites:
        message = adv.delivery(site)
        kept = {d: text for d, text in message.sealed.items() if d in adv.colluders}
        adv.show(site, replace(message, sealed=kept))
    adv.state()
    adv.press()
    adv.learns_nothing()
