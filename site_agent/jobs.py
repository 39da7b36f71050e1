"""What the agent remembers of each job; durable, so that a restart goes on where it was."""

from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from fedqi.errors import ConfigurationError
from site_agent.state import StateDirectory, is_job_name


class Stage(StrEnum):
    """Where a job stands at this site."""

    ANNOUNCED = "announced"
    AWAITING_APPROVAL = "awaiting approval"
    JOINED = "joined"
    DECLINED = "declined"
    MISSED = "missed"  # joining closed before a person approved
    IN_ATTEMPT = "in attempt"
    BETWEEN_ATTEMPTS = "between attempts"
    PUBLISHED = "published"
    PARTIAL = "partial"
    ENDED = "ended"


FINISHED = frozenset({Stage.PUBLISHED, Stage.PARTIAL, Stage.ENDED})
JOINING = frozenset({Stage.ANNOUNCED, Stage.AWAITING_APPROVAL})


@dataclass(frozen=True, slots=True)
class JobRecord:
    """One job at this site.

    Parameters
    ----------
    job
        Its name.
    spec
        Its specification, the text exactly as announced (its SHA-256 is the plan hash).
    stage
        Where it stands.
    reason
        Why, where there is something to say.
    attempt
        Number of the last attempt this site took part in; 0 before any.
    frozen
        SHA-256 of the frozen input, hex; empty before it is frozen.
    offered
        Atoms this site offers.
    verified
        After each step, the transcript digest over the job's totals that this site recomputed.
    recomputed
        Transcript digest of the job's totals, once this site has recomputed every one of them
        and the last is settled; empty before.
    held
        Measure and period, of those that the job asks for and that could not be summed yet when
        the input was frozen; they are not offered.
    on_word
        Whether the word of auditors stood for this site's own recomputation in one of them.
    """

    job: str
    spec: str
    stage: Stage = Stage.ANNOUNCED
    reason: str = ""
    attempt: int = 0
    frozen: str = ""
    offered: tuple[str, ...] = ()
    verified: tuple[str, ...] = ()
    recomputed: str = ""
    on_word: bool = False
    held: tuple[tuple[str, str], ...] = ()

    def at(self, stage: Stage, reason: str = "") -> "JobRecord":
        """Return the record at another stage."""
        return replace(self, stage=stage, reason=reason)


def save(state: StateDirectory, record: JobRecord) -> JobRecord:
    """Store a record durably and return it."""
    state.save_job(record.job, asdict(record))
    return record


def find(state: StateDirectory, job: str) -> JobRecord | None:
    """Return the record of a job, or None if it was never announced here."""
    document = state.load_job(job)
    return None if document is None else _parse(document, job)


def require(state: StateDirectory, job: str) -> JobRecord:
    """Return the record of a job.

    Raises
    ------
    ConfigurationError
        If it was never announced here; lists the jobs that were.
    """
    record = find(state, job) if is_job_name(job) else None
    if record is None:
        known = ", ".join(state.jobs()) or "none; is 'fedqi-site run' running?"
        raise ConfigurationError(f"job {job!r} is not known here; known jobs: {known}")
    return record


def all_records(state: StateDirectory) -> list[JobRecord]:
    """Return the records of all jobs, by name."""
    return [require(state, job) for job in state.jobs()]


def _parse(document: dict[str, Any], job: str) -> JobRecord:
    try:
        stage, offered = Stage(document["stage"]), tuple(document["offered"])
        verified = tuple(document["verified"])
        held = tuple((measure, period) for measure, period in document.get("held", ()))
        changes = {"stage": stage, "offered": offered, "verified": verified, "held": held}
        return JobRecord(**(document | changes))
    except (KeyError, TypeError, ValueError):
        raise ConfigurationError(
            f"the record of job {job!r} is damaged; restore the state directory from its backup"
        ) from None
