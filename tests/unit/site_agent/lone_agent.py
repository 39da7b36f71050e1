"""One agent with real documents, keys and data, whose connection only remembers what left."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import cast

from fedqi.charter import JobSpec, PlannedMeasure, planned_atoms
from fedqi.measures import Measure, parse_measure
from fedqi.wire.control import AggregatorBody, Envelope, JobAnnouncement, SiteBody, SiteEnvelope
from site_agent.agent import Agent
from site_agent.config import AgentConfig, load_config
from site_agent.faults import FaultPlan
from site_agent.genesis import pin, sign
from site_agent.ledger import Records
from site_agent.runner import handle
from site_agent.transport import FederationClient, Submitted
from tests.unit.site_agent.founding import Founding

BREACHED, ATTENDANCES = 4711, 5813
DEFINITION = {
    "fedqi": 1,
    "id": "hf",
    "version": "1.0.0",
    "title": "Patients who waited longer than four hours",
    "direction": "lower",
    "scoring": "proportion",
    "dataset": {
        "columns": {"attendances": {"type": "integer"}, "breached": {"type": "integer"}},
    },
    "denominator": {"sum": "attendances"},
    "numerator": {"sum": "breached"},
}


OTHER = DEFINITION | {"id": "waits", "lineage": "waits", "title": "The same, counted elsewhere"}


class Wire:
    """Stands in for the connection."""

    def __init__(self, definition: bytes, other: bytes) -> None:
        self.definition = definition
        self.other = other
        self.sent: list[SiteEnvelope] = []
        self.outcome = Submitted.ACCEPTED

    async def measure(self, name: str, version: str) -> bytes:
        return self.definition if name == "hf" else self.other

    async def submit(self, envelope: SiteEnvelope) -> Submitted:
        self.sent.append(envelope)
        return self.outcome

    @property
    def bodies(self) -> list[SiteBody]:
        return [envelope.body for envelope in self.sent]


class LoneAgent:
    """An agent of site north whose founding documents are pinned."""

    def __init__(
        self,
        folder: Path,
        approval: str = "automatic",
        definition: Mapping[str, object] = DEFINITION,
    ) -> None:
        self.folder = folder
        self.measure: Measure = parse_measure(definition)
        planned = PlannedMeasure(
            id="hf", version="1.0.0", digest=self.measure.digest, lineage="hf-stays"
        )
        other = parse_measure(OTHER)
        self.other = PlannedMeasure(
            id="waits", version="1.0.0", digest=other.digest, lineage="waits"
        )
        self.founding = Founding(folder / "state", planned, (self.other,))
        self.planned = planned
        self.write_data(f"{ATTENDANCES},{BREACHED}")
        (folder / "agent.yaml").write_text(
            "site: north\naggregator: localhost:1\nstate_dir: state\n"
            f"approval: {approval}\ndata: {{default: {{path: data.csv}}}}\n"
        )
        genesis = self.founding.genesis()
        sign(self.founding.state, genesis, self.founding.credentials)
        self.pinned = pin(self.founding.state, genesis)
        self.wire = Wire(self.measure.canonical_json, other.canonical_json)
        self.sequence = 0
        self.restart()

    @property
    def config(self) -> AgentConfig:
        return load_config(self.folder / "agent.yaml")

    def write_data(self, *rows: str) -> None:
        text = "attendances,breached\n" + "".join(f"{row}\n" for row in rows)
        (self.folder / "data.csv").write_text(text)

    def restart(self) -> None:
        """Lose everything that is only in memory."""
        state = self.founding.state
        self.agent = Agent(
            self.config,
            state,
            self.founding.credentials,
            self.pinned,
            Records(state),
            state.events("north"),
            cast(FederationClient, self.wire),
            FaultPlan(),
        )

    def spec(self, job: str = "job-1", **changes: object) -> JobSpec:
        periods: dict[str, tuple[str, ...]] = {"hf": ("all",)}
        fields: dict[str, object] = {
            "job": job,
            "measures": (self.planned,),
            "analyses": ("crude",),
            "periods": periods,
            "atoms": planned_atoms((self.planned,), periods),
        }
        return JobSpec.model_validate(fields | changes)

    def receive(self, body: AggregatorBody, job: str = "job-1", attempt: int = 0) -> None:
        """Let the agent deal with one message."""
        self.sequence += 1
        envelope = Envelope(self.sequence, job, attempt, body)
        self.run(lambda: handle(self.agent, envelope))

    def announce(self, spec: JobSpec | None = None) -> None:
        """Let the aggregator announce a job."""
        self.receive(JobAnnouncement((spec or self.spec()).canonical()))

    @staticmethod
    def run(act: Callable[[], Awaitable[object]]) -> None:
        async def once() -> None:
            await act()

        asyncio.run(once())
