"""The database comes back from an older backup while jobs run: each goes on, or ends in words."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from aggregator import reporting, store
from fedqi.secagg.messages import MaskedInput, Shares, Statement, Verdict
from fedqi.wire.control import Decline, Intent, JobEnded, JobOutcome, SiteEnvelope
from fedqi.wire.convert import encode_site_envelope
from tests.unit.aggregator.federation import STEPS, Federation


class Restored:
    """A federation whose database is backed up, and later put back."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "aggregator.db"
        self.copy = folder / "backup.db"
        self.federation = Federation(folder)

    def back_up(self) -> None:
        with closing(sqlite3.connect(self.file)) as live, closing(sqlite3.connect(self.copy)) as to:
            live.backup(to)

    def put_back(self) -> None:
        """Restore, and let every site resume: its cursor goes back, its sessions are erased."""
        federation = self.federation
        federation.database.close()
        for suffix in ("-wal", "-shm"):
            self.file.with_name(self.file.name + suffix).unlink(missing_ok=True)
        shutil.copy(self.copy, self.file)
        federation.restart()
        for site in federation.sites.values():
            found = federation.mailbox.after(site.name, 0)
            site.cursor = max(found, default=0)
            site.restart()
        for site in federation.sites.values():
            attempts = {"one": site.attempt}
            federation.coordinator.restored(site.name, attempts, site.answered)

    def ending(self, job: str = "one") -> JobEnded:
        with self.federation.database.reading() as connection:
            ending = reporting.ended(connection, job)
        assert ending is not None
        return ending

    def reasons(self) -> dict[int, str]:
        with self.federation.database.reading() as connection:
            rows = store.attempts_of(connection, "one")
        return {row.attempt: row.reason for row in rows}


@pytest.fixture
def restored(tmp_path: Path) -> Restored:
    return Restored(tmp_path)


def stuck_at(restored: Restored, kind: type) -> None:
    """Run a job until one site does not send its message of a kind."""
    federation = restored.federation
    federation.sites["s0"].silent = kind
    federation.open("one")
    federation.run()


def finish(restored: Restored) -> None:
    for _ in range(4):
        restored.federation.run()
        restored.federation.wait(11)


@pytest.mark.parametrize("kind", [Shares, MaskedInput, Statement, Verdict])
def test_a_running_attempt_is_replaced_and_the_job_goes_on(restored: Restored, kind: type) -> None:
    stuck_at(restored, kind)
    restored.back_up()
    restored.put_back()
    finish(restored)
    federation, ending = restored.federation, restored.ending()
    assert ending.outcome is JobOutcome.PUBLISHED, ending.reason
    totals = [int.from_bytes(total, "little") for total in ending.totals]
    assert totals == [federation.total(*ending.cohort)] * STEPS
    assert "restored from a backup that is older than what s0" in restored.reasons()[1]


def test_a_set_that_was_fixed_after_the_backup_is_summed_again_without_its_proof(
    restored: Restored,
) -> None:
    """All sites are bound, but the certificate went with the lost database."""
    for site in restored.federation.sites.values():
        site.silent = Statement
    restored.federation.open("one")
    restored.federation.run()
    restored.back_up()
    go_on(restored)
    restored.put_back()
    finish(restored)
    assert restored.ending().outcome is JobOutcome.PUBLISHED
    assert "restored from a backup" in restored.reasons()[1]
    restored.federation.open("two")  # the set is known here again
    restored.federation.run()
    assert restored.ending("two").outcome is JobOutcome.PUBLISHED


def test_a_set_that_nobody_here_knows_ends_the_job_in_words(restored: Restored) -> None:
    for site in restored.federation.sites.values():
        site.silent = MaskedInput
    restored.federation.open("one")
    restored.federation.run()
    restored.back_up()
    go_on(restored)
    restored.put_back()
    finish(restored)
    ending = restored.ending()
    assert ending.outcome is JobOutcome.ENDED
    assert "settled after the backup, and is lost with it" in ending.reason


def go_on(restored: Restored) -> None:
    """Let the sites send what they kept back, as far as the last verdicts."""
    for site in restored.federation.sites.values():
        site.silent, site.silent_from = Verdict, STEPS - 1
    restored.federation.send_kept_back()


def test_an_attempt_that_only_the_sites_remember_is_not_numbered_again(
    restored: Restored,
) -> None:
    stuck_at(restored, Statement)
    restored.back_up()
    for _ in range(3):  # its set stands: a second attempt is opened over it
        restored.federation.wait(11)
        restored.federation.run()
    assert restored.federation.sites["s1"].attempt == 2
    restored.put_back()
    finish(restored)
    assert restored.ending().outcome is JobOutcome.PUBLISHED
    reasons = restored.reasons()
    assert reasons[2].startswith("the database was restored from a backup that is older than what")
    assert max(reasons) >= 3


def test_a_job_that_the_sites_have_ended_ends_here_too_in_words(restored: Restored) -> None:
    stuck_at(restored, Statement)
    restored.back_up()
    for site in restored.federation.sites.values():
        site.over = True
    restored.put_back()
    finish(restored)
    ending = restored.ending()
    assert ending.outcome is JobOutcome.ENDED
    assert "s0 (the job is over at this site)" in ending.reason


@pytest.mark.parametrize("site", ["s5", "enrolled, and no member"])
def test_who_has_no_part_in_a_job_cannot_stop_its_attempt(restored: Restored, site: str) -> None:
    """By saying that it has seen more of it than is stored."""
    federation = restored.federation
    federation.sites["s5"].silent = Intent
    stuck_at(restored, Verdict)
    declined = SiteEnvelope("one", 0, Decline("not this one"))
    federation.coordinator.submit("s5", encode_site_envelope(declined))
    federation.run()
    federation.coordinator.restored(site, {"one": 3}, ("one",))
    assert restored.reasons() == {1: ""}
