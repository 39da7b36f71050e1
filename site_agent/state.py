"""The agent's state directory: what is kept, where, and that it can be kept at all.

Secrets of a job are never here; they live in memory and die with the process.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fedqi.errors import ConfigurationError, PolicyError
from site_agent.events import Events
from site_agent.frozen import FrozenStore
from site_agent.journal import Journal, canonical_json, replace_file, storage_error
from site_agent.lock import StateLock

FOLDERS = (
    "keys",
    "tls",
    "genesis",
    "measures",
    "frozen",
    "jobs",
    "approvals",
    "sent",
    "results",
    "reports",
)
JOB_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class StateDirectory:
    """Paths and stores of one agent.

    Parameters
    ----------
    root
        The directory; :func:`create_state` makes it.
    """

    root: Path

    @property
    def keys(self) -> Path:
        """Folder of the two private keys."""
        return self.root / "keys"

    @property
    def certificate(self) -> Path:
        """TLS certificate of the site, PEM."""
        return self.root / "tls" / "site.pem"

    @property
    def authority(self) -> Path:
        """The collaborative's pinned root certificate, PEM."""
        return self.root / "tls" / "ca.pem"

    @property
    def genesis(self) -> Path:
        """Folder of the pinned charter, roster and programme."""
        return self.root / "genesis"

    @property
    def reports(self) -> Path:
        """Folder of rendered reports."""
        return self.root / "reports"

    @property
    def history(self) -> Journal:
        """The release history: what became of each atom at this site."""
        return Journal(self.root / "history.jsonl")

    @property
    def ledger(self) -> Journal:
        """The hash-chained audit ledger of everything that left."""
        return Journal(self.root / "ledger.jsonl")

    @property
    def frozen(self) -> FrozenStore:
        """The frozen inputs."""
        return FrozenStore(self.root / "frozen")

    @property
    def events_path(self) -> Path:
        """The file of phase events."""
        return self.root / "events.jsonl"

    def events(self, site: str) -> Events:
        """Return the writer of phase events."""
        return Events(self.events_path, site)

    def lock(self) -> StateLock:
        """Return the lock that keeps a second agent out; use it in a ``with`` statement."""
        return StateLock(self.root / "lock")

    def save_job(self, job: str, document: dict[str, Any]) -> None:
        """Store what is known of a job, durably."""
        replace_file(self._job_path("jobs", job), canonical_json(document))

    def load_job(self, job: str) -> dict[str, Any] | None:
        """Return what is known of a job, or None."""
        return _read_json(self._job_path("jobs", job))

    def save_result(self, job: str, document: dict[str, Any]) -> None:
        """Store a job's published result with this hospital's own positions, durably."""
        replace_file(self._job_path("results", job), canonical_json(document))

    def load_result(self, job: str) -> dict[str, Any] | None:
        """Return a job's result with this hospital's positions, or None."""
        return _read_json(self._job_path("results", job))

    def save_sent(self, job: str, vector: bytes) -> None:
        """Keep a copy of the first masked vector of a job, for the preview."""
        path = self.root / "sent" / f"{check_job_name(job)}.u64"
        if not path.exists():
            replace_file(path, vector)

    def load_sent(self, job: str) -> bytes | None:
        """Return the first masked vector of a job as it left, or None if none did."""
        path = self.root / "sent" / f"{check_job_name(job)}.u64"
        return path.read_bytes() if path.exists() else None

    def jobs(self) -> list[str]:
        """Return the names of all known jobs, in order."""
        return sorted(path.stem for path in (self.root / "jobs").glob("*.json"))

    def _job_path(self, folder: str, job: str) -> Path:
        return self.root / folder / f"{check_job_name(job)}.json"


def create_state(root: Path) -> StateDirectory:
    """Make the state directory, or complete it, readable by its owner only."""
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in FOLDERS:
            (root / name).mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise storage_error(root, error) from error
    return open_state(root)


def open_state(root: Path) -> StateDirectory:
    """Open an existing state directory and prove that it can be written to.

    Raises
    ------
    ConfigurationError
        If it does not exist, is read-only, or its disk is full.
    """
    missing = [name for name in FOLDERS if not (root / name).is_dir()]
    if missing:
        raise ConfigurationError(
            f"{root}: not a state directory (found no {missing[0]}/); correct state_dir in the "
            "configuration, restore the directory from its backup, or, at a new site, run "
            "'fedqi-site init' or 'fedqi-site enrol TOKEN', which make it"
        )
    replace_file(root / "writable", b"ok\n")
    return StateDirectory(root)


def check_job_name(job: str) -> str:
    """Return a job's name if it is safe to use as a file name.

    Raises
    ------
    PolicyError
        If it is not: names come from the aggregator, which is not trusted with paths.
    """
    if not is_job_name(job):
        raise PolicyError(
            f"found a job named {job[:80]!r}; expected 1 to 64 letters, digits, '.', '_' or '-'; "
            "the aggregator's operator must rename it"
        )
    return job


def is_job_name(job: str) -> bool:
    """Return whether a job's name is safe to use as a file name."""
    return JOB_NAME.fullmatch(job) is not None


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        document = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise ConfigurationError(f"{path}: damaged; restore the state directory from its backup")
    return document
