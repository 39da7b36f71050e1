"""Measures: read from files for the programme, read back from the store for a job."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection

from aggregator.genesis import MeasureDocument, load_measure_bodies
from aggregator.rules import Work
from fedqi.benchmarking.plan import build_public_plan
from fedqi.charter import Genesis, JobSpec, PlannedMeasure
from fedqi.errors import DefinitionError
from fedqi.measures import Measure, parse_measure
from fedqi.secagg.parameters import group_minimum


def read_measures(paths: Sequence[Path]) -> list[MeasureDocument]:
    """Read measure files for a programme.

    Raises
    ------
    DefinitionError
        When a file is not a valid measure, or one id comes twice.
    """
    from fedqi.engine import load_measure  # heavy, and the server never needs it

    found: dict[str, MeasureDocument] = {}
    for path in paths:
        measure = load_measure(path)
        if measure.id in found:
            raise DefinitionError(f"{path}: a measure {measure.id} was read already")
        found[measure.id] = _document(measure)
    return list(found.values())


def work_of(connection: Connection, genesis: Genesis, spec: JobSpec) -> Work:
    """Return what a job sums.

    Raises
    ------
    DefinitionError
        When a measure of the job is not stored.
    """
    charter = genesis.charter
    minimum = group_minimum(charter.collusion_bound, charter.min_others)
    members = len(genesis.roster.members)
    measures = stored_measures(connection, genesis)
    return Work(spec, build_public_plan(spec, measures, members, minimum))


def stored_measures(connection: Connection, genesis: Genesis) -> dict[str, Measure]:
    """Return the measures of the programme by their ids.

    Raises
    ------
    DefinitionError
        When one is not stored.
    """
    bodies = load_measure_bodies(connection)
    return {
        planned.id: parse_measure(_body(bodies, planned)) for planned in genesis.programme.measures
    }


def _body(bodies: dict[tuple[str, str], bytes], planned: PlannedMeasure) -> bytes:
    body = bodies.get((planned.id, planned.version))
    if body is None:
        raise DefinitionError(
            f"measure {planned.id} {planned.version} is not stored here; the operator must "
            "restore the database"
        )
    return body


def _document(measure: Measure) -> MeasureDocument:
    planned = PlannedMeasure(
        id=measure.id,
        version=measure.version,
        digest=measure.digest,
        lineage=measure.lineage,
    )
    return MeasureDocument(planned, measure.canonical_json)
