"""Who recomputes a total, and what convinces those who do not."""

from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256

from fedqi.errors import RemoteProtocolError
from fedqi.secagg import canonical
from fedqi.secagg.checks import ROUND_VERIFICATION
from fedqi.secagg.messages import Verdict
from fedqi.secagg.neighbourhood import AVAILABILITY_BITS, ONE_LOST_IN
from fedqi.secagg.parameters import reconstruction_threshold
from fedqi.secagg.signing import is_signed, verdict_bytes
from fedqi.secagg.tails import log2_tail
from fedqi.secagg.transcript import StepFacts


def agreement_quorum(judges: int, collusion_bound: int) -> int:
    """Return how many acceptances of the same total settle it for everybody.

    Two sets of so many have more than c auditors in common, hence an honest one, and that
    accepts one total of a step.

    Parameters
    ----------
    judges
        Number of auditors of the step.
    collusion_bound
        c: so many of them may sign two acceptances.
    """
    # protocol 7.13
    return reconstruction_threshold(judges, collusion_bound)


@lru_cache(maxsize=64)
def audit_size(advertised: int, collusion_bound: int, complete_up_to: int) -> int:
    """Return how many members of a cohort recompute a total.

    It follows from U1 alone: which colluders a cohort has must not change how many judge it.

    Parameters
    ----------
    advertised
        n, the number of members of U1.
    collusion_bound
        c: so many auditors may keep silent.
    complete_up_to
        Up to so many members of U1, the whole cohort recomputes it.
    """
    # protocol 7.10
    if advertised <= complete_up_to:
        return advertised
    silent = min(advertised, collusion_bound + -(-advertised // ONE_LOST_IN))
    for size in range(collusion_bound + 1, advertised):
        enough_silent = size - agreement_quorum(size, collusion_bound) + 1
        if log2_tail(advertised, silent, size, enough_silent) <= -AVAILABILITY_BITS:
            return size
    return advertised


def auditors(facts: StepFacts) -> tuple[str, ...]:
    """Return the members that recompute the total of a step: drawn by a hash, sorted.

    The lots are those of U1 and the step, so that two cohorts with the same honest members
    have the same honest auditors, but for those whose place a colluder takes.

    Parameters
    ----------
    facts
        Of the step, with its contributors.
    """
    # protocol 7.10
    parameters, cohort = facts.view.parameters, facts.contributors
    size = audit_size(
        len(facts.view.members), parameters.collusion_bound, parameters.complete_up_to
    )
    if size >= len(cohort):
        return cohort
    prefix = facts.masks.context.pack("auditor", facts.masks.step)
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
    needed = facts.view.parameters.collusion_bound + 1
    found = _acceptances(facts, digest, verdicts, facts.contributors, needed)
    if found < needed:
        raise RemoteProtocolError(
            f"{found} members of the cohort accepted this total, expected at least {needed}",
            round_name=ROUND_VERIFICATION,
        )


def check_agreement(facts: StepFacts, digest: bytes, verdicts: Iterable[Verdict]) -> None:
    """Check that so many auditors accepted a total that no other can be settled beside it.

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
    # protocol 7.13
    judges = auditors(facts)
    needed = agreement_quorum(len(judges), facts.view.parameters.collusion_bound)
    found = _acceptances(facts, digest, verdicts, judges, needed)
    if found < needed:
        raise RemoteProtocolError(
            f"{found} of {len(judges)} auditors accepted this total, expected at least {needed} "
            "before it is settled for everybody",
            round_name=ROUND_VERIFICATION,
        )


def _acceptances(
    facts: StepFacts, digest: bytes, verdicts: Iterable[Verdict], group: Iterable[str], enough: int
) -> int:
    waiting, found = set(group), 0
    expected = (facts.masks.step, True, digest)
    for item in verdicts:
        if item.site not in waiting or (item.step, item.accepted, item.total_digest) != expected:
            continue
        if is_signed_verdict(facts, item):
            waiting.discard(item.site)
            found += 1
        if found == enough:
            break
    return found
