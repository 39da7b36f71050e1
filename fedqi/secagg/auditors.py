"""Who recomputes a total, and what convinces those who do not."""

from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256

from fedqi.errors import RemoteProtocolError
from fedqi.secagg import canonical
from fedqi.secagg.checks import ROUND_VERIFICATION
from fedqi.secagg.messages import Verdict
from fedqi.secagg.neighbourhood import AVAILABILITY_BITS, ONE_LOST_IN
from fedqi.secagg.signing import is_signed, verdict_bytes
from fedqi.secagg.tails import log2_tail
from fedqi.secagg.transcript import StepFacts


@lru_cache(maxsize=64)
def audit_size(cohort: int, collusion_bound: int, complete_up_to: int) -> int:
    """Return how many members of a cohort recompute a total.

    Parameters
    ----------
    cohort
        Number of its members.
    collusion_bound
        c: so many auditors may keep silent, and one more than so many must accept.
    complete_up_to
        Up to so many members, all recompute it.
    """
    # protocol 7.10
    if cohort <= complete_up_to:
        return cohort
    silent = min(cohort, collusion_bound + -(-cohort // ONE_LOST_IN))
    for size in range(collusion_bound + 1, cohort):
        if log2_tail(cohort, silent, size, size - collusion_bound) <= -AVAILABILITY_BITS:
            return size
    return cohort


def auditors(facts: StepFacts) -> tuple[str, ...]:
    """Return the members that recompute the total of a step: drawn by a hash, sorted.

    Parameters
    ----------
    facts
        Of the step, with its contributors.
    """
    # protocol 7.10
    parameters, cohort = facts.view.parameters, facts.contributors
    size = audit_size(len(cohort), parameters.collusion_bound, parameters.complete_up_to)
    if size == len(cohort):
        return cohort
    prefix = facts.masks.pack("auditor", facts.cohort_digest)
    lots = {site: sha256(canonical.extend(prefix, site)).digest() for site in cohort}
    return tuple(sorted(sorted(cohort, key=lots.__getitem__)[:size]))


def is_signed_verdict(facts: StepFacts, verdict: Verdict) -> bool:
    """Tell whether a verdict on this step carries its site's signature.

    Parameters
    ----------
    facts
        Of the step.
    verdict
        Of a member of the cohort.
    """
    identity = facts.view.parameters.identities[verdict.site]
    text = verdict_bytes(facts.masks, facts.cohort_digest, verdict)
    return is_signed(identity, verdict.signature, text)


def check_acceptances(facts: StepFacts, digest: bytes, verdicts: Iterable[Verdict]) -> None:
    """Check that c + 1 distinct members of the cohort accepted a total.

    Parameters
    ----------
    facts
        Of the step.
    digest
        Of the total.
    verdicts
        As received.

    Raises
    ------
    RemoteProtocolError
        If fewer did.
    """
    # protocol 7.11
    members, step = set(facts.contributors), facts.masks.step
    accepted = {
        item.site
        for item in verdicts
        if item.site in members
        and (item.step, item.accepted, item.total_digest) == (step, True, digest)
        and is_signed_verdict(facts, item)
    }
    needed = facts.view.parameters.collusion_bound + 1
    if len(accepted) < needed:
        raise RemoteProtocolError(
            f"{len(accepted)} members of the cohort accepted this total, expected at least "
            f"{needed}",
            round_name=ROUND_VERIFICATION,
        )
