"""How far the present round has come at the aggregator, and what it lacks."""

from collections import Counter
from collections.abc import Collection

from fedqi.secagg.aggregator_rounds import AggregatorRounds
from fedqi.secagg.parameters import AttemptMode
from fedqi.secagg.transitions import Phase


def members(rounds: AggregatorRounds, phase: Phase) -> tuple[str, ...]:
    """Return the sites that may answer the present round, sorted; not for adverts.

    Parameters
    ----------
    rounds
        What is held.
    phase
        The present one.
    """
    if phase is Phase.SHARING:
        return rounds.view.members
    if phase is Phase.MASKING:
        return rounds.facts().active
    return rounds.state.cohort


def expected(
    rounds: AggregatorRounds, phase: Phase, participants: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the sites whose answers the present round waits for, sorted.

    Parameters
    ----------
    rounds
        What is held.
    phase
        The present one.
    participants
        Of the attempt.
    """
    if phase in (Phase.DONE, Phase.ABORTED):
        return ()
    if phase in (Phase.AUDITING, Phase.VERIFYING):
        return rounds.judges
    return participants if phase is Phase.ADVERTISING else members(rounds, phase)


def answered(rounds: AggregatorRounds, phase: Phase) -> Collection[str]:
    """Return the sites that have answered the present round.

    Parameters
    ----------
    rounds
        What is held.
    phase
        The present one.
    """
    match phase:
        case Phase.ADVERTISING:
            return rounds.adverts
        case Phase.SHARING:
            return rounds.shares
        case Phase.MASKING:
            return rounds.inputs
        case Phase.STATING:
            return rounds.statements
        case Phase.UNMASKING:
            return rounds.answers
        case Phase.SUMMING:
            return rounds.inputs.keys() - (set(rounds.judges) - rounds.judged)
    return rounds.judged


def settled(rounds: AggregatorRounds) -> int:
    """Return how many totals are settled: c + 1 distinct members accepted the last of them.

    Parameters
    ----------
    rounds
        What is held.
    """
    # protocol 7.7: who accepts a total has accepted those before it
    accepted = Counter(step for (step, _), verdict in rounds.verdicts.items() if verdict.accepted)
    enough = rounds.parameters.collusion_bound + 1
    return max((step + 1 for step, count in accepted.items() if count >= enough), default=0)


def shortage(rounds: AggregatorRounds, phase: Phase, waiting: tuple[str, ...]) -> str:
    """Say what the present round still lacks; empty when enough have answered.

    Parameters
    ----------
    rounds
        What is held.
    phase
        The present one.
    waiting
        Expected sites that have not answered.

    Raises
    ------
    RemoteProtocolError
        If the sites that have answered cannot stand together.
    """
    judging = phase in (Phase.AUDITING, Phase.VERIFYING)
    everyone = rounds.parameters.mode is AttemptMode.CLOSED or phase is Phase.SUMMING
    if waiting and everyone and not judging:
        return f"a closed step needs everyone; waiting for {', '.join(waiting)}"
    match phase:
        case Phase.ADVERTISING:
            rounds.u1()
        case Phase.SHARING:
            rounds.u2()
        case Phase.MASKING:
            rounds.u3()
        case Phase.STATING:
            return rounds.unstated()
        case Phase.UNMASKING:
            return rounds.unanswered()
        case Phase.AUDITING | Phase.VERIFYING:
            # protocol 7.6
            have, need = len(rounds.judged), rounds.parameters.collusion_bound + 1
            return f"{have} have accepted, expected at least {need}" if have < need else ""
    return ""
