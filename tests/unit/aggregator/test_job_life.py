"""Jobs from announcement to their end, with sites that drop out, return, and refuse."""

from dataclasses import replace
from pathlib import Path

import pytest

from aggregator import reporting, store
from aggregator.adversary import forging
from aggregator.attempt import LateMessageError
from aggregator.store import JobState
from fedqi.errors import RemoteProtocolError
from fedqi.secagg.messages import MaskedInput, Shares, Statement, Unmasking, Verdict
from fedqi.wire.control import (
    AttemptLost,
    Decline,
    Intent,
    JobEnded,
    JobOutcome,
    ReceiptRequest,
    SiteEnvelope,
)
from fedqi.wire.convert import decode_envelope, decode_site_envelope, encode_site_envelope
from tests.unit.aggregator.federation import STEPS, Federation


def _ended(federation: Federation, job: str = "one") -> JobEnded:
    with federation.database.reading() as connection:
        ending = reporting.ended(connection, job)
    assert ending is not None
    return ending


def _totals(ending: JobEnded) -> list[int]:
    return [int.from_bytes(total, "little") for total in ending.totals]


@pytest.fixture
def federation(tmp_path: Path) -> Federation:
    return Federation(tmp_path)


def test_job_publishes_the_sum_of_all_sites(federation: Federation) -> None:
    federation.open("one")
    federation.run()
    ending = _ended(federation)
    assert ending.outcome is JobOutcome.PUBLISHED
    assert _totals(ending) == [federation.total()] * STEPS
    assert all(site.completed is not None for site in federation.sites.values())
    assert all(site.ended == ending for site in federation.sites.values())


@pytest.mark.parametrize("kind", [Shares, MaskedInput])
def test_site_that_drops_out_early_is_not_in_the_sum(federation: Federation, kind: type) -> None:
    federation.sites["s0"].silent = kind
    federation.open("one")
    federation.run()
    federation.wait(11)
    federation.run()
    ending = _ended(federation)
    assert ending.cohort == ("s1", "s2", "s3", "s4", "s5")
    assert _totals(ending)[0] == federation.total(*ending.cohort)


@pytest.mark.parametrize("kind", [Statement, Unmasking, Verdict])
def test_site_that_restarts_later_counts_and_the_set_stays(
    federation: Federation, kind: type
) -> None:
    federation.sites["s0"].silent = kind
    federation.open("one")
    federation.run()
    federation.sites["s0"].restart()
    for _ in range(4):
        federation.wait(11)
        federation.run()
    ending = _ended(federation)
    assert ending.outcome is JobOutcome.PUBLISHED
    assert _totals(ending) == [federation.total()] * STEPS


def test_second_job_over_bound_atoms_runs_closed_over_the_same_set(
    federation: Federation,
) -> None:
    federation.sites["s0"].silent = MaskedInput
    federation.open("one")
    federation.run()
    federation.wait(11)
    federation.run()
    federation.sites["s0"].restart()
    federation.open("two")
    federation.run()
    assert _ended(federation, "two").cohort == _ended(federation, "one").cohort
    assert _ended(federation, "two").outcome is JobOutcome.PUBLISHED


def test_too_few_dealers_left_ends_as_insufficient(federation: Federation) -> None:
    for name in ("s0", "s1", "s2"):
        federation.sites[name].silent = Shares
    federation.open("one")
    federation.run()
    for _ in range(4):
        federation.wait(11)
        federation.run()
    ending = _ended(federation)
    assert ending.outcome is JobOutcome.ENDED
    assert ending.totals == ()


def test_too_few_who_join_ends_with_the_numbers(federation: Federation) -> None:
    federation.open("one")
    with federation.database.transaction() as connection:
        store.set_job(connection, "one", close_requested=True)
    federation.wait(0)
    ending = _ended(federation)
    assert ending.outcome is JobOutcome.ENDED
    assert "0 sites joined, at least 4" in ending.reason


def test_no_consistency_leads_to_receipts_and_a_new_attempt(federation: Federation) -> None:
    for name in ("s0", "s1", "s2"):
        federation.sites[name].silent = Statement
    federation.open("one")
    federation.run()
    for name in ("s0", "s1", "s2"):
        federation.sites[name].restart()
    federation.wait(11)
    federation.run()
    ending = _ended(federation)
    assert ending.outcome is JobOutcome.PUBLISHED
    with federation.database.reading() as connection:
        attempts = store.attempts_of(connection, "one")
    assert [attempt.attempt for attempt in attempts] == [1, 2]
    assert "discarded" in attempts[0].reason


def test_forged_total_is_refused_by_name_and_not_released(tmp_path: Path) -> None:
    federation = Federation(tmp_path, tamper=forging("two"))
    federation.open("one")
    federation.run()
    federation.open("two")
    federation.run()
    assert _ended(federation, "one").outcome is JobOutcome.PUBLISHED
    refused = _ended(federation, "two")
    assert refused.outcome is JobOutcome.ENDED
    assert "total of step 0 was refused by s0, s1, s2, s3, s4, s5" in refused.reason
    assert refused.totals == ()


def test_restart_of_the_aggregator_after_every_message_changes_nothing(
    federation: Federation,
) -> None:
    federation.sites["s0"].silent = Statement
    federation.open("one")
    federation.run(between=federation.restart)
    federation.sites["s0"].restart()
    for _ in range(4):
        federation.restart()
        federation.wait(11)
        federation.run(between=federation.restart)
    ending = _ended(federation)
    assert ending.outcome is JobOutcome.PUBLISHED
    assert _totals(ending) == [federation.total()] * STEPS


def test_every_site_reads_the_same_order_of_sequences(federation: Federation) -> None:
    federation.open("one")
    federation.run()
    for site in federation.sites.values():
        sequences = federation.mailbox.after(site.name, 0)
        assert sequences == sorted(set(sequences))
        assert site.cursor == sequences[-1]


def test_site_of_the_cohort_that_never_returns_ends_the_job_by_name(
    federation: Federation,
) -> None:
    federation.sites["s0"].silent = Statement
    federation.open("one")
    federation.run()
    for _ in range(14):
        federation.wait(11)
        federation.run()
    ending = _ended(federation)
    assert ending.outcome is JobOutcome.ENDED
    assert ending.reason == "s0 did not come back"


def _without_receipts(federation: Federation) -> None:
    """Run a job to where too few have stated the list and too few can discard it."""
    for name in ("s0", "s1", "s2"):
        federation.sites[name].silent = Statement
    federation.open("one")
    federation.run()
    federation.wait(11)
    federation.run()


def _status(federation: Federation) -> str:
    with federation.database.reading() as connection:
        (row,) = store.all_jobs(connection)
        return "\n".join(reporting.job_lines(reporting.job(connection, row)))


def _asked(federation: Federation, site: str) -> int:
    bodies = [federation.mailbox.message(n) for n in federation.mailbox.after(site, 0)]
    return sum(isinstance(decode_envelope(b"".join(b)).body, ReceiptRequest) for b in bodies)


def test_receipts_are_asked_for_again_with_growing_pauses(federation: Federation) -> None:
    _without_receipts(federation)
    asked = [_asked(federation, "s0")]
    for _ in range(8):
        federation.wait(100)
        federation.run()
        asked.append(_asked(federation, "s0"))
    assert asked == [1, 2, 2, 3, 3, 3, 3, 4, 4]
    assert _asked(federation, "s5") == 1  # it has signed
    text = _status(federation)
    assert "receipts, waiting for s0, s1, s2; requests so far: 4, the next after a pause" in text


def test_sites_that_return_late_are_asked_and_the_job_goes_on(federation: Federation) -> None:
    _without_receipts(federation)
    federation.restart()
    federation.wait(500)
    federation.run()
    for name in ("s0", "s1", "s2"):
        federation.sites[name].restart()
    federation.wait(200)
    federation.run()
    assert _ended(federation).outcome is JobOutcome.PUBLISHED


def test_too_few_receipts_end_the_job_at_its_deadline_with_numbers_and_names(
    federation: Federation,
) -> None:
    _without_receipts(federation)
    federation.wait(1000)
    ending = _ended(federation)
    assert ending.reason.startswith("waiting for discard receipts of s0, s1, s2: 3 holders of s0")
    assert ending.waiting_for == ("s0", "s1", "s2")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Shares, "too few sites: 3 sites, expected at least 4; waiting for s0, s1, s2"),
        (MaskedInput, "receipts, waiting for s0, s1, s2; requests so far: 1"),
    ],
)
def test_a_round_that_lacks_sites_names_them(
    federation: Federation, kind: type, words: str
) -> None:
    for name in ("s0", "s1", "s2"):
        federation.sites[name].silent = kind
    federation.open("one")
    federation.run()
    federation.wait(11)
    federation.run()
    assert words in _status(federation)


def test_agent_that_says_it_is_lost_is_not_waited_for(federation: Federation) -> None:
    federation.sites["s0"].silent = Shares
    federation.open("one")
    federation.run()
    lost = SiteEnvelope("one", 1, AttemptLost("restarted"))
    federation.coordinator.submit("s0", encode_site_envelope(lost))
    federation.run()
    assert federation.now == 0.0
    assert _ended(federation).cohort == ("s1", "s2", "s3", "s4", "s5")


def test_a_loss_is_stored_once_however_often_it_is_told(federation: Federation) -> None:
    federation.sites["s0"].silent = Shares
    federation.sites["s1"].silent = Shares
    federation.open("one")
    federation.run()
    submit = federation.coordinator.submit
    submit("s0", encode_site_envelope(SiteEnvelope("one", 1, AttemptLost("restarted"))))
    with pytest.raises(LateMessageError, match="counts s0 as lost already"):
        submit("s0", encode_site_envelope(SiteEnvelope("one", 1, AttemptLost("restarted again"))))


def test_why_a_site_was_lost_is_said_where_the_attempt_ends(federation: Federation) -> None:
    federation.sites["s0"].silent = MaskedInput
    federation.open("one")
    federation.run()
    federation.wait(11)
    federation.run()
    federation.sites["s0"].restart()
    federation.sites["s1"].silent = MaskedInput
    federation.open("two")
    federation.run()
    lost = SiteEnvelope("two", 1, AttemptLost("24 bytes, expected 40"))
    federation.coordinator.submit("s1", encode_site_envelope(lost))
    federation.run()
    with federation.database.reading() as connection:
        first = store.attempts_of(connection, "two")[0]
    assert first.reason == "s1 (24 bytes, expected 40) did not answer"


def test_a_site_that_takes_its_intent_back_is_left_out_and_free_for_a_later_job(
    federation: Federation,
) -> None:
    federation.sites["s5"].silent = Intent  # joining lasts until it has answered
    federation.open("one")
    federation.run()
    withdrawn = SiteEnvelope("one", 0, Decline("the hospital did not approve"))
    federation.coordinator.submit("s0", encode_site_envelope(withdrawn))
    federation.sites["s5"].silent = None
    federation.send_kept_back()
    ending = _ended(federation)
    assert ending.outcome is JobOutcome.PUBLISHED
    assert ending.cohort == ("s1", "s2", "s3", "s4", "s5")
    assert federation.sites["s0"].entries == []


def test_job_that_cannot_be_loaded_does_not_stop_the_others(federation: Federation) -> None:
    broken = store.JobRow("broken", b"{}", JobState.ANNOUNCED, "", 0, None, False)
    with federation.database.transaction() as connection:
        store.add_job(connection, broken)
    federation.open("one")
    federation.run()
    assert _ended(federation).outcome is JobOutcome.PUBLISHED
    with federation.database.reading() as connection:
        states = {row.job: row.state for row in store.all_jobs(connection)}
    assert states["broken"] == JobState.ENDED


def test_a_second_vector_under_the_signature_of_the_first_changes_nothing(
    federation: Federation,
) -> None:
    """Stored, it would stand in the transcript, and one site would end the job for all."""
    federation.sites["s1"].silent = MaskedInput
    federation.open("one")
    federation.run()
    with federation.database.reading() as connection:
        sent = [decode_site_envelope(d).body for d in store.newest_of(connection, "one", 1, "s0")]
    [first] = [body for body in sent if isinstance(body, MaskedInput)]
    other = SiteEnvelope("one", 1, replace(first, vector=bytes(len(first.vector))))
    with pytest.raises(RemoteProtocolError, match="a second, different MaskedInput"):
        federation.coordinator.submit("s0", encode_site_envelope(other))
    federation.sites["s1"].silent = None
    federation.send_kept_back()
    assert _totals(_ended(federation)) == [federation.total()] * STEPS
