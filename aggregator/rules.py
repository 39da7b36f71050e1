"""What every job of this aggregator obeys, and what every attempt of a job shares."""

from collections.abc import Callable
from dataclasses import dataclass

from aggregator.attempt import Outgoing
from aggregator.config import Deadlines, Limits
from fedqi.benchmarking.plan import CollectionPlan
from fedqi.charter import Genesis, JobSpec
from fedqi.secagg.checks import check_u2, check_u3
from fedqi.secagg.messages import Certificate
from fedqi.secagg.parameters import AttemptMode, AttemptParameters
from fedqi.secagg.view import AttemptView

Tamper = Callable[[str, Outgoing], Outgoing]


def untouched(job: str, messages: Outgoing) -> Outgoing:
    """Send what the protocol says."""
    return messages


@dataclass(frozen=True, slots=True)
class Rules:
    """What every job obeys.

    Parameters
    ----------
    genesis
        Signed by all members.
    limits, deadlines
        Of the configuration.
    tamper
        What happens to messages on their way out: nothing, unless an attack is demonstrated.
    """

    genesis: Genesis
    limits: Limits
    deadlines: Deadlines
    tamper: Tamper = untouched

    @property
    def members(self) -> tuple[str, ...]:
        """Every site, sorted."""
        return tuple(sorted(self.genesis.roster.identities))


@dataclass(frozen=True, slots=True)
class Work:
    """What a job sums.

    Parameters
    ----------
    spec
        The job's specification.
    plan
        Made from it and the measures.
    """

    spec: JobSpec
    plan: CollectionPlan


def parameters_of(
    genesis: Genesis, spec: JobSpec, attempt: int, mode: AttemptMode
) -> AttemptParameters:
    """Return the public facts of an attempt."""
    charter = genesis.charter
    return AttemptParameters(
        collaborative=charter.collaborative,
        job=spec.job,
        attempt=attempt,
        mode=mode,
        charter=charter.sha256,
        roster=genesis.roster.sha256,
        programme=genesis.programme.sha256,
        plan=spec.plan_hash,
        identities=genesis.roster.identities,
        collusion_bound=charter.collusion_bound,
        min_others=charter.min_others,
        atoms=spec.atoms,
    )


def bound_by(
    genesis: Genesis, spec: JobSpec, certificate: Certificate
) -> dict[str, tuple[str, ...]]:
    """Return atom -> the sites over which a certificate binds it; void atoms have none."""
    parameters = parameters_of(genesis, spec, certificate.attempt, AttemptMode.OPEN)
    view = AttemptView(parameters, certificate.adverts)
    cohort = tuple(entry.site for entry in certificate.survivors.entries)
    offered = check_u2(view, certificate.active_set)
    return dict(check_u3(view, offered, certificate.active_set, cohort))
