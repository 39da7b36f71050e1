"""A job's specification, and whether the charter and the programme allow it."""

from datetime import date
from itertools import combinations

from fedqi.charter.canonical import Document
from fedqi.charter.documents import Charter, Collection, Identifier, Period, PlannedMeasure
from fedqi.charter.genesis import Genesis
from fedqi.charter.periods import is_finer
from fedqi.errors import PolicyError


class JobSpec(Document):
    """What one job is to sum. Its hash is the plan of every attempt.

    Parameters
    ----------
    atoms
        ``lineage|period|segment``, each once; together exactly those of measures and periods.
    periods
        Measure id to its periods.
    """

    job: Identifier
    measures: tuple[PlannedMeasure, ...]
    analyses: tuple[Identifier, ...]
    atoms: tuple[str, ...]
    periods: dict[Identifier, tuple[Period, ...]]

    @property
    def plan_hash(self) -> bytes:
        """SHA-256 of the canonical JSON, 32 bytes."""
        return self.sha256

    @property
    def segments(self) -> tuple[str, ...]:
        """Segments of its atoms, in their order."""
        return tuple(dict.fromkeys(atom.rpartition("|")[2] for atom in self.atoms))


def planned_atoms(
    measures: tuple[PlannedMeasure, ...],
    periods: dict[str, tuple[str, ...]],
    partition: tuple[str, ...] = ("*",),
) -> tuple[str, ...]:
    """List the atoms of a job, in the order that every party uses.

    Parameters
    ----------
    measures
        Measures of the job.
    periods
        Measure id to its periods.
    partition
        Segments of the charter.

    Returns
    -------
    tuple of str
        ``lineage|period|segment`` in the order of measures, segments and periods, each once.
    """
    names = (
        f"{measure.lineage}|{period}|{segment}"
        for measure in measures
        for segment in partition
        for period in periods[measure.id]
    )
    return tuple(dict.fromkeys(names))


def check_job(genesis: Genesis, job: JobSpec, today: date) -> None:
    """Refuse a job that lies outside the charter or the programme.

    Parameters
    ----------
    genesis
        Verified documents.
    job
        What the aggregator announces.
    today
        The site's date.

    Raises
    ------
    PolicyError
        Naming everything that is outside.
    """
    programme = genesis.programme
    if programme.expires is not None and today > programme.expires:
        _refuse(job, [f"the programme expired on {programme.expires}, today is {today}"])
    faults = _measure_faults(genesis, job) + _period_faults(genesis.charter, job)
    if not faults:
        faults = _carrying_faults(programme.collections, job)
    if faults:
        _refuse(job, faults)


def _refuse(job: JobSpec, faults: list[str]) -> None:
    raise PolicyError(
        f"job {job.job}: {'; '.join(faults)}; the coordinating centre must keep to what the "
        "members signed"
    )


def _measure_faults(genesis: Genesis, job: JobSpec) -> list[str]:
    planned = {measure.id: measure for measure in genesis.programme.measures}
    faults = collection_faults(job.measures)
    for measure in job.measures:
        faults += _one_measure(genesis.charter, planned.get(measure.id), measure)
    return faults


def collection_faults(measures: tuple[PlannedMeasure, ...]) -> list[str]:
    """Say why these measures cannot be summed in one job, whoever asks for it."""
    faults = [] if measures else ["no measure is named"]
    for one, other in combinations(measures, 2):
        if (one.id, one.version) == (other.id, other.version):
            faults.append(f"measure {one.id} is named twice")
        elif one.id == other.id or one.lineage == other.lineage:
            faults.append(
                f"{one.id} {one.version} and {other.id} {other.version} count the same events, "
                "and their difference could single out a patient; each needs a run of its own"
            )
    return faults


def _one_measure(
    charter: Charter, planned: PlannedMeasure | None, found: PlannedMeasure
) -> list[str]:
    if found.lineage not in charter.lineages:
        return [f"measure {found.id}: lineage {found.lineage!r} is not in the charter"]
    if planned is None:
        return [f"measure {found.id} is not in the programme"]
    return [
        f"measure {found.id}: {field} {getattr(found, field)} found, "
        f"{getattr(planned, field)} expected by the programme"
        for field in ("version", "digest", "lineage")
        if getattr(found, field) != getattr(planned, field)
    ]


def _period_faults(charter: Charter, job: JobSpec) -> list[str]:
    ids = {measure.id for measure in job.measures}
    if set(job.periods) != ids or not all(job.periods.values()):
        return ["periods are not given for exactly the measures of the job"]
    faults = [
        f"measure {measure}: period {period} is finer than the charter's {charter.finest_period}"
        for measure, periods in job.periods.items()
        for period in periods
        if is_finer(period, charter.finest_period)
    ]
    if any(len(set(periods)) < len(periods) for periods in job.periods.values()):
        faults.append("a period is named twice")
    if job.atoms != planned_atoms(job.measures, job.periods, charter.partition):
        faults.append("its atoms are not those of its measures, its periods and the segments")
    return faults


def _carrying_faults(collections: tuple[Collection, ...], job: JobSpec) -> list[str]:
    ids = {measure.id for measure in job.measures}
    carrying = [collection for collection in collections if ids <= set(collection.measures)]
    if not carrying:
        return [f"no collection carries {', '.join(sorted(ids))} together"]
    faults = [_one_collection(collection, job) for collection in carrying]
    return [] if not all(faults) else [fault for found in faults for fault in found]


def _one_collection(collection: Collection, job: JobSpec) -> list[str]:
    faults = [
        f"analysis {analysis} is not in collection {collection.id}"
        for analysis in job.analyses
        if analysis not in collection.analyses
    ]
    if not job.analyses:
        faults.append("no analysis is named")
    if collection.periods == "any":
        return faults
    wanted = {period for periods in job.periods.values() for period in periods}
    unplanned = sorted(wanted - set(collection.periods))
    return faults + [f"period {name} is not in collection {collection.id}" for name in unplanned]
