"""A collaborative made up on the spot: real documents, real keys, one job, one process."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fedqi.benchmarking.federation import Drop, JobOutcome, Progress, run_job, silent
from fedqi.benchmarking.participation import Member, SiteIdentity
from fedqi.benchmarking.plan import CollectionPlan, build_public_plan, build_site_plan
from fedqi.benchmarking.request import check_offers, planned_measures
from fedqi.benchmarking.transcript import transcript_digest
from fedqi.charter import (
    Charter,
    Collection,
    JobSpec,
    Programme,
    Roster,
    planned_atoms,
)
from fedqi.charter import Member as RosterMember
from fedqi.disclosure import Entry, ReleaseHistory
from fedqi.errors import ConfigurationError, InsufficientSitesError
from fedqi.measures import ALL_PERIODS, Measure, MeasureSummary
from fedqi.secagg.parameters import (
    AttemptMode,
    AttemptParameters,
    default_collusion_bound,
    group_minimum,
    reconstruction_threshold,
)

COLLABORATIVE = "rehearsal"
UNSIGNED = "A rehearsal in one process: nobody signs, nothing leaves."

Summaries = Mapping[str, MeasureSummary]
"""Measure id to what the engine computed at one site."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The numbers of the charter.

    Parameters
    ----------
    collusion_bound
        c; None for the default, min(⌈N/3⌉ − 1, 5).
    min_others
        Honest others that at least stand beside a site in any sum.

    Raises
    ------
    ConfigurationError
        If no charter could have these numbers.
    """

    collusion_bound: int | None = None
    min_others: int = 2

    def __post_init__(self) -> None:
        if (self.collusion_bound or 0) < 0 or self.min_others < 2:
            raise ConfigurationError(
                f"found collusion bound {self.collusion_bound} and {self.min_others} others, "
                "expected 0 or more and 2 or more"
            )

    def bound(self, members: int) -> int:
        """Return c for that many members."""
        if self.collusion_bound is not None:
            return self.collusion_bound
        return default_collusion_bound(members)

    def minimum(self, members: int) -> int:
        """Return the group minimum m for that many members."""
        return group_minimum(self.bound(members), self.min_others)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What came out.

    Parameters
    ----------
    plan
        The public plan.
    outcome
        Cohort, offering and verified totals.
    """

    plan: CollectionPlan
    outcome: JobOutcome

    @property
    def transcript(self) -> str:
        """SHA-256 over documents, plan, cohort and every verified total, hex."""
        return transcript_digest(self.outcome.parameters, self.outcome.state)

    @property
    def missing(self) -> list[dict[str, str]]:
        """``measure`` and ``analysis`` of what sites that disappeared left incomplete."""
        return self.plan.missing(self.outcome.state)


def rehearse(
    measures: Sequence[Measure],
    summaries: Mapping[str, Summaries],
    analyses: Sequence[str],
    entropy: Callable[[int], bytes],
    policy: Policy | None = None,
    drop: Drop | None = None,
    progress: Progress = silent,
) -> Rehearsal:
    """Run one masked job over sites that live in this process.

    Parameters
    ----------
    measures
        The collection.
    summaries
        Site to its summaries.
    analyses
        Names of the analyses.
    entropy
        Returns that many bytes from a cryptographic source.
    policy
        Numbers of the charter.
    drop
        Sites that fail, and when.
    progress
        Told of every phase.

    Raises
    ------
    InsufficientSitesError
        If too few sites have figures, or stand together; or if nothing was complete when sites
        disappeared.
    """
    policy = policy or Policy()
    check_size(len(summaries), policy)
    minimum = policy.minimum(len(summaries))
    check_offers(measures, summaries, minimum)
    spec = job_spec(measures, summaries, analyses)
    keys = {site: Ed25519PrivateKey.from_private_bytes(entropy(32)) for site in sorted(summaries)}
    parameters = attempt_parameters(spec, keys, policy)
    by_id = {measure.id: measure for measure in measures}
    members = {
        site: Member(
            SiteIdentity(site, key, entropy, policy.min_others),
            build_site_plan(spec, by_id, summaries[site], site, len(keys), minimum),
            ReleaseHistory(),
            keep_in_memory,
        )
        for site, key in keys.items()
    }
    plan = build_public_plan(spec, by_id, len(keys), minimum)
    outcome = run_job(parameters, plan, members, drop, progress)
    finished = plan.finished(outcome.state)
    if outcome.waiting_for and not any(part.analysis.results(own) for part, own in finished):
        raise InsufficientSitesError(
            f"{', '.join(outcome.waiting_for)} disappeared before any analysis was complete; "
            "nothing is released until they are back"
        )
    return Rehearsal(plan, outcome)


def keep_in_memory(entry: Entry) -> None:
    """Store nothing: the sites of a rehearsal end with the process."""


def check_size(sites: int, policy: Policy) -> None:
    """Refuse a group that could not release anything.

    Raises
    ------
    InsufficientSitesError
        With the numbers.
    """
    bound = policy.bound(sites)
    needed = max(policy.minimum(sites), reconstruction_threshold(sites, bound))
    if sites < needed or sites < 2:
        raise InsufficientSitesError(
            f"{sites} {'site' if sites == 1 else 'sites'} found; with collusion bound {bound} and "
            f"at least {policy.min_others} honest others beside every site, {needed} are needed "
            "before anything is summed. Hand over more sources, or agree on other numbers in the "
            "charter"
        )


def job_spec(
    measures: Sequence[Measure], summaries: Mapping[str, Summaries], analyses: Sequence[str]
) -> JobSpec:
    """Return the job over every period in which any site has data."""
    planned = planned_measures(measures)
    periods = {m.id: job_periods(m.id, summaries) for m in measures}
    return JobSpec(
        job=COLLABORATIVE,
        measures=planned,
        analyses=tuple(analyses),
        atoms=planned_atoms(planned, periods),
        periods=periods,
    )


def job_periods(measure: str, summaries: Mapping[str, Summaries]) -> tuple[str, ...]:
    """Return the periods of a measure over all sites, in order."""
    found = {
        period for own in summaries.values() if measure in own for period in own[measure].periods
    }
    return tuple(sorted(found)) or (ALL_PERIODS,)


def attempt_parameters(
    spec: JobSpec, keys: Mapping[str, Ed25519PrivateKey], policy: Policy
) -> AttemptParameters:
    """Return the first attempt under documents that name exactly these sites."""
    charter = Charter(
        collaborative=COLLABORATIVE,
        title=COLLABORATIVE,
        collusion_bound=policy.bound(len(keys)),
        min_others=policy.min_others,
        lineages=tuple(dict.fromkeys(measure.lineage for measure in spec.measures)),
        retention=UNSIGNED,
        arbiter=UNSIGNED,
    )
    members = tuple(
        RosterMember(site=site, name=site, identity_key=key.public_key().public_bytes_raw().hex())
        for site, key in keys.items()
    )
    roster = Roster(charter=charter.sha256.hex(), members=members)
    programme = Programme(
        charter=charter.sha256.hex(),
        measures=spec.measures,
        collections=(
            Collection(
                id=COLLABORATIVE,
                title=COLLABORATIVE,
                measures=tuple(measure.id for measure in spec.measures),
                analyses=spec.analyses,
            ),
        ),
    )
    return AttemptParameters(
        collaborative=COLLABORATIVE,
        job=spec.job,
        attempt=1,
        mode=AttemptMode.OPEN,
        charter=charter.sha256,
        roster=roster.sha256,
        programme=programme.sha256,
        plan=spec.plan_hash,
        identities=roster.identities,
        collusion_bound=charter.collusion_bound,
        min_others=charter.min_others,
        atoms=spec.atoms,
    )
