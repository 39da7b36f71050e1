"""A job as this site works on it: measures, frozen input and the plan over both."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from fedqi.benchmarking.plan import SiteCollectionPlan, build_site_plan
from fedqi.charter import JobSpec, PlannedMeasure, read_document
from fedqi.errors import DefinitionError, PolicyError
from fedqi.measures import Measure, parse_measure
from site_agent.config import AgentConfig
from site_agent.frozen import FrozenInput
from site_agent.genesis import Pinned
from site_agent.holding import held_waits
from site_agent.jobs import JobRecord
from site_agent.journal import replace_file
from site_agent.preview import Contribution
from site_agent.state import StateDirectory


@dataclass(frozen=True, slots=True)
class Work:
    """Everything computed of a job.

    Parameters
    ----------
    spec
        The job.
    measures
        Measure id to its definition.
    frozen
        The frozen input; None where this site contributes nothing.
    plan
        The plan over the frozen input.
    """

    spec: JobSpec
    measures: Mapping[str, Measure]
    frozen: FrozenInput | None
    plan: SiteCollectionPlan

    @property
    def offered(self) -> tuple[str, ...]:
        """Atoms with data here, in the order of the job."""
        return tuple(atom for atom in self.spec.atoms if atom in self.plan.offered)


def build_work(config: AgentConfig, state: StateDirectory, pinned: Pinned, spec: JobSpec) -> Work:
    """Join a job to its stored measures and frozen input.

    Raises
    ------
    DefinitionError
        If a measure was not fetched before.
    """
    measures = {planned.id: stored_measure(state, planned) for planned in spec.measures}
    frozen = state.frozen.load(spec.job)
    summaries = {} if frozen is None else frozen.offered
    charter = pinned.genesis.charter
    minimum, segment = pinned.minimum(charter.min_others), charter.segment_of(config.site)
    plan = build_site_plan(spec, measures, summaries, config.site, pinned.members, minimum, segment)
    return Work(spec, measures, frozen, plan)


def read_spec(record: JobRecord) -> JobSpec:
    """Return the specification of a job.

    Raises
    ------
    DefinitionError
        If what was announced is none; such a job was declined.
    """
    return read_document(JobSpec, record.spec.encode())


def contribution(
    work: Work, pinned: Pinned, min_others: int, record: JobRecord | None = None
) -> Contribution:
    """Return what a preview shows of a job; the record knows of periods that are held back.

    Raises
    ------
    PolicyError
        If nothing is frozen.
    """
    if work.frozen is None:
        raise PolicyError(f"job {work.spec.job}: nothing is frozen, so nothing is contributed")
    return Contribution(
        spec=work.spec,
        measures=work.measures,
        frozen=work.frozen,
        plan=work.plan,
        minimum=pinned.minimum(min_others),
        collusion_bound=pinned.genesis.charter.collusion_bound,
        offered=work.offered,
        held={} if record is None else held_waits(record, work.measures),
    )


def store_measure(state: StateDirectory, planned: PlannedMeasure, content: bytes) -> Measure:
    """Check a fetched definition against the programme's digest, and keep it.

    Raises
    ------
    PolicyError
        If it is not the definition that all members signed for.
    DefinitionError
        If it is not a measure.
    """
    measure = _parse(content, planned)
    if measure.digest != planned.digest:
        raise PolicyError(
            f"measure {planned.id} {planned.version}: the aggregator sent a definition with digest "
            f"{measure.digest}, the signed programme names {planned.digest}; nothing was computed; "
            "tell the operator and the other members"
        )
    replace_file(state.root / "measures" / f"{planned.digest}.json", content)
    return measure


def stored_measure(state: StateDirectory, planned: PlannedMeasure) -> Measure:
    """Return a definition kept by :func:`store_measure`."""
    path = state.root / "measures" / f"{planned.digest}.json"
    if not path.exists():
        raise DefinitionError(
            f"measure {planned.id} {planned.version} has not been fetched yet; is 'fedqi-site run' "
            "running?"
        )
    return _parse(path.read_bytes(), planned)


def _parse(content: bytes, planned: PlannedMeasure) -> Measure:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        raise DefinitionError(f"measure {planned.id}: the definition sent is not JSON") from None
    return parse_measure(document)
