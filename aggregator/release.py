"""The only module that turns a sum into an output."""

import json

from fedqi.benchmarking.plan import CollectionPlan
from fedqi.benchmarking.result import collect_results
from fedqi.benchmarking.transcript import transcript_digest
from fedqi.secagg.parameters import AttemptParameters
from fedqi.secagg.state import PublicState
from fedqi.wire.control import JobEnded, JobOutcome


def released(
    plan: CollectionPlan,
    parameters: AttemptParameters,
    state: PublicState,
    outcome: JobOutcome,
    reason: str,
) -> JobEnded:
    """Return what everybody may see of a job whose totals the sites have verified.

    Parameters
    ----------
    plan, parameters
        Of the attempt.
    state
        Cohort, offering and verified totals.
    outcome, reason
        How the job came to its end.
    """
    totals = tuple(total.astype("<u8").tobytes() for total in state.totals)
    result = collect_results(plan, state, transcript_digest(parameters, state)).to_dict()
    result["missing"] = plan.missing(state)
    text = json.dumps(result, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return JobEnded(outcome, reason, text.encode(), state.cohort, state.offering, totals)


def reached(
    plan: CollectionPlan, parameters: AttemptParameters, state: PublicState
) -> JobEnded | None:
    """Return the partial end that a job has reached; None while no analysis is complete.

    Parameters
    ----------
    plan, parameters
        Of the attempt.
    state
        Cohort, offering and the totals that were accepted.
    """
    ending = released(plan, parameters, state, JobOutcome.PARTIAL, "")
    return ending if json.loads(ending.result)["results"] else None


def withheld(reason: str, waiting_for: tuple[str, ...] = ()) -> JobEnded:
    """Return the end of a job that releases nothing."""
    return JobEnded(JobOutcome.ENDED, reason, waiting_for=waiting_for)
