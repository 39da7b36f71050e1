"""One atom, one question."""

import pytest

from fedqi.charter import JobSpec, PlannedMeasure, check_questions, planned_atoms
from fedqi.errors import PolicyError


def job(name: str, periods: tuple[str, ...], digest: str = "a", analysis: str = "crude") -> JobSpec:
    measure = PlannedMeasure(id="hf", version="1.0.0", digest=digest * 64, lineage="hf")
    return JobSpec(
        job=name,
        measures=(measure,),
        analyses=(analysis,),
        atoms=planned_atoms((measure,), {"hf": periods}),
        periods={"hf": periods},
    )


FIRST = job("first", ("2020-01", "2020-02"))


def test_the_same_question_may_be_asked_again() -> None:
    check_questions(job("second", ("2020-01", "2020-02")), FIRST.atoms, [FIRST])


def test_new_months_are_new_questions() -> None:
    check_questions(job("second", ("2020-03",)), FIRST.atoms, [FIRST])


def test_atoms_that_were_freed_again_may_be_asked_anything() -> None:
    check_questions(job("second", ("2020-01",), digest="b"), (), [FIRST])


@pytest.mark.parametrize(
    "other",
    [
        job("second", ("2020-01", "2020-02"), digest="b"),
        job("second", ("2020-01", "2020-02"), analysis="other"),
        job("second", ("2020-01", "2020-02", "2020-03")),
        job("second", ("2020-01",)),
    ],
    ids=["another definition", "another analysis", "a longer calendar", "a shorter calendar"],
)
def test_another_question_over_the_same_events_is_refused(other: JobSpec) -> None:
    with pytest.raises(PolicyError, match="single out one hospital"):
        check_questions(other, FIRST.atoms, [FIRST])
