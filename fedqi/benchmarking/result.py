"""Results (what everyone may see) and positions (what one hospital sees), as plain data."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

from fedqi.benchmarking.plan import CollectionPlan, Part
from fedqi.measures import MeasureSummary
from fedqi.secagg.state import PublicState

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class MeasureResult:
    """One measure in one period: sums over the sites that stand behind it.

    Parameters
    ----------
    measure, version, period
        What was counted, and when ("all": all released periods).
    sites, providers
        How many stand behind the sums.
    observed, denominator
        The sums.
    survivors
        Ids of the sites behind the sums, sorted.
    transcript
        SHA-256 over documents, plan, cohort and every verified total, hex.
    analyses
        Analysis name to its figures.
    segment
        The peer group that was summed, ``*`` where the members are not divided.
    """

    measure: str
    version: str
    period: str
    sites: int
    providers: int
    observed: int
    denominator: int
    survivors: tuple[str, ...]
    transcript: str
    analyses: Mapping[str, Any]
    segment: str = "*"


@dataclass(frozen=True, slots=True)
class Result:
    """What a job releases to all."""

    results: tuple[MeasureResult, ...]
    schema_version: int = SCHEMA_VERSION

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON; floats are not rounded."""
        return {
            "schema_version": self.schema_version,
            "results": [plain(result) for result in self.results],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read back what :meth:`to_dict` wrote.

        Raises
        ------
        pydantic.ValidationError
            If the data are not of this schema version.
        """
        from pydantic import TypeAdapter

        return TypeAdapter(cls).validate_python(data)

    def find(self, measure: str, period: str, segment: str | None = None) -> MeasureResult:
        """Return the result of one measure in one period.

        Parameters
        ----------
        measure, period
            What was counted, and when.
        segment
            The peer group; may be left out where only one has released it.

        Raises
        ------
        KeyError
            If it was not released, or by several peer groups and none is named.
        """
        found = [
            result
            for result in self.results
            if (result.measure, result.period) == (measure, period)
            and segment in (None, result.segment)
        ]
        if len(found) != 1:
            groups = ", ".join(result.segment for result in found)
            what = f"released by {groups}; name one" if found else "not released"
            raise KeyError(f"{measure}, {period}: {what}")
        return found[0]

    def within(self, segment: str) -> Self:
        """Return what one peer group has released, as its members compare themselves."""
        own = tuple(result for result in self.results if result.segment == segment)
        return replace(self, results=own)

    def overall(self, measure: str, period: str) -> tuple[int, int]:
        """Return observed and denominator of all peer groups that released, added up."""
        found = [r for r in self.results if (r.measure, r.period) == (measure, period)]
        return sum(r.observed for r in found), sum(r.denominator for r in found)


@dataclass(frozen=True, slots=True)
class Position:
    """Where one provider stands in one measure and period; known at its own site only."""

    measure: str
    version: str
    period: str
    provider: str
    observed: int
    denominator: int
    analyses: Mapping[str, Any] = field(default_factory=dict)
    segment: str = "*"

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON; floats are not rounded."""
        found: dict[str, Any] = plain(self)
        return found


def plain(value: Any) -> Any:
    """Turn nested dataclasses into JSON data, leaving out what does not apply (None)."""
    if hasattr(value, "__dataclass_fields__"):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items() if item is not None}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return value


def collect_results(plan: CollectionPlan, state: PublicState, transcript: str) -> Result:
    """Join the finished analyses of a job, measure by measure and period by period."""
    found: dict[tuple[str, str, str], MeasureResult] = {}
    for part, own in plan.finished(state):
        for period, unit in part.analysis.results(own).items():
            key = (part.subject.measure.id, part.subject.segment, period)
            analyses = dict(found[key].analyses) if key in found else {}
            found[key] = MeasureResult(
                measure=part.subject.measure.id,
                version=part.subject.measure.version,
                period=period,
                sites=len(unit.sites),
                providers=unit.providers,
                observed=unit.observed,
                denominator=unit.denominator,
                survivors=unit.sites,
                transcript=transcript,
                analyses=analyses | {part.analysis.name: unit.detail},
                segment=part.subject.segment,
            )
    return Result(tuple(found.values()))


def collect_positions(
    plan: CollectionPlan,
    state: PublicState,
    summaries: Mapping[str, MeasureSummary],
    site: str,
    segment: str = "*",
) -> tuple[Position, ...]:
    """Compute every position of one site, in the cohort or not, within its own peer group."""
    found: dict[tuple[str, str, str], Position] = {}
    for part, own in plan.finished(state):
        summary = summaries.get(part.subject.measure.id)
        if summary is not None and part.subject.segment == segment:
            _add_positions(found, part, own, summary, site)
    return tuple(found.values())


def _add_positions(
    found: dict[tuple[str, str, str], Position],
    part: Part,
    own: Any,
    summary: MeasureSummary,
    site: str,
) -> None:
    measure = part.subject.measure
    for unit in part.analysis.positions(own, summary, site):
        key = (measure.id, unit.period, unit.provider)
        analyses = dict(found[key].analyses) if key in found else {}
        found[key] = Position(
            measure=measure.id,
            version=measure.version,
            period=unit.period,
            provider=unit.provider,
            observed=unit.observed,
            denominator=unit.denominator,
            analyses=analyses | {part.analysis.name: unit.detail},
            segment=part.subject.segment,
        )
