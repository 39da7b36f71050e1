"""A collaborative made up on the spot: real documents, real keys, one job, one process."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fedqi.benchmarking.federation import (
    Drop,
    JobOutcome,
    Progress,
    Witness,
    run_job,
    silent,
    unseen,
)
from fedqi.benchmarking.participation import Member, SiteIdentity
from fedqi.benchmarking.plan import CollectionPlan, build_public_plan, build_site_plan
from fedqi.benchmarking.policy import Policy, check_size
from fedqi.benchmarking.rehearsal_documents import (
    Segments,
    Summaries,
    attempt_parameters,
    charter_of,
    job_spec,
)
from fedqi.benchmarking.request import check_offers
from fedqi.benchmarking.transcript import transcript_digest
from fedqi.charter import Charter
from fedqi.disclosure import Entry, ReleaseHistory
from fedqi.errors import InsufficientSitesError
from fedqi.measures import Measure


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What came out.

    Parameters
    ----------
    plan
        The public plan.
    outcome
        Cohort, offering and verified totals.
    charter
        The rules that were made up for it.
    """

    plan: CollectionPlan
    outcome: JobOutcome
    charter: Charter

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
    segments: Segments | None = None,
    witness: Witness = unseen,
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
    segments
        Peer groups, within which sites are compared.
    witness
        Told of every message before it leaves its site.

    Raises
    ------
    InsufficientSitesError
        If too few sites have figures, or stand together, or make a peer group; or if nothing was
        complete when sites disappeared.
    """
    policy = policy or Policy()
    check_size(len(summaries), policy)
    minimum = policy.minimum(len(summaries))
    check_offers(measures, summaries, minimum)
    charter = charter_of(measures, sorted(summaries), policy, segments or {})
    spec = job_spec(measures, summaries, analyses, charter.partition)
    keys = {site: Ed25519PrivateKey.from_private_bytes(entropy(32)) for site in sorted(summaries)}
    parameters = attempt_parameters(spec, keys, charter)
    by_id = {measure.id: measure for measure in measures}
    members = {
        site: Member(
            SiteIdentity(site, key, entropy, policy.min_others),
            build_site_plan(
                spec, by_id, summaries[site], site, len(keys), minimum, charter.segment_of(site)
            ),
            ReleaseHistory(charter.partition),
            keep_in_memory,
        )
        for site, key in keys.items()
    }
    plan = build_public_plan(spec, by_id, len(keys), minimum)
    outcome = run_job(parameters, plan, members, drop, progress, witness)
    finished = plan.finished(outcome.state)
    if outcome.waiting_for and not any(part.analysis.results(own) for part, own in finished):
        raise InsufficientSitesError(
            f"{', '.join(outcome.waiting_for)} disappeared before any analysis was complete; "
            "nothing is released until they are back"
        )
    return Rehearsal(plan, outcome, charter)


def keep_in_memory(entry: Entry) -> None:
    """Store nothing: the sites of a rehearsal end with the process."""
