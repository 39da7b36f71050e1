"""What the commands show, as plain data and as lines of text."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from aggregator import members, store
from aggregator.genesis import is_complete, load_genesis
from aggregator.store import JobRow
from fedqi.charter import identity_fingerprint
from fedqi.wire.control import Decline, Intent, JobEnded
from fedqi.wire.convert import decode_envelope, decode_site_envelope


def sites(connection: Connection, now: float) -> list[dict[str, Any]]:
    """Return every enrolled and every invited site."""
    genesis = load_genesis(connection)
    signed = {} if genesis is None else genesis.signatures
    enrolled = [
        {
            "site": row.site,
            "name": row.name,
            "state": "revoked" if row.revoked else "enrolled",
            "identity": identity_fingerprint(row.identity_key),
            "certificate_until": _time(row.expires),
            "last_seen": _time(row.last_seen),
            "signed": row.site in signed,
        }
        for row in members.all_members(connection)
    ]
    known = {row["site"] for row in enrolled}
    waiting = [
        {"site": row.site, "name": row.name, "state": "invited", "token_until": _time(row.expires)}
        for row in members.invited(connection, now)
        if row.site not in known
    ]
    return enrolled + waiting


def founding(connection: Connection) -> dict[str, Any] | None:
    """Return how far the founding documents are."""
    genesis = load_genesis(connection)
    if genesis is None:
        return None
    missing = sorted(set(genesis.roster.identities) - set(genesis.signatures))
    return {
        "digest": genesis.signed_digest.hex(),
        "complete": is_complete(genesis),
        "members": len(genesis.roster.members),
        "not_signed": missing,
    }


def job(connection: Connection, row: JobRow) -> dict[str, Any]:
    """Return how far a job is."""
    answers = _answers(connection, row.job)
    genesis = load_genesis(connection)
    everyone = set() if genesis is None else set(genesis.roster.identities)
    return {
        "job": row.job,
        "state": row.state,
        "reason": row.reason,
        "joined": sorted(site for site, reason in answers.items() if reason is None),
        "declined": {site: reason for site, reason in answers.items() if reason is not None},
        "no_answer": sorted(everyone - set(answers)),
        "attempts": [
            {
                "attempt": attempt.attempt,
                "state": attempt.state,
                "reason": attempt.reason,
                **(json.loads(attempt.progress) if attempt.progress else {}),
            }
            for attempt in store.attempts_of(connection, row.job)
        ],
    }


def job_lines(facts: dict[str, Any]) -> Iterator[str]:
    """Yield a job as text."""
    reason = f" ({facts['reason']})" if facts["reason"] else ""
    yield f"{facts['job']}: {facts['state']}{reason}"
    yield f"  joined {len(facts['joined'])}, no answer {len(facts['no_answer'])}"
    for site, why in sorted(facts["declined"].items()):
        yield f"  declined: {site}: {why}"
    for attempt in facts["attempts"]:
        waiting = ", ".join(attempt.get("waiting_for", ())) or "nobody"
        where = attempt["reason"] or f"{attempt.get('phase', '')}, waiting for {waiting}"
        if not attempt["reason"] and attempt.get("requests"):
            until = _time(attempt["until"])
            where += (
                f"; requests so far: {attempt['requests']}, the next after a pause, until {until}"
            )
        yield f"  attempt {attempt['attempt']}: {attempt['state']}: {where}"


def ended(connection: Connection, name: str) -> JobEnded | None:
    """Return how a job ended."""
    data = store.find_result(connection, name)
    body = None if data is None else decode_envelope(data).body
    return body if isinstance(body, JobEnded) else None


def result(name: str, ending: JobEnded) -> dict[str, Any]:
    """Return the end of a job as plain data."""
    content = json.loads(ending.result) if ending.result else {"results": []}
    return {
        "job": name,
        "outcome": ending.outcome.value,
        "reason": ending.reason,
        "cohort": list(ending.cohort),
        "waiting_for": list(ending.waiting_for),
        **content,
    }


def result_lines(facts: dict[str, Any]) -> Iterator[str]:
    """Yield the end of a job as text; of a partial one also what the operator can do."""
    reason = f" ({facts['reason']})" if facts["reason"] else ""
    yield f"{facts['job']}: {facts['outcome']}{reason}"
    for item in facts["results"]:
        share = f"{item['observed']:,} of {item['denominator']:,}"
        yield f"  {item['measure']} {item['period']}: {share} at {item['sites']} sites"
    if facts.get("missing"):
        yield from _remedy(facts)


def _remedy(facts: dict[str, Any]) -> Iterator[str]:
    missing = [f"{item['analysis']} of {item['measure']}" for item in facts["missing"]]
    yield f"  missing: {', '.join(missing)}"
    again = "it can be opened again"
    if facts["waiting_for"]:
        absent = ", ".join(facts["waiting_for"])
        yield f"  waiting for: {absent}"
        again = f"open a job over the same periods once {absent} runs again"
    yield (
        f"  to complete it, {again}. What was summed is bound to its {len(facts['cohort'])} "
        "sites for ever: all of them must join, or these periods stay as they are; other "
        "periods are not affected"
    )


def _answers(connection: Connection, name: str) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for line in store.lines_of(connection, name, 0):
        body = decode_site_envelope(line.body).body
        if isinstance(body, Intent):
            found[line.site] = None
        elif isinstance(body, Decline):
            found[line.site] = body.reason
    return found


def _time(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
