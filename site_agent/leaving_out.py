"""A hospital keeps one measure out of one job and takes part in the others."""

import json
from dataclasses import replace
from pathlib import Path

from fedqi.disclosure import Bound, Open, ReleaseHistory
from fedqi.errors import ConfigurationError, PolicyError
from site_agent.agent import Agent
from site_agent.approval import decision_of
from site_agent.jobs import JOINING, JobRecord
from site_agent.journal import canonical_json, replace_file
from site_agent.state import StateDirectory, check_job_name
from site_agent.work import Work, build_work, read_spec


def leave_out(
    state: StateDirectory, record: JobRecord, history: ReleaseHistory, measure: str
) -> None:
    """Record that a measure stays out of a job; the service makes it so.

    It is declared "none", like one without data. A set to which its figures are bound cannot be
    summed without them, so that the others could not go on either.

    Raises
    ------
    PolicyError
        If it is too late, the job has no such measure or nothing else of this hospital, or the
        figures are bound; says what can be done instead.
    """
    if record.stage not in JOINING or decision_of(state, record.job) is not None:
        raise PolicyError(
            f"job {record.job} is {record.stage} at this site, or decided upon; a measure is left "
            f"out before that. The whole job can still be rejected: fedqi-site reject {record.job}"
        )
    lineages = {planned.id: planned.lineage for planned in read_spec(record).measures}
    if measure not in lineages:
        raise PolicyError(
            f"job {record.job} has no measure {measure!r}; it has {', '.join(sorted(lineages))}"
        )
    own = [atom for atom in record.offered if atom.startswith(f"{lineages[measure]}|")]
    held = [atom for atom in own if isinstance(history.state(atom), Open | Bound)]
    if held or own == list(record.offered):
        why = f"{held[0]} is summed already" if held else "nothing else of it would be contributed"
        raise PolicyError(
            f"job {record.job}: {measure} cannot be left out alone, as {why}; reject the whole job"
        )
    names = sorted(left_out(state, record.job) | {measure})
    replace_file(_path(state, record.job), canonical_json(names))


def left_out(state: StateDirectory, job: str) -> frozenset[str]:
    """Return the measures that this hospital leaves out of a job.

    Raises
    ------
    ConfigurationError
        If the file is damaged.
    """
    path = _path(state, job)
    try:
        return frozenset(map(str, json.loads(path.read_bytes())))
    except FileNotFoundError:
        return frozenset()
    except (ValueError, TypeError):
        raise ConfigurationError(f"{path}: damaged; delete it and decide again") from None


def reflect(agent: Agent, record: JobRecord) -> JobRecord:
    """Take what is left out from the frozen input of a job that awaits approval."""
    names = left_out(agent.state, record.job)
    if not names:
        return record
    work = agent.works.get(record.job) or _work(agent, record)
    if work.frozen is not None and not names.isdisjoint(work.frozen.summaries):
        agent.state.frozen.leave_out(record.job, names)
        work = _work(agent, record)
    agent.works[record.job] = work
    if work.frozen is None or work.frozen.sha256 == record.frozen:
        return record
    sha256 = work.frozen.sha256
    agent.events.emit("measure-left-out", job=record.job, sha256=sha256)
    return agent.save(replace(record, frozen=sha256, offered=work.offered))


def _work(agent: Agent, record: JobRecord) -> Work:
    return build_work(agent.config, agent.state, agent.pinned, read_spec(record))


def _path(state: StateDirectory, job: str) -> Path:
    return state.root / "approvals" / f"{check_job_name(job)}.left-out"
