"""What the commands print about the state directory; none of it needs a connection."""

import json
from typing import Any

from fedqi.charter import fingerprint
from fedqi.disclosure import AuditEntry
from fedqi.errors import ConfigurationError, PolicyError
from site_agent import jobs, preview
from site_agent.accesses import accesses
from site_agent.approval import decision_of
from site_agent.config import AgentConfig
from site_agent.credentials import load_credentials
from site_agent.genesis import is_accepted, load_pinned
from site_agent.ledger import verify
from site_agent.state import StateDirectory, open_state
from site_agent.work import build_work, contribution, read_spec

READ_THE_HASH = "To decide: fedqi-site approve {job} {sha}   (or reject)"


def preview_lines(config: AgentConfig, job: str, masked: bool) -> list[str]:
    """Return the preview of a job; with ``masked`` also the bytes that left.

    Raises
    ------
    ConfigurationError, PolicyError
        If the job is unknown, or nothing is frozen for it.
    """
    state = open_state(config.state_dir)
    pinned = load_pinned(state)
    record = jobs.require(state, job)
    if pinned is None:
        raise PolicyError("the founding documents are not pinned yet; run 'fedqi-site run'")
    work = build_work(config, state, pinned, read_spec(record))
    shown = contribution(work, pinned, config.min_others, record)
    lines = [*preview.in_words(shown), *_decision(state, job, shown.frozen.sha256)]
    sent = state.load_sent(job)
    if masked and sent is None:
        raise ConfigurationError(f"job {job}: no masked input has left yet")
    return [*lines, "", *preview.beside_masked(shown, sent)] if masked and sent else lines


def status_document(config: AgentConfig) -> dict[str, Any]:
    """Return the agent's status as plain data."""
    state = open_state(config.state_dir)
    pinned = load_pinned(state)
    return {
        "site": config.site,
        "aggregator": config.aggregator,
        "enrolled": _enrolled(config, state),
        "accepted": is_accepted(state),
        "documents": None if pinned is None else fingerprint(pinned.genesis),
        "members": None if pinned is None else pinned.members,
        "jobs": [_job(state, record) for record in jobs.all_records(state)],
    }


def status_lines(document: dict[str, Any]) -> list[str]:
    """Return the status in words."""
    enrolled = document["enrolled"]
    lines = [
        f"Site {document['site']}, aggregator {document['aggregator']}",
        f"Enrolled in {enrolled['collaborative']}, certificate until {enrolled['certificate']}"
        if enrolled
        else "Not enrolled: run 'fedqi-site enrol TOKEN'",
        _documents(document),
    ]
    for job in document["jobs"]:
        why = f" ({job['reason']})" if job["reason"] else ""
        local = "; not in the cohort, compared locally" if job["in_cohort"] is False else ""
        missing = ", ".join(f"{item['analysis']} of {item['measure']}" for item in job["missing"])
        without = f"; without {missing}" if missing else ""
        early = f"; too early for {', '.join(job['not_offered'])}" if job["not_offered"] else ""
        lines.append(f"Job {job['job']}: {job['stage']}{why}{early}{without}{local}")
    return lines if document["jobs"] else [*lines, "No job yet"]


def ledger_lines(config: AgentConfig, as_json: bool) -> list[str]:
    """Verify both records and say what they hold.

    Raises
    ------
    PolicyError
        Naming the first entry that was changed.
    """
    state = open_state(config.state_dir)
    entries, history = verify(state)
    if as_json:
        return [json.dumps(_entry(entry), sort_keys=True) for entry in entries]
    size = sum(entry.departure.size for entry in entries)
    return [
        f"Audit ledger: {len(entries)} messages left, {size} bytes; the chain is unbroken.",
        f"Lists of local cases: {len(accesses(state))}, on record without a key; unbroken.",
        f"Release history: {history.counter} entries, head {history.head.hex()}; unbroken.",
    ]


def _decision(state: StateDirectory, job: str, sha: str) -> list[str]:
    decision = decision_of(state, job)
    if decision is None:
        return ["", READ_THE_HASH.format(job=job, sha=sha)]
    return ["", f"This contribution was {decision.verdict} by {decision.by}."]


def _enrolled(config: AgentConfig, state: StateDirectory) -> dict[str, str] | None:
    if not state.certificate.exists():
        return None
    credentials = load_credentials(state, config.site)
    return {
        "collaborative": credentials.enrolment.collaborative,
        "certificate": credentials.expires.isoformat(timespec="minutes"),
    }


def _documents(document: dict[str, Any]) -> str:
    if document["documents"]:
        return f"Founding documents of {document['members']} members: {document['documents']}"
    if document["accepted"]:
        return "Founding documents signed here; not all members have signed yet"
    return "Founding documents not accepted: run 'fedqi-site accept-genesis'"


def _job(state: StateDirectory, record: jobs.JobRecord) -> dict[str, Any]:
    result = state.load_result(record.job) or {}
    return {
        "job": record.job,
        "stage": str(record.stage),
        "reason": record.reason,
        "attempt": record.attempt,
        "frozen_input": record.frozen,
        "in_cohort": result.get("in_cohort"),
        "verified": result.get("verified"),
        "missing": result.get("missing", []),
        "not_offered": [f"{measure} {period}" for measure, period in record.held],
    }


def _entry(entry: AuditEntry) -> dict[str, Any]:
    departure = entry.departure
    return {
        "sequence": entry.sequence,
        "head": entry.head.hex(),
        "time": departure.time.isoformat(),
        "kind": departure.kind,
        "job": departure.job,
        "attempt": departure.attempt,
        "step": departure.step,
        "sha256": departure.digest.hex(),
        "bytes": departure.size,
    }
