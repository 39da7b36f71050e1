"""Jobs, attempts and the messages their state is folded from."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from aggregator.tables import attempts, bound_atoms, jobs, messages, reached, results


class JobState(StrEnum):
    """Life of a job."""

    ANNOUNCED = "announced"
    JOINING = "joining"
    RUNNING = "running"
    PUBLISHED = "published"
    PARTIAL = "partial"
    ENDED = "ended"


OPEN_STATES = (JobState.ANNOUNCED, JobState.JOINING, JobState.RUNNING)


class AttemptState(StrEnum):
    """Life of an attempt."""

    RUNNING = "running"
    ENDED = "ended"


class Kind(StrEnum):
    """What a stored line of an attempt is."""

    IN = "in"  # a site's message
    PROCEED = "proceed"  # the round was closed
    RECEIPTS = "receipts"  # discard receipts were asked for


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job as stored."""

    job: str
    spec: bytes
    state: str
    reason: str
    opened: float
    join_until: float | None
    close_requested: bool


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """An attempt as stored; ``progress`` is JSON for people."""

    job: str
    attempt: int
    opening: bytes
    state: str
    reason: str
    progress: str


@dataclass(frozen=True, slots=True)
class Line:
    """One stored line of a job or attempt."""

    kind: Kind
    site: str
    body: bytes


def add_job(connection: Connection, row: JobRow) -> None:
    """Store a new job."""
    values = {name: getattr(row, name) for name in JobRow.__slots__}
    connection.execute(insert(jobs).values(**values))


def all_jobs(connection: Connection) -> list[JobRow]:
    """Return every job, the oldest first."""
    rows = connection.execute(select(jobs).order_by(jobs.c.opened, jobs.c.job))
    return [JobRow(**row._mapping) for row in rows]


def set_job(connection: Connection, job: str, **values: object) -> None:
    """Change columns of a job."""
    connection.execute(update(jobs).where(jobs.c.job == job).values(**values))


def add_attempt(
    connection: Connection,
    job: str,
    attempt: int,
    opening: bytes,
    state: AttemptState = AttemptState.RUNNING,
    reason: str = "",
) -> None:
    """Store a new attempt with the envelope that opened it."""
    values = {"attempt": attempt, "opening": opening, "state": state, "reason": reason}
    connection.execute(insert(attempts).values(job=job, **values))


def set_attempt(connection: Connection, job: str, attempt: int, **values: object) -> None:
    """Change columns of an attempt."""
    query = update(attempts).where(attempts.c.job == job, attempts.c.attempt == attempt)
    connection.execute(query.values(**values))


def attempts_of(connection: Connection, job: str) -> list[AttemptRow]:
    """Return a job's attempts in order."""
    query = select(attempts).where(attempts.c.job == job).order_by(attempts.c.attempt)
    return [AttemptRow(**row._mapping) for row in connection.execute(query)]


def add_line(
    connection: Connection, job: str, attempt: int, kind: Kind, site: str = "", body: bytes = b""
) -> None:
    """Append a line to a job (attempt 0) or an attempt."""
    values = {"job": job, "attempt": attempt, "kind": kind, "site": site, "body": body}
    digest = hashlib.sha256(body).digest()
    connection.execute(insert(messages).values(digest=digest, **values))


def is_known(connection: Connection, job: str, attempt: int, site: str, body: bytes) -> bool:
    """Whether these very bytes of this site are stored."""
    query = select(messages.c.id).where(
        messages.c.job == job,
        messages.c.attempt == attempt,
        messages.c.site == site,
        messages.c.digest == hashlib.sha256(body).digest(),
    )
    return connection.execute(query).first() is not None


def lines_of(connection: Connection, job: str, attempt: int) -> Iterable[Line]:
    """Yield the lines of an attempt in the order they were stored."""
    query = select(messages.c.kind, messages.c.site, messages.c.body).where(
        messages.c.job == job, messages.c.attempt == attempt
    )
    for row in connection.execute(query.order_by(messages.c.id)):
        yield Line(Kind(row.kind), row.site, row.body)


def newest_of(connection: Connection, job: str, attempt: int, site: str) -> Iterable[bytes]:
    """Yield what a site sent in an attempt, the newest first."""
    query = select(messages.c.body).where(
        messages.c.job == job, messages.c.attempt == attempt, messages.c.site == site
    )
    for row in connection.execute(query.order_by(messages.c.id.desc())):
        yield row.body


def bind(connection: Connection, offering: Mapping[str, tuple[str, ...]]) -> None:
    """Record over which sites atoms are bound; an atom is bound once and for ever."""
    known = bound(connection)
    rows = [
        {"atom": atom, "site": site}
        for atom, sites in offering.items()
        if atom not in known
        for site in sites
    ]
    if rows:
        connection.execute(insert(bound_atoms), rows)


def bound(connection: Connection) -> dict[str, tuple[str, ...]]:
    """Return the sites of every bound atom, sorted."""
    found: dict[str, tuple[str, ...]] = {}
    query = select(bound_atoms.c.atom, bound_atoms.c.site).order_by(bound_atoms.c.site)
    for row in connection.execute(query):
        found[row.atom] = (*found.get(row.atom, ()), row.site)
    return found


def add_result(connection: Connection, job: str, envelope: bytes) -> None:
    """Store how a job ended."""
    connection.execute(insert(results).values(job=job, envelope=envelope))


def keep_reached(connection: Connection, job: str, totals: int, envelope: bytes) -> None:
    """Store what a job has reached, unless an earlier attempt came as far."""
    query = select(reached.c.totals).where(reached.c.job == job)
    if totals > (connection.execute(query).scalar_one_or_none() or 0):
        connection.execute(delete(reached).where(reached.c.job == job))
        connection.execute(insert(reached).values(job=job, totals=totals, envelope=envelope))


def find_reached(connection: Connection, job: str) -> bytes | None:
    """Return the envelope of what a job has reached."""
    query = select(reached.c.envelope).where(reached.c.job == job)
    return connection.execute(query).scalar_one_or_none()


def find_result(connection: Connection, job: str) -> bytes | None:
    """Return the envelope with which a job ended."""
    query = select(results.c.envelope).where(results.c.job == job)
    return connection.execute(query).scalar_one_or_none()


def progress_text(**facts: Any) -> str:
    """Return the progress of an attempt as stored."""
    return json.dumps(facts, sort_keys=True)
