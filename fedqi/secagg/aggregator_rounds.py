"""What the aggregator holds of an attempt, and what it can tell from it."""

from dataclasses import dataclass, field, replace

from fedqi.errors import LocalProtocolError, RemoteProtocolError
from fedqi.secagg import messages as m
from fedqi.secagg.checks import ROUND_CONSISTENCY, ROUND_INPUT, check_u1, check_u2, check_u3
from fedqi.secagg.graph import Graph
from fedqi.secagg.parameters import AttemptParameters
from fedqi.secagg.state import PublicPlan, PublicState
from fedqi.secagg.transcript import StepFacts
from fedqi.secagg.vectors import RunningSum, VectorStore
from fedqi.secagg.view import AttemptView, Offering


@dataclass
class AggregatorRounds:
    """Messages by round and site, and what followed from the rounds that are closed.

    Of a masked input only the header is held: its vector is added to the running sum of its
    step and handed to the store.

    Parameters
    ----------
    parameters, plan, vectors
        As of the session.
    """

    parameters: AttemptParameters
    plan: PublicPlan
    vectors: VectorStore
    view: AttemptView = field(init=False)
    graph: Graph = field(init=False)
    adverts: dict[str, m.Advert] = field(default_factory=dict)
    shares: dict[str, m.Shares] = field(default_factory=dict)
    inputs: dict[str, m.MaskedInput] = field(default_factory=dict)
    listed: dict[str, bytes] = field(default_factory=dict)  # site -> digest of its input
    statements: dict[str, m.Statement] = field(default_factory=dict)
    answers: dict[str, m.Unmasking] = field(default_factory=dict)
    verdicts: dict[tuple[int, str], m.Verdict] = field(default_factory=dict)
    receipts: dict[str, m.DiscardReceipt] = field(default_factory=dict)
    shown: dict[int, tuple[StepFacts, bytes]] = field(default_factory=dict)  # and total's digest
    judges: tuple[str, ...] = ()  # auditors of the last step that was shown
    offered: Offering = field(default_factory=dict)
    survivors: m.Survivors = field(default_factory=lambda: m.Survivors(()))
    stated: bytes = b""
    state: PublicState = field(default_factory=lambda: PublicState((), {}, ()))
    step: StepFacts | None = None
    opening: StepFacts | None = None  # the open step, once U3 is fixed
    active: int = 0  # the active set of the step under way
    summed: RunningSum = field(default_factory=lambda: RunningSum(0))

    def __post_init__(self) -> None:
        self.view = AttemptView(self.parameters, ())
        self.graph = Graph(self.view, {})

    def facts(self) -> StepFacts:
        """Return the facts of the step under way."""
        if self.step is None:
            raise LocalProtocolError("no step is under way")
        return self.step

    def begin(self, facts: StepFacts | None) -> None:
        """Take inputs of a step from now on; None when the plan is finished."""
        self.step, self.inputs = facts, {}
        self.active = 0 if facts is None else self.view.bits(facts.active)
        self.summed = RunningSum(0 if facts is None else facts.layout.length)

    def peers(self, site: str) -> int:
        """Return whom a site must have masked against in the step under way."""
        return self.graph.peers(site, self.active)

    def add_input(self, message: m.MaskedInput, digest: bytes) -> None:
        """Add a masked input that was checked, and let go of its vector."""
        self.vectors.put(message.step, message.site, message.vector)
        self.summed.add(message)
        self.inputs[message.site] = replace(message, vector=b"")
        self.listed[message.site] = digest

    def repeats(self, message: m.MaskedInput) -> bool:
        """Tell whether an input is the one that was added, as far as its step is not over."""
        known = self.inputs.get(message.site)
        if known is None or known.step != message.step:
            return True
        return self.vectors.get(message.step, message.site) == message.vector

    def dealers_of(self, site: str, group: tuple[str, ...]) -> tuple[str, ...]:
        """Return those of a group of whom a site holds shares, itself included."""
        return self.view.sites(self.graph.dealt_to(site) & self.view.bits(group))

    def dealers_bitmap(self, site: str) -> bytes:
        """Return all of whom a site holds shares, as a statement names them."""
        return self.graph.dealt_to(site).to_bytes(self.view.bitmap_bytes, "little")

    def u1(self) -> AttemptView:
        """Return the view over the adverts so far, checked."""
        view = AttemptView(
            self.parameters, tuple(self.adverts[site] for site in sorted(self.adverts))
        )
        check_u1(view)
        check_u2(view, view.members)
        return view

    def u2(self) -> tuple[Offering, Graph]:
        """Check U2 as it is so far and return who offers what in it, and its graph."""
        offered = check_u2(self.view, sorted(self.shares))
        graph = Graph(self.view, {site: item.sealed for site, item in self.shares.items()})
        # protocol 5.11
        lacking = graph.lacking(graph.dealers, graph.dealers, "dealt shares")
        if lacking:
            raise RemoteProtocolError(lacking, round_name=ROUND_INPUT)
        return offered, graph

    def u3(self) -> Offering:
        """Check U3 as it is so far and return who offers what in it."""
        offering = check_u3(self.view, self.offered, self.facts().active, sorted(self.inputs))
        present = self.view.bits(self.inputs)
        lacking = self.graph.lacking(self.graph.dealers, present, "sent a masked input")
        if lacking:
            raise RemoteProtocolError(lacking, round_name=ROUND_CONSISTENCY)
        return offering

    def unstated(self) -> str:
        """Say what statements lack before every secret of U2 can be rebuilt."""
        able = self.graph.convinced(self.view.bits(self.statements))
        able &= self.view.bits(self.statements)
        return self.graph.lacking(self.graph.dealers, able, "have answered")

    def unanswered(self) -> str:
        """Say what answers lack before every secret of U2 can be rebuilt."""
        have = self.view.bits(self.answers)
        return self.graph.lacking(self.graph.dealers, have, "have answered")

    def undiscarded(self) -> str:
        """Say what receipts lack before every site that dealt has its atoms free again."""
        # protocol 8.2
        have = self.view.bits(site for site in self.receipts if site in self.view.places)
        return self.graph.lacking(self.graph.dealers, have, "signed discard receipts")

    @property
    def judged(self) -> set[str]:
        """The sites that have judged the last total."""
        last = len(self.state.totals) - 1
        return {site for step, site in self.verdicts if step == last}

    def certificate(self) -> m.Certificate | None:
        """Return the proof of U3 once every member of it has t statements of its holders."""
        # protocol 8.3
        if self.opening is None:
            return None
        stated = self.view.bits(self.statements)
        if self.graph.lacking(self.view.bits(self.opening.contributors), stated, "stated it"):
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

    def trimmed_statements(self, receiver: str = "") -> tuple[m.Statement, ...]:
        """Return the statements, sorted, with no tags, or those for one receiver of its holders."""
        chosen = sorted(self.statements)
        if receiver:
            holders = self.view.sites(self.graph.holders(receiver))
            chosen = [site for site in holders if site in self.statements]
        return tuple(_trimmed(self.statements[site], receiver) for site in chosen)


def _trimmed(item: m.Statement, receiver: str) -> m.Statement:
    tags = {receiver: item.tags[receiver]} if receiver in item.tags else {}
    return m.Statement(item.site, item.statement_digest, item.dealers, tags, item.signature)
