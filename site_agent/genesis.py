"""The founding documents: shown in words, signed once, pinned when every member has signed."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from fedqi.charter import (
    Charter,
    Genesis,
    GroupNumbers,
    JobSpec,
    Programme,
    Roster,
    check_job,
    describe,
    fingerprint,
    identity_fingerprint,
    read_document,
    sign_genesis,
    verify_genesis,
)
from fedqi.errors import ConfigurationError, DefinitionError, PolicyError
from fedqi.secagg.parameters import (
    AttemptMode,
    AttemptParameters,
    group_minimum,
    reconstruction_threshold,
)
from site_agent.credentials import Credentials
from site_agent.journal import replace_file
from site_agent.state import StateDirectory
from site_agent.transport import GenesisAnswer

ACCEPTED = "accepted.json"
PINNED = "pinned.json"


@dataclass(frozen=True, slots=True)
class Pinned:
    """Verified documents that this site signed: nothing outside them is ever done.

    Parameters
    ----------
    genesis
        The documents with all signatures.
    """

    genesis: Genesis

    @property
    def members(self) -> int:
        """N, organisations in the roster."""
        return len(self.genesis.roster.members)

    def minimum(self, min_others: int) -> int:
        """Group minimum m at this site."""
        charter = self.genesis.charter
        return group_minimum(charter.collusion_bound, max(charter.min_others, min_others))

    def admit(self, spec: bytes, announced: str, today: date) -> JobSpec:
        """Return a job's specification if charter and programme allow it.

        Raises
        ------
        PolicyError, DefinitionError
            If they do not, or the specification is not canonical or is for another job.
        """
        job = read_document(JobSpec, spec)
        if job.canonical() != spec or job.job != announced:
            raise PolicyError(
                f"job {announced}: its specification is not canonical JSON, or is that of job "
                f"{job.job}; the aggregator must announce it again"
            )
        check_job(self.genesis, job, today)
        return job

    def parameters(self, job: JobSpec, attempt: int, mode: AttemptMode) -> AttemptParameters:
        """Return the public facts of an attempt as this site knows them."""
        charter, roster = self.genesis.charter, self.genesis.roster
        return AttemptParameters(
            collaborative=charter.collaborative,
            job=job.job,
            attempt=attempt,
            mode=mode,
            charter=charter.sha256,
            roster=roster.sha256,
            programme=self.genesis.programme.sha256,
            plan=job.plan_hash,
            identities=roster.identities,
            collusion_bound=charter.collusion_bound,
            min_others=charter.min_others,
            atoms=job.atoms,
        )


def read_answer(answer: GenesisAnswer) -> Genesis:
    """Read the documents that the aggregator serves; signatures are not verified here.

    Raises
    ------
    DefinitionError, PolicyError
        If they are not such documents, or of a version that this release cannot follow.
    """
    parts = {
        "charter": read_document(Charter, answer.charter),
        "roster": read_document(Roster, answer.roster),
        "programme": read_document(Programme, answer.programme),
        "signatures": {site: text.hex() for site, text in answer.signatures.items()},
    }
    return read_document(Genesis, parts)


def in_words(genesis: Genesis) -> list[str]:
    """Say what a member agrees to, one paragraph per item."""
    charter, members = genesis.charter, len(genesis.roster.members)
    c = charter.collusion_bound
    minimum = group_minimum(c, charter.min_others)
    numbers = GroupNumbers(members, c, reconstruction_threshold(members, c), minimum)
    keys = [
        f"Identity key of {member.site}: {identity_fingerprint(bytes.fromhex(member.identity_key))}"
        for member in genesis.roster.members
    ]
    return [*describe(genesis, numbers), *keys]


def check_fingerprint(genesis: Genesis, given: str) -> None:
    """Compare the documents with a fingerprint that came by another way.

    Raises
    ------
    PolicyError
        If they differ; nothing is signed then.
    """
    expected = fingerprint(genesis)
    if _bare(given) != _bare(expected):
        raise PolicyError(
            f"the documents have the fingerprint {expected}, the one given is {given[:80]}; "
            "nothing was signed; ask the other members which one they see"
        )


def sign(state: StateDirectory, genesis: Genesis, credentials: Credentials) -> bytes:
    """Sign the documents and remember which ones; return the signature, 64 bytes.

    Raises
    ------
    PolicyError
        If the documents do not fit together, do not list this site with its key, are another
        collaborative's, or if other documents were signed before.
    """
    found = genesis.charter.collaborative
    if found != credentials.enrolment.collaborative:
        raise PolicyError(
            f"the charter is that of {found!r}, this site enrolled in "
            f"{credentials.enrolment.collaborative!r}; nothing was signed; ask the operator"
        )
    earlier = load_accepted(state)
    if earlier is not None and earlier.signed_digest != genesis.signed_digest:
        raise PolicyError(_FORKED)
    signature = sign_genesis(
        genesis.charter,
        genesis.roster,
        genesis.programme,
        credentials.enrolment.site,
        credentials.keys.identity,
    )
    replace_file(state.genesis / ACCEPTED, genesis.canonical())
    return bytes.fromhex(signature)


def pin(state: StateDirectory, genesis: Genesis) -> Pinned:
    """Verify that all members signed what this site signed, and keep it for good.

    Raises
    ------
    PolicyError
        If a signature is missing or wrong, or the documents are not those signed here.
    """
    accepted = load_accepted(state)
    if accepted is None:
        raise PolicyError(
            "this site has not accepted the founding documents; read them with "
            "'fedqi-site accept-genesis' and accept them with --fingerprint"
        )
    if accepted.signed_digest != genesis.signed_digest:
        raise PolicyError(_FORKED)
    verify_genesis(genesis)
    replace_file(state.genesis / PINNED, genesis.canonical())
    return Pinned(genesis)


def load_pinned(state: StateDirectory) -> Pinned | None:
    """Return the pinned documents, verified anew, or None while there are none."""
    genesis = _stored(state.genesis / PINNED)
    if genesis is None:
        return None
    verify_genesis(genesis)
    return Pinned(genesis)


def load_accepted(state: StateDirectory) -> Genesis | None:
    """Return the founding documents that this site signed, or None before it did."""
    return _stored(state.genesis / ACCEPTED)


def is_accepted(state: StateDirectory) -> bool:
    """Return whether this site has signed the founding documents."""
    return (state.genesis / ACCEPTED).exists()


_FORKED = (
    "the aggregator now shows other founding documents than this site signed (changed or forked "
    "after acceptance); nothing was done; tell the other members and the operator"
)


def _stored(path: Path) -> Genesis | None:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from error
    try:
        return read_document(Genesis, content)
    except DefinitionError:
        raise ConfigurationError(
            f"{path}: damaged; restore the state directory from its backup"
        ) from None


def _bare(text: str) -> str:
    return "".join(character for character in text.upper() if character.isalnum())
