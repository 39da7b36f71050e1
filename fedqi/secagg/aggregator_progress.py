"""How far the present round has come at the aggregator, and what it lacks."""

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
    return participants if phase is Phase.ADVERTISING else members(rounds, phase)


def has_answered(rounds: AggregatorRounds, phase: Phase, site: str) -> bool:
    """Tell whether a site has answered the present round.

    Parameters
    ----------
    rounds
        What is held.
    phase
        The present one.
    site
        One of those expected.
    """
    last = len(rounds.state.totals) - 1
    judged = last < 0 or (last, site) in rounds.verdicts
    answered: dict[Phase, bool] = {
        Phase.ADVERTISING: site in rounds.adverts,
        Phase.SHARING: site in rounds.shares,
        Phase.MASKING: site in rounds.inputs,
        Phase.STATING: site in rounds.statements,
        Phase.UNMASKING: site in rounds.answers,
        Phase.SUMMING: site in rounds.inputs and judged,
        Phase.VERIFYING: judged,
    }
    return answered[phase]


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
    everyone = rounds.parameters.mode is AttemptMode.CLOSED or phase is Phase.SUMMING
    if waiting and everyone and phase is not Phase.VERIFYING:
        return f"a closed step needs everyone; waiting for {', '.join(waiting)}"
    have, need = 0, 0
    match phase:
        case Phase.ADVERTISING:
            rounds.u1()
        case Phase.SHARING:
            rounds.u2()
        case Phase.MASKING:
            rounds.u3()
        case Phase.STATING:
            have, need = len(rounds.statements), rounds.view.threshold
        case Phase.UNMASKING:
            have, need = len(rounds.answers), rounds.view.threshold
        case Phase.VERIFYING:
            # protocol 7.6
            have = len(rounds.state.cohort) - len(waiting)
            need = rounds.parameters.collusion_bound + 1
    return f"{have} have answered, expected at least {need}" if have < need else ""
