"""What the aggregator holds of an attempt, and what closing a round sends to whom."""

from dataclasses import dataclass, field, replace
from hashlib import sha256

from fedqi.errors import DefinitionError, LocalProtocolError
from fedqi.secagg import messages as m
from fedqi.secagg.checks import check_u1, check_u2, check_u3
from fedqi.secagg.encoding import UInt64Array
from fedqi.secagg.parameters import AttemptMode, AttemptParameters
from fedqi.secagg.state import PublicPlan, PublicState, total_digest
from fedqi.secagg.statements import statement_digest
from fedqi.secagg.step import next_step, with_survivors
from fedqi.secagg.transcript import StepFacts, recomputed_total
from fedqi.secagg.transitions import Phase
from fedqi.secagg.unmasking import rebuild
from fedqi.secagg.view import AttemptView, Offering

Sending = list[tuple[str, m.AggregatorMessage]]


@dataclass
class AggregatorRounds:
    """Messages by round and site, and what followed from the rounds that are closed.

    Parameters
    ----------
    parameters, plan
        As of the session.
    """

    parameters: AttemptParameters
    plan: PublicPlan
    view: AttemptView = field(init=False)
    adverts: dict[str, m.Advert] = field(default_factory=dict)
    shares: dict[str, m.Shares] = field(default_factory=dict)
    inputs: dict[str, m.MaskedInput] = field(default_factory=dict)
    statements: dict[str, m.Statement] = field(default_factory=dict)
    answers: dict[str, m.Unmasking] = field(default_factory=dict)
    verdicts: dict[tuple[int, str], m.Verdict] = field(default_factory=dict)
    receipts: dict[str, m.DiscardReceipt] = field(default_factory=dict)
    digests: dict[int, bytes] = field(default_factory=dict)  # step -> digest of its total
    offered: Offering = field(default_factory=dict)
    survivors: m.Survivors = field(default_factory=lambda: m.Survivors(()))
    stated: bytes = b""
    state: PublicState = field(default_factory=lambda: PublicState((), {}, ()))
    step: StepFacts | None = None
    opening: StepFacts | None = None  # the open step, once U3 is fixed

    def __post_init__(self) -> None:
        self.view = AttemptView(self.parameters, ())

    def facts(self) -> StepFacts:
        """Return the facts of the step under way."""
        if self.step is None:
            raise LocalProtocolError("no step is under way")
        return self.step

    def u1(self) -> AttemptView:
        """Return the view over the adverts so far, checked."""
        view = AttemptView(
            self.parameters, tuple(self.adverts[site] for site in sorted(self.adverts))
        )
        check_u1(view)
        check_u2(view, view.members)
        return view

    def u2(self) -> Offering:
        """Check U2 as it is so far and return who offers what in it."""
        return check_u2(self.view, sorted(self.shares))

    def u3(self) -> Offering:
        """Check U3 as it is so far and return who offers what in it."""
        return check_u3(self.view, self.offered, self.facts().active, sorted(self.inputs))

    def close_adverts(self) -> tuple[Phase, Sending]:
        """Fix U1; in closed mode it is the active set of the first step."""
        view = self.u1()
        if self.parameters.mode is AttemptMode.CLOSED:
            state = PublicState(view.members, check_u2(view, view.members), ())
            self.step, self.state = self._first(view, state, view.members), state
        self.view = view
        message = m.AdvertList(view.adverts)
        closed = self.step is not None
        return (Phase.SUMMING if closed else Phase.SHARING), [(s, message) for s in view.members]

    def close_shares(self) -> tuple[Phase, Sending]:
        """Fix U2 and deliver to each of its members what the others sealed for it."""
        offered, dealers = self.u2(), tuple(sorted(self.shares))
        state = PublicState((), offered, ())
        self.step = self._first(self.view, state, dealers)
        self.state, self.offered = state, offered
        return Phase.MASKING, [
            (
                site,
                m.SharesDelivery(
                    dealers, {d: self.shares[d].sealed[site] for d in dealers if d != site}
                ),
            )
            for site in dealers
        ]

    def _first(self, view: AttemptView, state: PublicState, active: tuple[str, ...]) -> StepFacts:
        facts = next_step(view, self.plan, state, active)
        if facts is None:
            raise DefinitionError("the plan has no step")
        return facts

    def close_inputs(self) -> tuple[Phase, Sending]:
        """Fix U3 and show it to its members."""
        offering, cohort = self.u3(), tuple(sorted(self.inputs))
        facts = self.facts()
        # protocol 6.1
        vectors = ((site, self.inputs[site].vector) for site in cohort)
        self.survivors = m.Survivors(
            tuple(m.SurvivorEntry(site, sha256(vector).digest()) for site, vector in vectors)
        )
        masks = facts.masks
        self.stated = statement_digest(
            self.view.context, masks.active_digest, masks.state_hash, self.survivors
        )
        self.step = self.opening = with_survivors(facts, self.survivors)
        self.state = PublicState(cohort, offering, ())
        return Phase.STATING, [(site, self.survivors) for site in cohort]

    def close_statements(self) -> tuple[Phase, Sending]:
        """Show the statements, to each receiver with the tags for it."""
        return Phase.UNMASKING, [
            (site, m.StatementSet(self.trimmed_statements(site))) for site in self.state.cohort
        ]

    def trimmed_statements(self, receiver: str = "") -> tuple[m.Statement, ...]:
        """Return the statements, sorted, with the tags for one receiver or none."""
        return tuple(
            replace(item, tags={p: t for p, t in item.tags.items() if p == receiver})
            for _, item in sorted(self.statements.items())
        )

    def close_answers(self) -> tuple[Phase, Sending]:
        """Rebuild the secrets and show the open step's transcript."""
        seeds, keys = rebuild(self.view, self.state.cohort, self.answers)
        return self._show(seeds, keys, self.trimmed_statements())

    def close_sum(self) -> tuple[Phase, Sending]:
        """Show a closed step's transcript."""
        return self._show({}, {}, ())

    def _show(
        self, seeds: dict[str, bytes], keys: dict[str, bytes], statements: tuple[m.Statement, ...]
    ) -> tuple[Phase, Sending]:
        facts = self.facts()
        inputs = tuple(self.inputs[site] for site in self.state.cohort)
        shown = m.StepTranscript(facts.masks.step, inputs, seeds, keys, statements, b"")
        total: UInt64Array = recomputed_total(facts, shown)
        total.setflags(write=False)
        shown = replace(shown, total=total.astype("<u8").tobytes())
        state = replace(self.state, totals=(*self.state.totals, total))
        following = next_step(self.view, self.plan, state, state.cohort)
        self.digests[facts.masks.step] = total_digest(total)
        self.state, self.step, self.inputs = state, following, {}
        phase = Phase.VERIFYING if following is None else Phase.SUMMING
        return phase, [(site, shown) for site in state.cohort]

    def certificate(self) -> m.Certificate | None:
        """Return the proof of U3 once t statements have come."""
        # protocol 8.3
        if self.opening is None or len(self.statements) < self.view.threshold:
            return None
        return m.Certificate(
            self.parameters.job,
            self.parameters.attempt,
            self.parameters.session_hash,
            self.view.adverts,
            self.opening.active,
            self.opening.masks.state_hash,
            self.survivors,
            self.trimmed_statements(),
        )
