"""Approvals by hash, records of jobs, counters of others, and the ledger of what left."""

from dataclasses import replace
from pathlib import Path

import pytest

from fedqi.disclosure import ReceiptSigned
from fedqi.errors import ConfigurationError, PolicyError, RemoteProtocolError
from fedqi.secagg.messages import Advert, AdvertList, MaskedInput
from fedqi.wire.control import AttemptLost, SiteEnvelope
from site_agent.approval import Verdict, decide, decision_of
from site_agent.counters import check_forks, load_counters, remember
from site_agent.cursor import Cursor, load_cursor, save_cursor
from site_agent.jobs import JobRecord, Stage, find, require, save
from site_agent.ledger import Records, verify
from site_agent.state import StateDirectory, create_state

FROZEN = "0123456789abcdef" * 4


@pytest.fixture
def state(tmp_path: Path) -> StateDirectory:
    return create_state(tmp_path / "state")


def test_a_person_approves_by_the_hash_they_saw(state: StateDirectory) -> None:
    assert decision_of(state, "job-1") is None
    decision = decide(state, "job-1", FROZEN, Verdict.APPROVED, FROZEN[:8].upper())
    assert decision_of(state, "job-1") == decision
    assert decision.sha256 == FROZEN


@pytest.mark.parametrize("given", ["", FROZEN[:7], "f" * 64])
def test_another_hash_approves_nothing(state: StateDirectory, given: str) -> None:
    with pytest.raises(PolicyError, match="fedqi-site preview job-1"):
        decide(state, "job-1", FROZEN, Verdict.APPROVED, given)
    assert decision_of(state, "job-1") is None


def test_a_decision_stands(state: StateDirectory) -> None:
    decide(state, "job-1", FROZEN, Verdict.REJECTED, FROZEN, "figures under review")
    with pytest.raises(PolicyError, match="was rejected by"):
        decide(state, "job-1", FROZEN, Verdict.APPROVED, FROZEN)


def test_records_of_jobs_survive(state: StateDirectory) -> None:
    record = JobRecord("job-1", "{}", Stage.JOINED, attempt=2, offered=("a|all|*",))
    save(state, record)
    assert find(state, "job-1") == record
    assert find(state, "job-2") is None
    with pytest.raises(ConfigurationError, match="known jobs: job-1"):
        require(state, "job-2")


def test_a_damaged_record_is_named(state: StateDirectory) -> None:
    (state.root / "jobs" / "job-1.json").write_text('{"stage": "no such stage", "offered": []}')
    with pytest.raises(ConfigurationError, match="'job-1' is damaged"):
        find(state, "job-1")


def test_counters_of_others_are_kept(state: StateDirectory) -> None:
    head = b"h" * 32
    remember(state, {"s1": (4, head), "s2": (0, head)})
    remember(state, {"s1": (5, b""), "s2": (0, b"")})
    assert load_counters(state) == {"s1": (5, b""), "s2": (0, head)}
    advert = Advert("s1", b"", b"", b"", 2, (), (), 5, head, b"")
    check_forks(state, AdvertList((advert,)))
    remember(state, {"s1": (5, head), "s2": (1, head)})
    remember(state, {"s1": (4, head)})
    assert load_counters(state) == {"s1": (5, head), "s2": (1, head)}
    with pytest.raises(RemoteProtocolError, match="with another head") as caught:
        check_forks(state, AdvertList((replace(advert, history_head=bytes(32)),)))
    assert caught.value.site == "s1"


def test_cursor_is_kept_and_its_loss_is_harmless(state: StateDirectory) -> None:
    assert load_cursor(state) == Cursor()
    assert save_cursor(state, Cursor(17, "ab")) == Cursor(17, "ab")
    assert load_cursor(state) == Cursor(17, "ab")


def test_everything_that_leaves_is_chained(state: StateDirectory) -> None:
    records = Records(state)
    records.depart(SiteEnvelope("job-1", 1, AttemptLost("restarted")))
    records = Records(state)
    records.depart(SiteEnvelope("job-1", 2, MaskedInput("north", 3, b"p", bytes(16), bytes(64))))
    records.store(ReceiptSigned("job-1", 1))
    entries, history = verify(state)
    assert [entry.departure.kind for entry in entries] == ["attempt_lost", "masked_input"]
    assert entries[1].departure.step == 3
    assert history.counter == Records(state).history.counter == 1


@pytest.mark.parametrize("name", ["ledger.jsonl", "history.jsonl"])
def test_a_changed_record_is_found(state: StateDirectory, name: str) -> None:
    records = Records(state)
    records.depart(SiteEnvelope("job-1", 1, AttemptLost("restarted")))
    records.store(ReceiptSigned("job-1", 1))
    path = state.root / name
    path.write_text(path.read_text().replace("job-1", "job-2"))
    with pytest.raises(PolicyError, match=f"{name}: .*does not continue the hash chain"):
        verify(state)
    with pytest.raises(PolicyError, match="does not continue"):
        Records(state)


def test_the_first_masked_vector_is_kept(state: StateDirectory) -> None:
    assert state.load_sent("job-1") is None
    state.save_sent("job-1", b"first")
    state.save_sent("job-1", b"second")
    assert state.load_sent("job-1") == b"first"
