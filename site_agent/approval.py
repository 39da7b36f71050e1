"""The human gate: a person sees what would be contributed and says yes or no, by its hash.

Decisions are files of their own, so that a person can decide while the service runs.
"""

import getpass
import json
import time
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from fedqi.errors import ConfigurationError, PolicyError
from site_agent.journal import canonical_json, replace_file
from site_agent.state import StateDirectory, check_job_name

HASH_PREFIX_LENGTH = 8


class Verdict(StrEnum):
    """What was decided."""

    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Decision:
    """Who decided what about which frozen input.

    Parameters
    ----------
    verdict
        Yes or no.
    sha256
        The frozen input that was shown, hex: an approval holds for these bytes only.
    by
        Name of the person's account, or "policy" where the configuration approves.
    at
        Seconds since the epoch, this machine's clock.
    reason
        Why it was rejected; stays here, the aggregator learns only that this site declines.
    """

    verdict: Verdict
    sha256: str
    by: str
    at: float
    reason: str = ""


def decide(
    state: StateDirectory,
    job: str,
    frozen: str,
    verdict: Verdict,
    confirmed: str | None,
    reason: str = "",
) -> Decision:
    """Record a person's decision. An approval may be taken back; a rejection stands.

    Parameters
    ----------
    state
        The state directory.
    job
        The job.
    frozen
        SHA-256 of its frozen input, hex.
    verdict
        Yes or no.
    confirmed
        The hash the person saw in the preview, or at least its first eight characters. A
        rejection needs none.
    reason
        Why, when rejecting.

    Raises
    ------
    PolicyError
        If the hash is not that of the frozen input, or a decision was made before.
    """
    if confirmed is not None or verdict is Verdict.APPROVED:
        _check_hash(job, frozen, confirmed or "")
    earlier = decision_of(state, job)
    if earlier is not None and not _may_follow(earlier, verdict, frozen):
        raise PolicyError(f"job {job} was {earlier.verdict} by {earlier.by} before; it stands")
    return _store(state, job, Decision(verdict, frozen, account(), time.time(), reason))


def _may_follow(earlier: Decision, verdict: Verdict, frozen: str) -> bool:
    # an approval of other bytes, before a measure was left out, is none of these
    other_bytes = earlier.sha256 != frozen
    return earlier.verdict is Verdict.APPROVED and (verdict is Verdict.REJECTED or other_bytes)


def _check_hash(job: str, frozen: str, given: str) -> None:
    if len(given) < HASH_PREFIX_LENGTH or not frozen.startswith(given.lower()):
        raise PolicyError(
            f"job {job}: the hash given, {given[:64]!r}, is not that of the frozen input "
            f"({frozen[:16]}...); look at 'fedqi-site preview {job}' and give the hash it shows"
        )


def approve_by_policy(state: StateDirectory, job: str, frozen: str) -> Decision:
    """Record that the configuration (``approval: automatic``) approved."""
    return _store(state, job, Decision(Verdict.APPROVED, frozen, "policy", time.time()))


def decision_of(state: StateDirectory, job: str) -> Decision | None:
    """Return the decision about a job, or None while there is none."""
    path = _path(state, job)
    try:
        document = json.loads(path.read_bytes())
        return Decision(**(document | {"verdict": Verdict(document["verdict"])}))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError):
        raise ConfigurationError(f"{path}: damaged; delete it and decide again") from None


def _store(state: StateDirectory, job: str, decision: Decision) -> Decision:
    replace_file(_path(state, job), canonical_json(asdict(decision)))
    return decision


def _path(state: StateDirectory, job: str) -> Path:
    return state.root / "approvals" / f"{check_job_name(job)}.json"


def account() -> str:
    """Return the name of the account that runs this process."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown account"
