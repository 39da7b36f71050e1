"""Attempts in which everyone is honest: totals, dropouts, void atoms, closed attempts."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from fedqi.errors import LocalProtocolError, RemoteProtocolError
from fedqi.secagg import (
    AtomsBound,
    AtomsOpened,
    AttemptMode,
    Commit,
    Completed,
    Phase,
    SitePhase,
    StepVerified,
    UnmaskingAnswered,
)
from fedqi.secagg.messages import MaskedInput, Verdict
from tests.unit.secagg.federation import (
    Federation,
    bound,
    federation,
    make_site,
    names,
    none,
    parameters_for,
)


def finish(fed: Federation) -> None:
    """Proceed whenever it can: the driver's deadline passes at once."""
    fed.start()
    while fed.aggregator.phase is not Phase.DONE:
        fed.proceed()


def test_an_open_step_and_two_closed_steps_give_the_plain_sums() -> None:
    fed = federation(steps=3)
    result = fed.run()
    assert result is not None
    assert result.cohort == names(6)
    for step, total in enumerate(result.totals):
        assert np.array_equal(total, fed.expected(names(6), step))


def test_every_site_verifies_every_total_and_completes() -> None:
    fed = federation(steps=2)
    result = fed.run()
    for site in fed.sites.values():
        verified = [out for out in site.outputs if isinstance(out, StepVerified)]
        assert [out.step for out in verified] == [0, 1]
        completed = [out for out in site.outputs if isinstance(out, Completed)]
        assert [out.state.cohort for out in completed] == [result.cohort]
        assert site.session.phase is SitePhase.COMPLETED


def test_a_site_records_opened_bound_and_answered_in_order() -> None:
    fed = federation()
    fed.run()
    opened, bound_entry, answered = fed.sites["s000"].entries
    assert isinstance(opened, AtomsOpened)
    assert opened.atoms == ("hf",)
    assert bound_entry == AtomsBound("job", 1, {"hf": names(6)})
    assert answered == UnmaskingAnswered("job", 1)


@pytest.mark.parametrize("missed", ["Advert", "Shares", "MaskedInput"])
def test_a_site_that_drops_before_its_masked_input_is_not_in_the_total(missed: Any) -> None:
    fed = federation(parameters_for(7), drops={"s003": missed}, steps=2)
    finish(fed)
    cohort = tuple(site for site in names(7) if site != "s003")
    assert fed.aggregator.result.cohort == cohort
    for step, total in enumerate(fed.aggregator.result.totals):
        assert np.array_equal(total, fed.expected(cohort, step))


@pytest.mark.parametrize("missed", ["Statement", "Unmasking"])
def test_a_site_that_drops_after_its_masked_input_counts(missed: Any) -> None:
    fed = federation(parameters_for(7), drops={"s003": missed})
    finish(fed)
    assert fed.aggregator.result.cohort == names(7)
    assert np.array_equal(fed.aggregator.result.totals[0], fed.expected(names(7)))


def test_dropouts_in_several_rounds_at_once() -> None:
    drops = {"s001": "Shares", "s004": "MaskedInput", "s007": "Statement", "s011": "Unmasking"}
    fed = federation(parameters_for(12), drops=drops)
    finish(fed)
    cohort = tuple(site for site in names(12) if site not in ("s001", "s004"))
    assert np.array_equal(fed.aggregator.result.totals[0], fed.expected(cohort))


def test_a_closed_step_waits_for_everyone() -> None:
    fed = federation(parameters_for(7), drops={"s002": "Verdict"}, steps=2)
    fed.run(until="summing")
    assert fed.aggregator.waiting_for == ("s002",)
    assert not fed.aggregator.can_proceed
    assert "s002" in fed.aggregator.obstacle
    with pytest.raises(LocalProtocolError, match="everyone"):
        fed.aggregator.proceed()
    assert len(fed.aggregator.state.totals) == 1


def test_too_few_sites_never_proceed() -> None:
    fed = federation(parameters_for(6), sites=names(3))
    fed.start()
    assert not fed.aggregator.can_proceed
    assert "3 sites, expected at least 4" in fed.aggregator.obstacle


def test_too_few_survivors_never_proceed() -> None:
    drops = {site: "MaskedInput" for site in names(3)}
    fed = federation(parameters_for(6), drops=drops)
    fed.run(until="masking")
    assert "too few sites: 3" in fed.aggregator.obstacle
    assert fed.aggregator.result is None


def test_an_atom_offered_by_too_few_is_void_and_stays_free() -> None:
    parameters = parameters_for(6, ("hf", "copd"))
    declared = {site: {"copd": none("copd")} for site in names(3)}
    fed = federation(parameters, declared=declared)
    result = fed.run()
    assert result.offering == {"hf": names(6), "copd": ()}
    assert not result.totals[0][3:].any()
    assert fed.sites["s005"].entries[0].atoms == ("hf",)
    assert fed.sites["s005"].entries[1].offering == {"hf": names(6)}


def test_a_site_that_declares_none_contributes_nothing() -> None:
    parameters = parameters_for(6, ("hf", "copd"))
    fed = federation(parameters, declared={"s000": {"copd": none("copd")}})
    result = fed.run()
    assert result.offering["copd"] == names(6)[1:]
    expected = fed.expected(names(6))
    expected[3:] = fed.expected(names(6)[1:])[3:]
    assert np.array_equal(result.totals[0], expected)


def test_a_closed_attempt_over_a_bound_set_gives_the_plain_sum() -> None:
    parameters = replace(parameters_for(6), attempt=2, mode=AttemptMode.CLOSED)
    declared = {site: {"hf": bound("hf", names(6))} for site in names(6)}
    fed = federation(parameters, declared=declared, steps=2)
    result = fed.run()
    assert np.array_equal(result.totals[1], fed.expected(names(6), 1))
    assert all(site.entries == [] for site in fed.sites.values())


def test_an_open_attempt_may_sum_bound_atoms_beside_free_ones() -> None:
    parameters = parameters_for(6, ("hf", "copd"))
    declared = {site: {"copd": bound("copd", names(6))} for site in names(6)}
    fed = federation(parameters, declared=declared)
    assert fed.run() is not None
    assert fed.sites["s000"].entries[0].atoms == ("hf",)
    assert fed.sites["s000"].entries[1].offering == {"hf": names(6)}


def test_repetitions_change_nothing() -> None:
    fed = federation()
    again: list[Any] = []
    original = fed.deliver

    def twice(site: Any, messages: Any) -> None:
        original(site, messages)
        original(site, messages)

    fed.send = twice

    def remember(site: Any, message: Any) -> Any:
        again.append((site, message))
        return message

    fed.intercept = remember
    fed.start()
    while fed.aggregator.phase is not Phase.DONE:
        again.clear()
        fed.proceed()
        for site, message in again:
            assert fed.sites[site].session.receive(message) == []
    assert np.array_equal(fed.aggregator.result.totals[0], fed.expected(names(6)))


def test_the_aggregator_is_a_fold_of_what_it_received() -> None:
    fed = federation(parameters_for(7), steps=2, drops={"s003": "MaskedInput"})
    log: list[Any] = []
    receive, proceed = fed.aggregator.receive, fed.aggregator.proceed

    def logged_receive(site: Any, message: Any) -> None:
        receive(site, message)
        log.append((site, message))

    def logged_proceed() -> Any:
        log.append(None)
        return proceed()

    fed.aggregator.receive, fed.aggregator.proceed = logged_receive, logged_proceed
    finish(fed)
    again = federation(parameters_for(7), steps=2).aggregator
    for item in log:
        if item is None:
            again.proceed()
        else:
            again.receive(*item)
    assert again.result.cohort == fed.aggregator.result.cohort
    assert all(map(np.array_equal, again.result.totals, fed.aggregator.result.totals))
    assert again.certificate == fed.aggregator.certificate


def test_no_message_leaves_before_its_entry_is_confirmed() -> None:
    fed = federation()
    fed.run(until="sharing")
    _, delivery = fed.aggregator.proceed()[0]
    session = fed.sites["s000"].session
    (commit,) = session.receive(delivery)
    assert isinstance(commit, Commit)
    with pytest.raises(LocalProtocolError):
        session.confirm(Commit(UnmaskingAnswered("job", 1)))
    (send,) = session.confirm(commit)
    assert isinstance(send.message, MaskedInput)
    with pytest.raises(LocalProtocolError):
        session.confirm(commit)


def test_calls_out_of_turn_are_the_drivers_fault() -> None:
    site = make_site(parameters_for(), "s000")
    with pytest.raises(LocalProtocolError, match="new"):
        site.session.discard()
    site.session.start()
    with pytest.raises(LocalProtocolError):
        site.session.start()
    site.session.erase()
    with pytest.raises(LocalProtocolError):
        site.session.discard()


def test_a_message_out_of_turn_is_refused() -> None:
    fed = federation()
    fed.run(until="masking")
    entries = fed.aggregator.proceed()[0][1]
    late = make_site(parameters_for(), "s000")
    late.session.start()
    with pytest.raises(RemoteProtocolError, match="not expected"):
        late.session.receive(entries)


def test_a_slow_site_catches_up_with_the_rounds_it_missed() -> None:
    fed = federation(parameters_for(7), steps=2)
    mailbox: list[object] = []

    def hold(site: Any, message: Any) -> Any:
        if site == "s006" and fed.aggregator.phase not in (Phase.SHARING, Phase.MASKING):
            mailbox.append(message)
            return None
        return message

    fed.intercept = hold
    fed.run(until="summing")
    assert [type(message).__name__ for message in mailbox] == [
        "Survivors",
        "StatementSet",
        "StepTranscript",
    ]
    for message in mailbox:
        fed.send("s006", fed.sites["s006"].take(message))
    fed.intercept = lambda site, message: message
    assert np.array_equal(fed.run().totals[1], fed.expected(names(7), 1))


def test_an_attempt_is_done_after_enough_acceptances_only() -> None:
    drops = {site: "Verdict" for site in names(5)}
    fed = federation(parameters_for(6), drops=drops)
    fed.run(until="verifying")
    assert not fed.aggregator.can_proceed
    fed = federation(parameters_for(6), drops={site: "Verdict" for site in names(4)})
    finish(fed)
    assert isinstance(fed.aggregator.complaints, tuple)
    assert not any(isinstance(item, Verdict) for item in fed.aggregator.complaints)
