"""What survives a crash of a site's machine, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from fedqi.disclosure import AuditLedger, Departure, Entry, ReleaseHistory
from fedqi.secagg.messages import MaskedInput, Verdict
from fedqi.simulation.setting import Spec
from fedqi.wire.control import SiteEnvelope

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class JobNote:
    """What a machine has noted of a job.

    Parameters
    ----------
    spec
        As announced.
    attempt
        Newest attempt joined.
    inside
        Whether its session may still live.
    settled
        Whether it holds the job's last total as settled.
    """

    spec: Spec
    attempt: int = 0
    inside: bool = False
    settled: bool = False


@dataclass
class Disk:
    """A machine's files.

    Parameters
    ----------
    history, ledger
        Lines of the release history and of the audit ledger.
    frozen
        Atom -> the numbers it is summed with, for ever.
    counters
        Site -> newest counter and head of its release history seen.
    jobs
        Job -> note.
    """

    history: list[str] = field(default_factory=list)
    ledger: list[str] = field(default_factory=list)
    frozen: dict[str, tuple[int, ...]] = field(default_factory=dict)
    counters: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    jobs: dict[str, JobNote] = field(default_factory=dict)

    def copy(self) -> "Disk":
        """Return a snapshot."""
        return Disk(
            list(self.history),
            list(self.ledger),
            dict(self.frozen),
            dict(self.counters),
            dict(self.jobs),
        )

    def note(self, job: str, attempt: int, inside: bool) -> None:
        """Note an attempt of a known job."""
        self.jobs[job] = replace(self.jobs[job], attempt=attempt, inside=inside)

    def settle(self, job: str) -> None:
        """Note that the last total of a job is settled."""
        self.jobs[job] = replace(self.jobs[job], settled=True)

    def remember(self, histories: Mapping[str, tuple[int, bytes]]) -> None:
        """Keep the counters that a session has shown; they never go back."""
        for site, (counter, head) in histories.items():
            known, known_head = self.counters.get(site, (-1, b""))
            if (counter, bool(head)) >= (known, bool(known_head)):
                self.counters[site] = (counter, head)


class Records:
    """Release history and audit ledger of a running machine, over its disk.

    Parameters
    ----------
    disk
        Both chains are verified as they are read.
    """

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self.history = ReleaseHistory.load(disk.history)
        self._ledger, _ = AuditLedger.load(disk.ledger)

    def store(self, entry: Entry) -> None:
        """Add an entry; it is durable when this returns."""
        after = self.history.apply(entry)
        self._disk.history.append(self.history.line(entry))
        self.history = after

    def depart(self, envelope: SiteEnvelope, data: bytes, seconds: float) -> None:
        """Log a message before it leaves."""
        body = envelope.body
        departure = Departure(
            time=EPOCH + timedelta(seconds=seconds),
            kind=type(body).__name__,
            job=envelope.job,
            attempt=envelope.attempt or None,
            step=body.step if isinstance(body, MaskedInput | Verdict) else None,
            digest=sha256(data).digest(),
            size=len(data),
        )
        self._ledger, line = self._ledger.append(departure)
        self._disk.ledger.append(line)
