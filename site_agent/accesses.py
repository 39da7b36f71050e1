"""Who listed local cases, when and how many: a hash-chained record that holds no key."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from fedqi.disclosure.chain import Chain, read_chain
from fedqi.errors import PolicyError
from site_agent.credentials import utc_now
from site_agent.journal import Journal, storage_error
from site_agent.state import StateDirectory

TAG = b"fedqi/v1/accesses"


@dataclass(frozen=True, slots=True)
class Access:
    """One list of cases that was written.

    Parameters
    ----------
    by
        Name of the person's account.
    at
        When, UTC, by this machine's clock.
    measure, version, digest
        The definition.
    chosen
        Which set.
    period
        Which period, or ``all``.
    cases
        How many.
    model
        By which risk model cases were called unexpected; empty for other sets.
    """

    by: str
    at: str
    measure: str
    version: str
    digest: str
    chosen: str
    period: str
    cases: int
    model: str = ""


def record(state: StateDirectory, access: Access) -> None:
    """Append an access durably; the list is written after this has returned.

    Raises
    ------
    PolicyError
        If the chain is broken.
    ConfigurationError
        If it cannot be written.
    """
    file = journal(state)
    with _turn(state):
        chains = [Chain.empty(TAG), *(chain for chain, _ in _entries(file))]
        file.append(chains[-1].append(asdict(access))[1])


def accesses(state: StateDirectory) -> tuple[Access, ...]:
    """Verify the record and return what it holds, oldest first.

    Raises
    ------
    PolicyError
        Naming the file and the first entry that is not what was written.
    """
    file = journal(state)
    return tuple(_access(file, chain.count, body) for chain, body in _entries(file))


def journal(state: StateDirectory) -> Journal:
    """Return the file of the record."""
    return Journal(state.root / "accesses.jsonl")


def now() -> str:
    """Return this machine's time as the record has it."""
    return utc_now().isoformat(timespec="seconds")


@contextmanager
def _turn(state: StateDirectory) -> Iterator[None]:
    """Let one command at a time extend the chain; the service, which never does, may run."""
    path = state.root / "accesses.lock"
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise storage_error(path, error) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _entries(file: Journal) -> Iterator[tuple[Chain, dict[str, object]]]:
    try:
        yield from read_chain(TAG, file.lines())
    except PolicyError as error:
        raise PolicyError(f"{file.path}: {error}") from error


def _access(file: Journal, number: int, body: dict[str, object]) -> Access:
    try:
        return Access(**body)  # type: ignore[arg-type] # the chain says that we wrote it
    except TypeError:
        raise PolicyError(
            f"{file.path}: entry {number}: not an entry that this release writes; read it with the "
            "release that wrote it"
        ) from None
