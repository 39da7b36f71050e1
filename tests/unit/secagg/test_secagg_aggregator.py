"""Dishonest or broken sites against the aggregator's session."""

from dataclasses import replace
from typing import Any

import pytest

from fedqi.errors import LocalProtocolError, RemoteProtocolError
from fedqi.secagg import AggregatorSession, Phase
from fedqi.secagg.messages import MaskedInput, SelfMaskShare
from fedqi.secagg.signing import unmasking_bytes
from tests.unit.secagg.federation import (
    Federation,
    Plan,
    federation,
    identity_of,
    make_site,
    names,
    parameters_for,
)


def refused(fed: Federation, message: Any, match: str, sender: str | None = None) -> None:
    waiting = fed.aggregator.waiting_for
    with pytest.raises(RemoteProtocolError, match=match) as caught:
        fed.aggregator.receive(sender or message.site, message)
    assert caught.value.site == (sender or message.site)
    assert fed.aggregator.waiting_for == waiting


def pending(until: str, steps: int = 1) -> tuple[Federation, dict[str, Any]]:
    """What the sites send in a round, held back."""
    fed = federation(parameters_for(7), steps=steps)
    fed.start()
    held: dict[str, Any] = {}

    def hold(site: Any, messages: Any) -> None:
        held[site] = messages[-1]

    while fed.aggregator.phase != until:
        held.clear()
        fed.send = hold
        fed.proceed()
        if fed.aggregator.phase == until:
            return fed, held
        fed.send = fed.deliver
        for site, message in held.items():
            fed.deliver(site, [message])
    raise AssertionError


def test_a_message_for_another_site_is_refused() -> None:
    fed, held = pending("sharing")
    refused(fed, held["s001"], "for another site", "s000")


def test_a_site_outside_the_attempt_is_refused() -> None:
    fed = federation(parameters_for(7), sites=names(6))
    advert = make_site(parameters_for(7), "s006").start()[0]
    with pytest.raises(RemoteProtocolError):
        fed.aggregator.receive("s006", advert)
    with pytest.raises(LocalProtocolError, match="s999"):
        AggregatorSession(parameters_for(7), Plan(("hf",)), ("s999",))


@pytest.mark.parametrize("round_name", ["sharing", "masking", "stating", "unmasking"])
def test_an_unsigned_message_is_refused(round_name: Any) -> None:
    fed, held = pending(round_name)
    refused(fed, replace(held["s001"], signature=bytes(64)), "signature")
    fed.aggregator.receive("s001", held["s001"])


@pytest.mark.parametrize("round_name", ["sharing", "masking", "stating", "unmasking"])
def test_a_second_different_message_is_refused(round_name: Any) -> None:
    fed, held = pending(round_name)
    fed.aggregator.receive("s001", held["s001"])
    fed.aggregator.receive("s001", held["s001"])
    refused(fed, replace(held["s001"], signature=bytes(64)), "second, different")


@pytest.mark.parametrize("round_name", ["masking", "summing"])
def test_a_second_vector_under_the_signature_of_the_first_is_refused(round_name: Any) -> None:
    fed, held = pending(round_name, steps=2)
    fed.aggregator.receive("s001", held["s001"])
    other = replace(held["s001"], vector=bytes(len(held["s001"].vector)))
    refused(fed, other, "second, different")


@pytest.mark.parametrize("vector", [b"", b"x" * 23, b"x" * 25, b"x" * 10**6])
def test_a_vector_of_another_size_is_refused(vector: Any) -> None:
    fed, held = pending("masking")
    refused(fed, replace(held["s001"], vector=vector), "expected 24")


def test_a_changed_vector_is_refused() -> None:
    fed, held = pending("masking")
    refused(fed, replace(held["s001"], vector=bytes(24)), "signature of MaskedInput")


def test_sealed_texts_of_wrong_size_or_receivers_are_refused() -> None:
    fed, held = pending("sharing")
    sealed = dict(held["s001"].sealed)
    refused(fed, replace(held["s001"], sealed=sealed | {"s000": b"x"}), "one sealed text")
    refused(fed, replace(held["s001"], sealed=sealed | {"s999": sealed["s000"]}), "one sealed")


def test_a_statement_over_something_else_is_refused() -> None:
    fed, held = pending("stating")
    refused(fed, replace(held["s001"], statement_digest=bytes(32)), "not over the list")
    refused(fed, replace(held["s001"], tags={}), "one tag")


def test_shares_of_the_wrong_kind_are_refused() -> None:
    fed, held = pending("unmasking")
    shares = dict(held["s001"].shares)
    short = shares | {"s000": SelfMaskShare(b"x")}
    refused(fed, replace(held["s001"], shares=short), "wrong kind or size")
    del shares["s000"]
    refused(fed, replace(held["s001"], shares=shares), "exactly the dealers")


def test_an_input_of_another_step_is_refused() -> None:
    fed, held = pending("masking")
    refused(fed, replace(held["s001"], step=1), "step 1, expected step 0")


def test_a_late_message_of_a_closed_round_is_refused() -> None:
    fed, held = pending("masking")
    for site in names(6):
        fed.aggregator.receive(site, held[site])
    assert fed.aggregator.waiting_for == ("s006",)
    assert fed.aggregator.can_proceed
    assert not fed.aggregator.ready
    fed.aggregator.proceed()
    refused(fed, held["s006"], "not expected while the attempt is stating")


def test_messages_of_another_attempt_are_refused() -> None:
    _, other = pending("masking")
    fed = federation(parameters_for(7, attempt=2))
    fed.start()
    fed.proceed()
    fed.send = lambda site, messages: None
    fed.proceed()
    assert isinstance(other["s001"], MaskedInput)
    refused(fed, other["s001"], "not its own for this attempt")


def corrupt(fed: Federation, held: dict[str, Any], holder: str) -> object:
    """The holder answers with a wrong share of s002, properly signed."""
    shares = dict(held[holder].shares) | {"s002": SelfMaskShare(bytes(33))}
    answer = replace(held[holder], shares=shares)
    text = unmasking_bytes(fed.aggregator._rounds.view.context, answer)
    return replace(answer, signature=identity_of(holder).sign(text))


def test_a_corrupt_share_is_noticed_and_nothing_is_released() -> None:
    fed, held = pending("unmasking")
    for site in names(5):
        fed.aggregator.receive(site, corrupt(fed, held, site) if site == "s001" else held[site])
    assert fed.aggregator.can_proceed
    with pytest.raises(RemoteProtocolError, match="no set of holders") as caught:
        fed.aggregator.proceed()
    assert caught.value.site == "s002"
    assert fed.aggregator.phase is Phase.UNMASKING
    assert fed.aggregator.state.totals == ()


def test_a_corrupt_share_does_no_harm_when_others_answer() -> None:
    fed, held = pending("unmasking")
    for site in names(7):
        fed.aggregator.receive(site, corrupt(fed, held, site) if site == "s001" else held[site])
    fed.aggregator.proceed()
    assert (fed.aggregator.state.totals[0] == fed.expected(names(7))).all()


def test_an_aborted_attempt_releases_nothing() -> None:
    fed, held = pending("masking")
    fed.aggregator.abort("operator's choice")
    assert fed.aggregator.aborted == "operator's choice"
    assert fed.aggregator.result is None
    refused(fed, held["s001"], "aborted")
    with pytest.raises(LocalProtocolError, match="aborted"):
        fed.aggregator.proceed()


def test_a_finished_attempt_is_not_aborted() -> None:
    fed = federation()
    fed.run()
    with pytest.raises(LocalProtocolError, match="finished"):
        fed.aggregator.abort("too late")


def test_the_aggregator_proceeds_only_when_enough_have_answered() -> None:
    fed, held = pending("unmasking")
    for site in names(4):
        fed.aggregator.receive(site, held[site])
    assert fed.aggregator.obstacle == "4 holders of s000 have answered, expected at least 5"
    fed.aggregator.receive("s004", held["s004"])
    assert fed.aggregator.can_proceed
