"""All open jobs: takes messages, moves time on, and survives a crash at any point."""

import logging
import time
from collections.abc import Callable, Collection, Mapping

from sqlalchemy import Connection

from aggregator import store
from aggregator.attempt import LateMessageError
from aggregator.config import Deadlines, Limits
from aggregator.database import Database, StorageError
from aggregator.definitions import work_of
from aggregator.faults import FaultPlan
from aggregator.genesis import is_complete, load_genesis
from aggregator.jobs import Job
from aggregator.mailbox import Mailbox
from aggregator.rules import Rules, Tamper, Work, untouched
from aggregator.store import JobRow, JobState
from fedqi.charter import Genesis, JobSpec, read_document
from fedqi.errors import FedQIError, RemoteProtocolError
from fedqi.wire.convert import decode_site_envelope

_log = logging.getLogger("aggregator")
Clock = Callable[[], float]
MakeWork = Callable[[Connection, Genesis, JobSpec], Work]
NO_FAULTS = FaultPlan()


class Coordinator:
    """Drives every job.

    Parameters
    ----------
    database
        Holds everything; this object can be thrown away at any time.
    mailbox
        Told when there is something to fetch.
    limits, deadlines
        Of the configuration.
    tamper
        See :class:`aggregator.rules.Rules`.
    faults
        Where to die in a drill.
    clock, wall
        Seconds, monotonic and since 1970.
    work
        Makes what a job sums from its specification.
    """

    def __init__(
        self,
        database: Database,
        mailbox: Mailbox,
        limits: Limits,
        deadlines: Deadlines,
        tamper: Tamper = untouched,
        faults: FaultPlan = NO_FAULTS,
        clock: Clock = time.monotonic,
        wall: Clock = time.time,
        work: MakeWork = work_of,
    ) -> None:
        self._database = database
        self._mailbox = mailbox
        self._limits = limits
        self._deadlines = deadlines
        self._tamper = tamper
        self._faults = faults
        self._clock = clock
        self._wall = wall
        self._work = work
        self._rules: Rules | None = None
        self._jobs: dict[str, Job] = {}

    def submit(self, site: str, data: bytes) -> bool:
        """Take a site's message; return whether it was known already.

        Raises
        ------
        LateMessageError
            When nobody waits for it (any more).
        RemoteProtocolError
            When it is malformed or illegal.
        StorageError
            When it cannot be stored. In all cases nothing has changed.
        """
        envelope = decode_site_envelope(data)
        with self._database.reading() as connection:
            if store.is_known(connection, envelope.job, envelope.attempt, site, data):
                return True
        job = self._jobs.get(envelope.job)
        if job is None:
            raise LateMessageError(f"job {envelope.job!r} is over or was never announced")
        if site not in job.joining.genesis.roster.identities:
            raise RemoteProtocolError("it is not in the roster", site=site)
        phase = job.phase
        try:
            with self._database.transaction() as connection:
                job.accept(connection, site, envelope, data)
        except StorageError:
            self._reload(job.name)
            raise
        self._faults.after_stored(phase)
        self._advance(job)
        return False

    def restored(self, site: str, attempts: Mapping[str, int], answered: Collection[str]) -> None:
        """Take note that a site knows messages that are not in the database any more.

        Attempts that an earlier process began cannot go on: what the sites have seen of them is
        not what is stored. Each is replaced by one with a number that no site has seen.

        Parameters
        ----------
        site
            Which site.
        attempts
            Job -> the last attempt that it took part in.
        answered
            Jobs of whose last attempt it answered the unmasking.
        """
        _log.warning("%s has seen messages that this database, restored, does not have", site)
        for name, seen in attempts.items():
            job = self._jobs.get(name)
            if job is not None:
                with self._database.transaction() as connection:
                    job.restored(connection, site, seen, name in answered, self._clock())
                self._advance(job)
        self._mailbox.wake()

    def tick(self) -> None:
        """Look for what commands have changed, and do what is due."""
        self._refresh()
        for job in list(self._jobs.values()):
            self._advance(job)

    def _advance(self, job: Job) -> None:
        try:
            while not job.is_over and self._step(job):
                self._mailbox.wake()
        except StorageError:
            self._reload(job.name)
            raise
        except FedQIError as error:
            self._fail(job, error)
        if job.is_over:
            self._jobs.pop(job.name, None)

    def _fail(self, job: Job, error: FedQIError) -> None:
        # One job that cannot go on must not stop the others.
        _log.error("job %s cannot go on: %s", job.name, error)
        with self._database.transaction() as connection:
            job.fail(connection, f"the aggregator could not go on: {error}")
        self._mailbox.wake()

    def _step(self, job: Job) -> bool:
        with self._database.transaction() as connection:
            return job.advance(connection, self._clock(), self._wall())

    def _refresh(self) -> None:
        with self._database.reading() as connection:
            rows = [row for row in store.all_jobs(connection) if row.state in store.OPEN_STATES]
        for row in rows:
            known = self._jobs.get(row.job)
            if known is None:
                self._try_load(row)
            else:
                known.close_requested = row.close_requested

    def _reload(self, name: str) -> None:
        # What is in memory may be ahead of what is stored; the store is right. The job comes
        # back with the next tick.
        self._jobs.pop(name, None)

    def _try_load(self, row: JobRow) -> None:
        try:
            self._load(row)
        except StorageError:
            raise
        except FedQIError as error:
            _log.error("job %s cannot be loaded: %s", row.job, error)
            with self._database.transaction() as connection:
                store.set_job(connection, row.job, state=JobState.ENDED, reason=str(error))

    def _load(self, row: JobRow) -> None:
        with self._database.reading() as connection:
            rules = self._found_rules()
            work = self._work(connection, rules.genesis, read_document(JobSpec, row.spec))
            job = Job(row, rules, work, self._database)
            job.load(connection, self._clock())
        self._jobs[row.job] = job

    def _found_rules(self) -> Rules:
        if self._rules is None:
            with self._database.reading() as connection:
                genesis = load_genesis(connection)
            if genesis is None or not is_complete(genesis):
                raise RuntimeError("jobs are opened only under signed founding documents")
            self._rules = Rules(genesis, self._limits, self._deadlines, self._tamper)
        return self._rules
