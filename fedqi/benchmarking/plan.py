"""A job's plan: the analyses of a collection, concatenated into one vector per step."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedqi.benchmarking.analysis import Analysis, Offering, Subject
from fedqi.benchmarking.registry import analysis_named, check_together
from fedqi.charter import JobSpec
from fedqi.errors import DefinitionError, PolicyError
from fedqi.measures import Measure, MeasureSummary
from fedqi.secagg.encoding import Block, Layout
from fedqi.secagg.state import PublicState


@dataclass(frozen=True, slots=True)
class Part:
    """One analysis of one measure."""

    subject: Subject
    analysis: Analysis[Any]

    @property
    def prefix(self) -> str:
        """Prefix of the names of this part's blocks."""
        segment = "" if self.subject.segment == "*" else f"@{self.subject.segment}"
        return f"{self.subject.measure.id}{segment}/{self.analysis.name}/"


class CollectionPlan:
    """The public plan of a job; the same object at the aggregator and at every site.

    Parameters
    ----------
    parts
        Every analysis of every measure, in the order of the job.
    sites
        Members of the roster, for the proof that no sum wraps around.
    """

    def __init__(self, parts: Sequence[Part], sites: int) -> None:
        self.parts = tuple(parts)
        self._sites = sites
        # Of the longest state asked for last: a job asks after every total, and replaying all of
        # them each time would cost more than the statistics.
        self._latest: tuple[PublicState, list[Any]] | None = None

    def layout(self, state: PublicState) -> Layout | None:
        """Return the layout of the next step, or None when every analysis is finished."""
        blocks = [block for _, _, own in self._blocks(state) for block in own]
        return Layout(tuple(blocks), self._sites) if blocks else None

    def states(self, state: PublicState) -> list[Any]:
        """Return each part's public state after the verified totals so far."""
        known, states = self._known(state)
        for index in range(known, len(state.totals)):
            layout = self._layout_of(states)
            decoded = layout.decode(state.totals[index])
            states = [
                self._combine(part, own, decoded, state)
                for part, own in zip(self.parts, states, strict=True)
            ]
        self._latest = (state, states)
        return states

    def _known(self, state: PublicState) -> tuple[int, list[Any]]:
        """Return the states after as many totals as are the same as when last asked."""
        if self._latest is not None:
            before, states = self._latest
            known = len(before.totals)
            same = (before.cohort, before.offering) == (state.cohort, state.offering)
            if same and before.digests == state.digests[:known]:
                return known, states
        return 0, [part.analysis.initial(part.subject) for part in self.parts]

    def finished(self, state: PublicState) -> list[tuple[Part, Any]]:
        """Return the parts that need no further total, each with its public state."""
        pairs = zip(self.parts, self.states(state), strict=True)
        return [(part, own) for part, own in pairs if not part.analysis.layout(own)]

    def missing(self, state: PublicState) -> list[dict[str, str]]:
        """Return ``measure`` and ``analysis`` of what a job that stops here leaves out."""
        pairs = zip(self.parts, self.states(state), strict=True)
        left = (
            (part.subject.measure.id, part.analysis.name)
            for part, own in pairs
            if part.analysis.layout(own)
        )
        return [{"measure": m, "analysis": analysis} for m, analysis in dict.fromkeys(left)]

    def _blocks(self, state: PublicState) -> Iterator[tuple[Part, Any, list[Block]]]:
        for part, own in zip(self.parts, self.states(state), strict=True):
            yield part, own, prefixed(part, own)

    def _layout_of(self, states: Sequence[Any]) -> Layout:
        blocks = [
            block
            for part, own in zip(self.parts, states, strict=True)
            for block in prefixed(part, own)
        ]
        return Layout(tuple(blocks), self._sites)

    def _combine(
        self, part: Part, own: Any, decoded: Mapping[str, NDArray[Any]], state: PublicState
    ) -> Any:
        prefix = part.prefix
        total = {k.removeprefix(prefix): v for k, v in decoded.items() if k.startswith(prefix)}
        return part.analysis.combine(own, total, offering_of(part.subject, state)) if total else own


class SiteCollectionPlan(CollectionPlan):
    """The plan at one site: the public plan and this site's own summaries.

    Parameters
    ----------
    parts, sites
        As for the public plan.
    site
        This site.
    summaries
        Measure id to what the engine computed; a measure the site does not offer is absent.
    segment
        The part of the charter's partition that the site belongs to: it adds to no other.
    """

    def __init__(
        self,
        parts: Sequence[Part],
        sites: int,
        site: str,
        summaries: Mapping[str, MeasureSummary],
        segment: str = "*",
    ) -> None:
        super().__init__(parts, sites)
        self._segment = segment
        self._site = site
        self._summaries = summaries

    @property
    def offered(self) -> frozenset[str]:
        """Atoms in which this site has data."""
        return frozenset(
            part.subject.atom(period)
            for part in self.parts
            if (summary := self._summary(part.subject)) is not None
            for period in set(part.subject.periods).intersection(summary.periods)
        )

    def values(self, state: PublicState) -> dict[str, NDArray[Any]]:
        """Return this site's numbers for the next step."""
        values: dict[str, NDArray[Any]] = {}
        for part, own, blocks in self._blocks(state):
            summary = self._offered(part.subject, state)
            found = part.analysis.summarise(own, summary) if summary and blocks else {}
            for block in blocks:
                name = block.name.removeprefix(part.prefix)
                values[block.name] = found.get(name, zeros(block))
        return values

    def _offered(self, subject: Subject, state: PublicState) -> MeasureSummary | None:
        """Keep what this site offers: a period it declared "none" stays out of every unit."""
        summary = self._summary(subject)
        if summary is None or not state.offering:
            return summary
        kept = {p for p in subject.periods if self._site in state.offering.get(subject.atom(p), ())}
        return summary.restricted(kept)

    def _summary(self, subject: Subject) -> MeasureSummary | None:
        if subject.segment != self._segment:
            return None
        return self._summaries.get(subject.measure.id)


def zeros(block: Block) -> NDArray[Any]:
    """Return nothing, in the form of a block."""
    return np.zeros(block.shape, dtype=np.int64 if block.kind == "count" else np.float64)


def prefixed(part: Part, own: Any) -> list[Block]:
    """Return the blocks of a part's next step under names that are unique in the job."""
    blocks = part.analysis.layout(own)
    return [replace(block, name=part.prefix + block.name) for block in blocks]


def offering_of(subject: Subject, state: PublicState) -> Offering:
    """Return period -> sites for one subject."""
    return {p: state.offering.get(subject.atom(p), ()) for p in subject.periods}


def build_parts(spec: JobSpec, measures: Mapping[str, Measure], minimum: int) -> tuple[Part, ...]:
    """Join the job's words to definitions and analyses.

    Raises
    ------
    DefinitionError
        If an analysis is unknown or must not stand beside another, or a measure is missing.
    PolicyError
        If a measure at hand is not the one the programme names.
    """
    check_together(spec.analyses)
    parts = []
    for planned in spec.measures:
        measure = measures.get(planned.id)
        if measure is None:
            raise DefinitionError(f"job {spec.job}: the definition of {planned.id} is missing")
        if measure.digest != planned.digest:
            raise PolicyError(
                f"job {spec.job}: the definition of {planned.id} at hand has digest "
                f"{measure.digest[:16]}…, the programme names {planned.digest[:16]}…; "
                "the centre must publish the agreed version"
            )
        periods = tuple(spec.periods[planned.id])
        for segment in spec.segments:
            subject = Subject(measure, planned.lineage, periods, minimum, segment)
            parts += [Part(subject, analysis_named(name)) for name in spec.analyses]
    return tuple(parts)


def build_public_plan(
    spec: JobSpec, measures: Mapping[str, Measure], sites: int, minimum: int
) -> CollectionPlan:
    """Return the plan as the aggregator and auditors know it."""
    return CollectionPlan(build_parts(spec, measures, minimum), sites)


def build_site_plan(
    spec: JobSpec,
    measures: Mapping[str, Measure],
    summaries: Mapping[str, MeasureSummary],
    site: str,
    sites: int,
    minimum: int,
    segment: str = "*",
) -> SiteCollectionPlan:
    """Return the plan at one site."""
    parts = build_parts(spec, measures, minimum)
    return SiteCollectionPlan(parts, sites, site, summaries, segment)
