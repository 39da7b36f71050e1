"""The documents of a collaborative made up on the spot: charter, roster, programme and one job."""

from collections.abc import Collection, Mapping, Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fedqi.benchmarking.policy import Policy
from fedqi.benchmarking.request import planned_measures
from fedqi.charter import Charter, JobSpec, Programme, Roster, Segment, planned_atoms
from fedqi.charter import Collection as PlannedCollection
from fedqi.charter import Member as RosterMember
from fedqi.errors import InsufficientSitesError
from fedqi.measures import ALL_PERIODS, Measure, MeasureSummary
from fedqi.secagg.parameters import AttemptMode, AttemptParameters

COLLABORATIVE = "rehearsal"
UNSIGNED = "A rehearsal in one process: nobody signs, nothing leaves."

Summaries = Mapping[str, MeasureSummary]
"""Measure id to what the engine computed at one site."""

Segments = Mapping[str, Collection[str]]
"""Peer group -> its sites; empty where the members are not divided."""


def job_spec(
    measures: Sequence[Measure],
    summaries: Mapping[str, Summaries],
    analyses: Sequence[str],
    partition: tuple[str, ...],
) -> JobSpec:
    """Return the job over every period in which any site has data."""
    planned = planned_measures(measures)
    periods = {m.id: job_periods(m.id, summaries) for m in measures}
    return JobSpec(
        job=COLLABORATIVE,
        measures=planned,
        analyses=tuple(analyses),
        atoms=planned_atoms(planned, periods, partition),
        periods=periods,
    )


def job_periods(measure: str, summaries: Mapping[str, Summaries]) -> tuple[str, ...]:
    """Return the periods of a measure over all sites, in order."""
    found = {
        period for own in summaries.values() if measure in own for period in own[measure].periods
    }
    return tuple(sorted(found)) or (ALL_PERIODS,)


def charter_of(
    measures: Sequence[Measure], sites: Sequence[str], policy: Policy, segments: Segments
) -> Charter:
    """Return the rules of a rehearsal over these sites.

    Raises
    ------
    InsufficientSitesError
        If a peer group could never release anything.
    """
    minimum = policy.minimum(len(sites))
    for name, group in segments.items():
        if len(group) < minimum:
            raise InsufficientSitesError(
                f"peer group {name!r} has {len(group)} sites, {minimum} are needed before anything "
                "is summed over it; join it to another group"
            )
    parts = tuple(Segment(id=name, sites=tuple(group)) for name, group in segments.items())
    return Charter(
        collaborative=COLLABORATIVE,
        title=COLLABORATIVE,
        collusion_bound=policy.bound(len(sites)),
        min_others=policy.min_others,
        lineages=tuple(dict.fromkeys(measure.lineage for measure in measures)),
        segments=parts or "*",
        retention=UNSIGNED,
        arbiter=UNSIGNED,
    )


def attempt_parameters(
    spec: JobSpec, keys: Mapping[str, Ed25519PrivateKey], charter: Charter
) -> AttemptParameters:
    """Return the first attempt under documents that name exactly these sites."""
    members = tuple(
        RosterMember(site=site, name=site, identity_key=key.public_key().public_bytes_raw().hex())
        for site, key in keys.items()
    )
    roster = Roster(charter=charter.sha256.hex(), members=members)
    programme = Programme(
        charter=charter.sha256.hex(),
        measures=spec.measures,
        collections=(
            PlannedCollection(
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
