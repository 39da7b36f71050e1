"""What to do with an attempt now: a pure function of its state, the time and the deadlines."""

from dataclasses import dataclass
from enum import StrEnum

from aggregator.attempt import Attempt
from aggregator.config import Deadlines
from fedqi.secagg.transitions import Phase


class Step(StrEnum):
    """The next thing to do."""

    WAIT = "wait"
    PROCEED = "proceed"
    ASK_RECEIPTS = "ask receipts"
    RETRY_OPEN = "retry open"  # a new attempt, every atom free again
    RETRY_CLOSED = "retry closed"  # a new attempt over the same set
    FINISH = "finish"
    GIVE_UP = "give up"  # what is complete so far is released
    REFUSE = "refuse"  # nothing is released


@dataclass(frozen=True, slots=True)
class Decision:
    """A step, and why."""

    step: Step
    reason: str = ""


WAIT = Decision(Step.WAIT)
LONGEST_REASON = 160  # characters of a site's own words


def decide(attempt: Attempt, now: float, deadlines: Deadlines, overdue: bool) -> Decision:
    """Return what to do.

    Parameters
    ----------
    attempt
        As it stands.
    now
        On the clock of ``attempt.since``, in seconds.
    deadlines
        How long to wait for what.
    overdue
        Whether the deadline of the whole job has passed.
    """
    session = attempt.session
    waited = now - attempt.since
    if session.complaints:
        return _complained(attempt, waited, deadlines)
    if session.phase is Phase.DONE:
        return Decision(Step.FINISH)
    if attempt.requests:
        return _after_request(attempt, waited, deadlines, overdue)
    if session.ready:
        return Decision(Step.PROCEED)
    if attempt.missing and waited < deadlines.phase:
        return WAIT
    if session.can_proceed:
        return Decision(Step.PROCEED, f"without {_names(session.waiting_for)}")
    return _closed(attempt, waited, deadlines) if attempt.is_closed else _open(attempt)


def after_restore(attempt: Attempt, reason: str, fixed: bool) -> Decision:
    """Return what to do with an attempt of which sites have seen more than is stored.

    Parameters
    ----------
    attempt
        As it is stored.
    reason
        In words.
    fixed
        Whether a site has answered the unmasking, so that the set of this attempt is final.
    """
    session = attempt.session
    if attempt.is_closed or session.certificate is not None:
        return Decision(Step.RETRY_CLOSED, reason)
    if fixed and session.state is not None:
        return Decision(Step.RETRY_CLOSED, reason)  # its members are bound, without the proof
    if fixed:
        lost = "which sites are in its sum was settled after the backup, and is lost with it"
        return Decision(Step.GIVE_UP, f"{reason}; {lost}")
    if session.phase in (Phase.ADVERTISING, Phase.SHARING):
        return Decision(Step.RETRY_OPEN, reason)
    return WAIT if attempt.requests else Decision(Step.ASK_RECEIPTS, reason)


def _complained(attempt: Attempt, waited: float, deadlines: Deadlines) -> Decision:
    # Nothing is released any more; the others' verdicts are awaited for the record.
    verdicts = attempt.session.complaints
    sites = tuple(sorted(verdict.site for verdict in verdicts))
    if set(attempt.missing) - set(sites) and waited < deadlines.phase:
        return WAIT
    first = verdicts[0]
    reason = f"the total of step {first.step} was refused by {_names(sites)}: {first.reason}"
    return Decision(Step.REFUSE, reason)


def _closed(attempt: Attempt, waited: float, deadlines: Deadlines) -> Decision:
    absent = _absent(attempt)
    if attempt.session.phase is not Phase.ADVERTISING:
        return Decision(Step.RETRY_CLOSED, f"{absent} did not answer")
    if not attempt.session.waiting_for:
        return Decision(Step.GIVE_UP, attempt.session.obstacle)
    if not attempt.missing:
        return Decision(Step.RETRY_CLOSED, f"{absent} had to begin anew")
    if waited < deadlines.return_:
        return WAIT
    return Decision(Step.GIVE_UP, f"{absent} did not come back")


def _open(attempt: Attempt) -> Decision:
    session = attempt.session
    if session.certificate is not None:
        return Decision(Step.RETRY_CLOSED, f"{_absent(attempt)} did not answer")
    reason = session.obstacle
    if session.waiting_for:
        reason += f"; waiting for {_absent(attempt)}"
    if session.phase is Phase.ADVERTISING:
        return Decision(Step.GIVE_UP, reason)
    if session.phase is Phase.SHARING:
        return Decision(Step.RETRY_OPEN, reason)
    return Decision(Step.ASK_RECEIPTS, reason)


def _after_request(
    attempt: Attempt, waited: float, deadlines: Deadlines, overdue: bool
) -> Decision:
    if attempt.session.certificate is not None:
        return Decision(Step.RETRY_CLOSED, "its set stands, but it could not be finished")
    lacking = attempt.session.undiscarded
    if not lacking:
        discarded = f"{len(attempt.session.receipts)} sites discarded it"
        return Decision(Step.RETRY_OPEN, f"{attempt.obstacle}; {discarded}")
    reason = f"waiting for discard receipts of {_absent(attempt)}: {lacking}"
    if overdue:
        return Decision(Step.GIVE_UP, reason)
    # A site may have been away for weeks, or have come back from its backup: it is asked again.
    due = waited >= deadlines.pause(attempt.requests)
    return Decision(Step.ASK_RECEIPTS, reason) if due else WAIT


def _absent(attempt: Attempt) -> str:
    """Name the sites that are waited for, with the reasons of those that gave theirs."""
    named = []
    for site in attempt.awaited:
        reason = attempt.lost.get(site, "")[:LONGEST_REASON]
        named.append(f"{site} ({reason})" if reason.isprintable() and reason else site)
    return ", ".join(named) or "nobody"


def _names(sites: tuple[str, ...]) -> str:
    return ", ".join(sites) or "nobody"
