"""Closing a round at the aggregator: what follows from it, and what it sends to whom."""

from collections.abc import Mapping

from fedqi.errors import DefinitionError
from fedqi.secagg import messages as m
from fedqi.secagg.aggregator_rounds import AggregatorRounds
from fedqi.secagg.auditors import agreement_quorum, auditors
from fedqi.secagg.checks import check_u2
from fedqi.secagg.graph import Graph
from fedqi.secagg.parameters import AttemptMode
from fedqi.secagg.state import PublicState
from fedqi.secagg.statements import statement_digest
from fedqi.secagg.step import next_step, with_survivors
from fedqi.secagg.transcript import StepFacts, check_edges, remove_masks
from fedqi.secagg.transitions import Phase
from fedqi.secagg.unmasking import rebuild
from fedqi.secagg.vectors import StoredInputs
from fedqi.secagg.view import AttemptView

Sending = list[tuple[str, m.AggregatorMessage]]
Closed = tuple[Phase, Sending]


def close_adverts(rounds: AggregatorRounds) -> Closed:
    """Fix U1; in closed mode it is the active set of the first step."""
    view = rounds.u1()
    message = m.AdvertList(view.adverts)
    sending: Sending = [(site, message) for site in view.members]
    if rounds.parameters.mode is AttemptMode.OPEN:
        rounds.view = view
        return Phase.SHARING, sending
    state = PublicState(view.members, check_u2(view, view.members), ())
    facts = _first(rounds, view, state, view.members)
    rounds.view, rounds.state = view, state
    rounds.graph = Graph(view, dict.fromkeys(view.members, ()))
    rounds.begin(facts)
    return Phase.SUMMING, sending


def close_shares(rounds: AggregatorRounds) -> Closed:
    """Fix U2 and deliver to each of its members what others sealed for it."""
    (offered, graph), dealers = rounds.u2(), tuple(sorted(rounds.shares))
    state = PublicState((), offered, ())
    facts = _first(rounds, rounds.view, state, dealers)
    sealed: dict[str, dict[str, bytes]] = {site: {} for site in dealers}
    for dealer in dealers:
        for holder, text in rounds.shares[dealer].sealed.items():
            if holder in sealed:
                sealed[holder][dealer] = text
    rounds.state, rounds.offered, rounds.graph = state, offered, graph
    rounds.begin(facts)
    return Phase.MASKING, [(s, m.SharesDelivery(dealers, sealed[s])) for s in dealers]


def _first(
    rounds: AggregatorRounds, view: AttemptView, state: PublicState, active: tuple[str, ...]
) -> StepFacts:
    facts = next_step(view, rounds.plan, state, active)
    if facts is None:
        raise DefinitionError("the plan has no step")
    return facts


def close_inputs(rounds: AggregatorRounds) -> Closed:
    """Fix U3 and show it to its members."""
    offering, cohort = rounds.u3(), tuple(sorted(rounds.inputs))
    facts = rounds.facts()
    # protocol 6.1
    rounds.survivors = m.Survivors(
        tuple(m.SurvivorEntry(site, rounds.listed[site]) for site in cohort)
    )
    rounds.stated = statement_digest(
        rounds.view.context, facts.masks.active_digest, facts.masks.state_hash, rounds.survivors
    )
    rounds.step = rounds.opening = with_survivors(facts, rounds.survivors)
    rounds.state = PublicState(cohort, offering, ())
    return Phase.STATING, [(site, rounds.survivors) for site in cohort]


def close_statements(rounds: AggregatorRounds) -> Closed:
    """Show to each member of U3 the statements of its holders, and the inputs of its dealers."""
    cohort = rounds.state.cohort
    return Phase.UNMASKING, [
        (site, m.StatementSet(rounds.trimmed_statements(site), _signatures(rounds, site)))
        for site in cohort
    ]


def _signatures(rounds: AggregatorRounds, site: str) -> dict[str, bytes]:
    # protocol 6.8: in the complete graph two sets of t statements meet, and settle it
    if rounds.view.is_complete:
        return {}
    dealers = rounds.dealers_of(site, rounds.state.cohort)
    return {dealer: rounds.inputs[dealer].signature for dealer in dealers if dealer != site}


def close_answers(rounds: AggregatorRounds) -> Closed:
    """Rebuild the secrets and show the open step's transcript."""
    seeds, keys = rebuild(rounds.view, rounds.graph, rounds.state.cohort, rounds.answers)
    facts, summed = rounds.facts(), rounds.summed
    check_edges(facts, summed.edges)
    remove_masks(facts, summed, seeds, keys)
    return _show(rounds, seeds, keys, rounds.trimmed_statements())


def close_sum(rounds: AggregatorRounds) -> Closed:
    """Show a closed step's transcript."""
    return _show(rounds, {}, {}, ())


def close_audit(rounds: AggregatorRounds) -> Closed:
    """Show a total, and who accepted it, to those that did not recompute it."""
    # protocol 7.11
    return Phase.SUMMING, _accepted(rounds, everybody=False)


def close_verdicts(rounds: AggregatorRounds) -> Closed:
    """Show the last total to everybody if it is settled, else to those that lack it."""
    # protocol 7.13
    quorum = agreement_quorum(len(rounds.judges), rounds.parameters.collusion_bound)
    settled = len(rounds.judged.intersection(rounds.judges)) >= quorum
    return Phase.DONE, _accepted(rounds, everybody=settled)


def _accepted(rounds: AggregatorRounds, everybody: bool) -> Sending:
    last = len(rounds.state.totals) - 1
    verdicts = tuple(v for (step, _), v in sorted(rounds.verdicts.items()) if step == last)
    total = rounds.state.totals[last].astype("<u8").tobytes()
    message = m.AcceptedTotal(last, total, verdicts)
    judges = frozenset(() if everybody else rounds.judges)
    return [(site, message) for site in rounds.state.cohort if site not in judges]


def _show(
    rounds: AggregatorRounds,
    seeds: Mapping[str, bytes],
    keys: Mapping[str, bytes],
    statements: tuple[m.Statement, ...],
) -> Closed:
    facts, total, cohort = rounds.facts(), rounds.summed.total, rounds.state.cohort
    state = rounds.state.after(total)
    headers = [rounds.inputs[site] for site in cohort]
    inputs, words = StoredInputs(headers, rounds.vectors), total.astype("<u8").tobytes()
    shown = m.StepTranscript(facts.masks.step, inputs, seeds, keys, statements, words)
    rounds.state, rounds.shown[facts.masks.step] = state, (facts, state.digests[-1])
    rounds.judges = auditors(facts)
    rounds.begin(next_step(rounds.view, rounds.plan, rounds.state, cohort))
    return _judging(rounds), [(site, shown) for site in rounds.judges]


def _judging(rounds: AggregatorRounds) -> Phase:
    if rounds.step is None:
        return Phase.VERIFYING
    return Phase.AUDITING if len(rounds.judges) < len(rounds.state.cohort) else Phase.SUMMING
