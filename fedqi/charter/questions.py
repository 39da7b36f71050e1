"""One atom, one question: what was summed once over an atom is all that is ever summed over it.

Two definitions that differ in one hospital, or bins over two calendars, would let the difference
of two releases over the same set isolate that hospital.
"""

from collections.abc import Collection, Iterable

from fedqi.charter.documents import PlannedMeasure
from fedqi.charter.jobs import JobSpec, planned_atoms
from fedqi.errors import PolicyError

Question = tuple[str, tuple[str, ...], tuple[str, ...]]
"""Digest of the measure, its periods and the analyses."""


def check_questions(job: JobSpec, taken: Collection[str], earlier: Iterable[JobSpec]) -> None:
    """Refuse a job that asks another question of data that were summed before.

    Parameters
    ----------
    job
        What is announced.
    taken
        Atoms that are open or bound at this site.
    earlier
        Jobs in which this site took part.

    Raises
    ------
    PolicyError
        Naming the measure.
    """
    asked = {question(before, measure) for before in earlier for measure in before.measures}
    for measure in job.measures:
        atoms = planned_atoms((measure,), job.periods, job.segments)
        if not set(atoms).isdisjoint(taken) and question(job, measure) not in asked:
            raise PolicyError(
                f"job {job.job}: {measure.id} asks for events of lineage {measure.lineage} that "
                "were summed before, by another definition, other analyses or another list of "
                "periods; the difference could single out one hospital, so only the same "
                "question may be asked again. The coordinating centre must plan these together"
            )


def question(job: JobSpec, measure: PlannedMeasure) -> Question:
    """Return what a job asks of one measure."""
    return measure.digest, tuple(job.periods[measure.id]), tuple(job.analyses)
