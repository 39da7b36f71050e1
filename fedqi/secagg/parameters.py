"""What every party of an attempt knows beforehand, and the numbers that follow from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from fedqi.errors import LocalProtocolError
from fedqi.secagg import canonical

HASH_BYTES = 32
IDENTITY_BYTES = 32
MAXIMUM_COLLUSION_BOUND = 5
COMPLETE_UP_TO = 200
"""Largest U1 in which everybody holds shares of everybody, unless the parameters say other."""


class AttemptMode(StrEnum):
    """How the first step of an attempt is run."""

    OPEN = "open"
    CLOSED = "closed"


def default_collusion_bound(members: int) -> int:
    """Return c, how many sites may collude with the aggregator, unless the charter fixes it.

    Parameters
    ----------
    members
        N, the number of sites in the roster.
    """
    # protocol 2.2
    return max(0, min(-(-members // 3) - 1, MAXIMUM_COLLUSION_BOUND))


def reconstruction_threshold(advertised: int, collusion_bound: int) -> int:
    """Return t of the complete graph: more than half of all members and colluders together.

    So many shares rebuild a secret, and so many statements permit it. In every graph, U2 and
    U3 have at least so many members.

    Parameters
    ----------
    advertised
        n, the number of members of U1.
    collusion_bound
        c.
    """
    # protocol 2.3
    return (advertised + collusion_bound) // 2 + 1


def group_minimum(collusion_bound: int, min_others: int) -> int:
    """Return m, the smallest group that is ever summed.

    Parameters
    ----------
    collusion_bound
        c.
    min_others
        Honest others that must stand beside a site.
    """
    # protocol 2.4
    return collusion_bound + min_others + 1


@dataclass(frozen=True, slots=True)
class AttemptParameters:
    """The public facts of one attempt of a job; all parties must hold the same.

    Parameters
    ----------
    collaborative, job
        Names.
    attempt
        Number of the attempt within the job, from 1.
    mode
        Whether the first step is open (tolerates dropouts) or closed (needs everyone).
    charter, roster, programme, plan
        SHA-256 of the documents in force and of the job's specification, 32 bytes each.
    identities
        Ed25519 public key (32 bytes) of every member of the roster.
    collusion_bound
        c of the charter.
    min_others
        ``min_others`` of the charter; a site may ask for more in its advert.
    atoms
        Names of the atoms of this attempt, in the order of the adverts.
    complete_up_to
        Largest number of members of U1 that form the complete graph.

    Raises
    ------
    LocalProtocolError
        If a field is malformed.
    """

    collaborative: str
    job: str
    attempt: int
    mode: AttemptMode
    charter: bytes
    roster: bytes
    programme: bytes
    plan: bytes
    identities: Mapping[str, bytes]
    collusion_bound: int
    min_others: int
    atoms: tuple[str, ...]
    complete_up_to: int = COMPLETE_UP_TO
    session_hash: bytes = field(init=False, repr=False, compare=False)
    """32 bytes over every field but the attempt's number, which stands beside it."""

    def __post_init__(self) -> None:
        _check_names(self)
        _check_sizes(self)
        object.__setattr__(self, "session_hash", _session_hash(self))

    @property
    def name(self) -> str:
        """``job/attempt``, as an atom's declaration "open" names it."""
        return f"{self.job}/{self.attempt}"


def _check_names(parameters: AttemptParameters) -> None:
    if not parameters.collaborative or not parameters.job or not parameters.identities:
        raise LocalProtocolError("an attempt needs a collaborative, a job and a roster")
    if not parameters.atoms or len(set(parameters.atoms)) != len(parameters.atoms):
        raise LocalProtocolError("an attempt needs at least one atom, and each only once")


def _check_sizes(parameters: AttemptParameters) -> None:
    for name in ("charter", "roster", "programme", "plan"):
        if len(getattr(parameters, name)) != HASH_BYTES:
            raise LocalProtocolError(f"the hash of the {name} must have {HASH_BYTES} bytes")
    for site, key in parameters.identities.items():
        if not site or len(key) != IDENTITY_BYTES:
            raise LocalProtocolError(f"identity key of site {site!r} must have 32 bytes")
    if len(set(parameters.identities.values())) < len(parameters.identities):
        raise LocalProtocolError("two sites have one identity key: each must count for itself")
    if parameters.attempt < 1 or parameters.collusion_bound < 0 or parameters.min_others < 1:
        raise LocalProtocolError("expected attempt >= 1, collusion bound >= 0, min_others >= 1")
    if parameters.complete_up_to < 0:
        raise LocalProtocolError("the limit of the complete graph must not be negative")


def _session_hash(parameters: AttemptParameters) -> bytes:
    # protocol 3.2
    return canonical.digest(
        "session",
        parameters.collaborative,
        parameters.job,
        parameters.mode.value,
        parameters.charter,
        parameters.roster,
        parameters.programme,
        parameters.plan,
        parameters.identities,
        parameters.collusion_bound,
        parameters.min_others,
        parameters.atoms,
        parameters.complete_up_to,
    )
