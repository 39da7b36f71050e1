"""The life of one job: announced, joining, attempts, and its end.

Every change is made inside the caller's transaction; when that fails, the caller throws the
object away and loads it again from what is stored.
"""

from sqlalchemy import Connection

from aggregator import records, store
from aggregator.attempt import Attempt, LateMessageError
from aggregator.database import Database
from aggregator.decisions import Decision, Step, after_restore, decide
from aggregator.joining import Joining
from aggregator.mailbox import post
from aggregator.release import released, withheld
from aggregator.rules import Rules, Work, parameters_of
from aggregator.store import AttemptState, JobRow, JobState, Kind
from aggregator.vectors import StoredVectors
from fedqi.errors import InsufficientSitesError, RemoteProtocolError
from fedqi.secagg.messages import AggregatorMessage, Certificate
from fedqi.secagg.parameters import AttemptMode
from fedqi.wire.control import (
    AggregatorBody,
    AttemptOpened,
    Envelope,
    JobAnnouncement,
    JobEnded,
    JobOutcome,
    JoiningClosed,
    ReceiptRequest,
    SiteEnvelope,
)
from fedqi.wire.convert import decode_envelope, decode_site_envelope, encode_envelope


class Job:
    """One job and its running attempt.

    Parameters
    ----------
    row
        As stored.
    rules
        What every job obeys.
    work
        What it sums.
    database
        Read for masked vectors; all else goes through the caller's transaction.
    """

    def __init__(self, row: JobRow, rules: Rules, work: Work, database: Database) -> None:
        self.name = row.job
        self.state = JobState(row.state)
        self.close_requested = row.close_requested
        self.join_until = row.join_until
        self.deadline = row.opened + rules.deadlines.job
        self.joining = Joining(rules.genesis, work.spec)
        self.attempt: Attempt | None = None
        self.opening: AttemptOpened | None = None
        self.attempts = 0
        self._rules = rules
        self._work = work
        self._database = database
        self._spec_bytes = row.spec

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        return self.state not in store.OPEN_STATES

    @property
    def phase(self) -> str:
        """What it waits for: the phase of its attempt, or of its own life."""
        return self.state.value if self.attempt is None else self.attempt.session.phase.value

    def load(self, connection: Connection, now: float) -> None:
        """Fold what is stored."""
        for line in store.lines_of(connection, self.name, 0):
            self.joining.accept(line.site, decode_site_envelope(line.body))
        for row in store.attempts_of(connection, self.name):
            self.attempts = row.attempt
            if row.state == AttemptState.RUNNING:
                self._resume(connection, row.opening, now)

    def accept(
        self, connection: Connection, site: str, envelope: SiteEnvelope, data: bytes
    ) -> None:
        """Take and store a site's message.

        Raises
        ------
        LateMessageError
            When nobody waits for it.
        RemoteProtocolError
            When it is illegal. In both cases nothing has changed.
        """
        if envelope.attempt == 0:
            if self.state is not JobState.JOINING:
                raise LateMessageError(f"job {self.name} is not open to join any more")
            self.joining.accept(site, envelope)
        else:
            attempt = self._running(envelope.attempt)
            attempt.accept(site, envelope)
        store.add_line(connection, self.name, envelope.attempt, Kind.IN, site, data)
        self._note_progress(connection)

    def advance(self, connection: Connection, now: float, wall: float) -> bool:
        """Do the next thing that is due; return whether anything was done."""
        if self.state is JobState.ANNOUNCED:
            self._announce(connection)
        elif self.state is JobState.JOINING:
            if not self._joining_is_over(wall):
                return False
            self._close_joining(connection, now)
        elif self.attempt is not None:
            overdue = wall >= self.deadline
            decision = decide(self.attempt, now, self._rules.deadlines, overdue)
            return self._follow(connection, self.attempt, decision, now)
        return True

    def fail(self, connection: Connection, reason: str, waiting: tuple[str, ...] = ()) -> None:
        """End the job with the analyses that are complete, or without a result."""
        if self.attempt is not None:
            self._close_attempt(connection, self.attempt, reason)
        self._end(connection, records.broken_off(connection, self.name, reason, waiting))

    def restored(
        self, connection: Connection, site: str, seen: int, answered: bool, now: float
    ) -> None:
        """Replace an attempt of which a site has seen more than this restored database has.

        Parameters
        ----------
        connection
            Of the transaction.
        site
            Which site.
        seen
            The last attempt of this job that it took part in.
        answered
            Whether it answered the unmasking of that attempt, whose set is fixed then.
        now
            On the monotonic clock.
        """
        roster = self.joining.genesis.roster.identities
        if site not in (self.joining.intents if self.state is JobState.RUNNING else roster):
            return  # it can have seen nothing of an attempt
        attempt = self.attempt
        reason = (
            f"the database was restored from a backup that is older than what {site} has seen of "
            f"attempt {seen}"
        )
        affected = attempt is not None and (attempt.resumed or seen >= attempt.number)
        if self.attempts < seen <= self.attempts + self._rules.limits.attempts:
            store.add_attempt(connection, self.name, seen, b"", AttemptState.ENDED, reason)
            self.attempts = seen
        if attempt is not None and affected:
            fixed = answered and seen == attempt.number
            self._follow(connection, attempt, after_restore(attempt, reason, fixed), now)

    def _running(self, number: int) -> Attempt:
        if self.attempt is None or self.attempt.number != number:
            raise LateMessageError(f"attempt {self.name}/{number} is over")
        return self.attempt

    def _announce(self, connection: Connection) -> None:
        self._post(connection, self._rules.members, 0, JobAnnouncement(self._spec_bytes))
        self._enter(connection, JobState.JOINING)

    def _joining_is_over(self, wall: float) -> bool:
        late = self.join_until is not None and wall >= self.join_until
        return self.joining.all_answered or self.close_requested or late

    def _close_joining(self, connection: Connection, now: float) -> None:
        closed = JoiningClosed(tuple(sorted(self.joining.intents)), tuple(self.joining.declined))
        self._post(connection, self._rules.members, 0, closed)
        try:
            group = self.joining.group(store.bound(connection))
        except InsufficientSitesError as error:
            self._end(connection, withheld(str(error)))
            return
        self._enter(connection, JobState.RUNNING)
        self._open_attempt(connection, AttemptOpened(group.mode, group.participants), now)

    def _follow(
        self, connection: Connection, attempt: Attempt, decision: Decision, now: float
    ) -> bool:
        if decision.step is Step.WAIT:
            return False
        if decision.step is Step.PROCEED:
            self._proceed(connection, attempt, now)
        elif decision.step is Step.ASK_RECEIPTS:
            self._ask_receipts(connection, attempt, decision.reason, now)
        elif decision.step is Step.FINISH:
            self._finish(connection, attempt)
        elif decision.step is Step.REFUSE:
            self._close_attempt(connection, attempt, decision.reason)
            self._end(connection, withheld(decision.reason))
        elif decision.step is Step.GIVE_UP or self.attempts >= self._rules.limits.attempts:
            self.fail(connection, decision.reason, attempt.awaited)
        else:
            self._retry(connection, attempt, decision, now)
        return True

    def _proceed(self, connection: Connection, attempt: Attempt, now: float) -> None:
        try:
            sending = attempt.session.proceed()
        except RemoteProtocolError as error:
            # Shares that rebuild no secret: the set stands, and a closed step needs none.
            self._retry(connection, attempt, Decision(Step.RETRY_CLOSED, str(error)), now)
            return
        store.add_line(connection, self.name, attempt.number, Kind.PROCEED)
        messages = self._rules.tamper(self.name, sending)
        grouped: dict[int, tuple[AggregatorMessage, list[str]]] = {}
        for site, message in messages:
            grouped.setdefault(id(message), (message, []))[1].append(site)
        for message, sites in grouped.values():
            self._post(connection, tuple(sites), attempt.number, message)
        attempt.since = now
        self._note_progress(connection)

    def _ask_receipts(
        self, connection: Connection, attempt: Attempt, reason: str, now: float
    ) -> None:
        line = reason.encode()
        store.add_line(connection, self.name, attempt.number, Kind.RECEIPTS, body=line)
        attempt.ask_receipts(reason)
        attempt.since = now
        self._post(connection, attempt.awaited, attempt.number, ReceiptRequest())
        self._note_progress(connection)

    def _retry(
        self, connection: Connection, attempt: Attempt, decision: Decision, now: float
    ) -> None:
        self._close_attempt(connection, attempt, decision.reason)
        certificate = self._certificate(attempt)
        if decision.step is Step.RETRY_OPEN:
            joined = tuple(sorted(self.joining.intents))
            opening = AttemptOpened(AttemptMode.OPEN, joined)
        elif certificate is not None:
            cohort = tuple(entry.site for entry in certificate.survivors.entries)
            opening = AttemptOpened(AttemptMode.CLOSED, cohort, certificate)
        else:
            state = attempt.session.state
            cohort = attempt.participants if state is None else state.cohort
            opening = AttemptOpened(AttemptMode.CLOSED, cohort)
        self._open_attempt(connection, opening, now)

    def _finish(self, connection: Connection, attempt: Attempt) -> None:
        state = attempt.session.result
        if state is None:
            raise RuntimeError("a finished attempt has a result")
        self._close_attempt(connection, attempt, "finished")
        # known already, unless the certificate went with a database that was lost
        store.bind(connection, {atom: sites for atom, sites in state.offering.items() if sites})
        outcome = JobOutcome.PUBLISHED
        ending = released(self._work.plan, attempt.parameters, state, outcome, "")
        self._end(connection, ending)

    def _certificate(self, attempt: Attempt) -> Certificate | None:
        carried = None if self.opening is None else self.opening.certificate
        return attempt.session.certificate or carried

    def _open_attempt(self, connection: Connection, opening: AttemptOpened, now: float) -> None:
        self.attempts += 1
        envelope = Envelope(0, self.name, self.attempts, opening)
        store.add_attempt(connection, self.name, self.attempts, encode_envelope(envelope))
        self._begin(opening, now)
        self._post(connection, opening.participants, self.attempts, opening)
        self._note_progress(connection)

    def _resume(self, connection: Connection, data: bytes, now: float) -> None:
        opening = decode_envelope(data).body
        if not isinstance(opening, AttemptOpened):
            raise RuntimeError("an attempt is stored with the envelope that opened it")
        attempt = self._begin(opening, now)
        attempt.replay(store.lines_of(connection, self.name, self.attempts))

    def _begin(self, opening: AttemptOpened, now: float) -> Attempt:
        parameters = parameters_of(
            self._rules.genesis, self._work.spec, self.attempts, opening.mode
        )
        self.opening = opening
        vectors = StoredVectors(self._database, self.name, self.attempts)
        plan, participants = self._work.plan, opening.participants
        self.attempt = Attempt(parameters, plan, participants, now, vectors)
        return self.attempt

    def _close_attempt(self, connection: Connection, attempt: Attempt, reason: str) -> None:
        records.close_attempt(connection, self._rules.genesis, self._work, attempt, reason)
        self.attempt = None

    def _end(self, connection: Connection, ending: JobEnded) -> None:
        records.store_ending(connection, self.name, ending)
        self._post(connection, self._rules.members, 0, ending)
        self._enter(connection, JobState(ending.outcome.value), ending.reason)

    def _enter(self, connection: Connection, state: JobState, reason: str = "") -> None:
        store.set_job(connection, self.name, state=state, reason=reason)
        self.state = state

    def _post(
        self, connection: Connection, sites: tuple[str, ...], attempt: int, body: AggregatorBody
    ) -> None:
        post(connection, sites, Envelope(0, self.name, attempt, body))

    def _note_progress(self, connection: Connection) -> None:
        if self.attempt is not None:
            records.note_progress(connection, self.attempt, self.deadline)
