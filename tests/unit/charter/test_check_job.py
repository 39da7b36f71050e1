"""A job outside the charter or the programme is refused, and what is outside is named."""

from datetime import date
from hashlib import sha256

import pytest

from fedqi.charter import JobSpec, canonical_json, check_job, read_document
from fedqi.errors import PolicyError
from tests.unit.charter.documents import COPD, HF, make_documents, make_job

TODAY = date(2026, 5, 4)
GENESIS = make_documents().genesis()


@pytest.mark.parametrize(
    "job",
    [
        make_job(),
        make_job((HF, COPD), {"hf": ("2016-Q1", "2016-Q2"), "copd": ("2019",)}),
        make_job((COPD,), {"copd": ("all",)}),
        make_job(analyses=("hierarchical", "crude")),
    ],
)
def test_a_planned_job_passes(job: JobSpec) -> None:
    check_job(GENESIS, job, TODAY)


@pytest.mark.parametrize(
    ("job", "reason"),
    [
        (make_job((HF.model_copy(update={"id": "ami"}),)), "measure ami is not in the programme"),
        (make_job((HF.model_copy(update={"digest": "33" * 32}),)), "digest 3333.* expected"),
        (make_job((HF.model_copy(update={"version": "1.0.1"}),)), "version 1.0.1 found, 1.0.0"),
        (
            make_job((HF.model_copy(update={"lineage": "stroke"}),)),
            "'stroke' is not in the charter",
        ),
        (make_job((HF.model_copy(update={"lineage": "copd-stays"}),)), "lineage copd-stays found"),
        (make_job((HF, HF)), "named twice"),
        (make_job(()), "no measure"),
        (make_job(analyses=()), "no analysis"),
        (make_job(analyses=("bisect",)), "analysis bisect is not in collection both; .* heart"),
        (
            make_job((HF, COPD), analyses=("hierarchical",)),
            "hierarchical is not in collection both",
        ),
        (make_job(periods={"hf": ("2016-04",)}), "2016-04 is finer than the charter's quarter"),
        (make_job(periods={"hf": ("2016-Q1", "2016-Q1")}), "period is named twice"),
        (make_job(periods={"copd": ("2016",)}, atoms=("copd-stays|2016|*",)), "exactly the meas"),
        (make_job(periods={"hf": ()}), "exactly the measures"),
        (make_job(atoms=()), "atoms are not those"),
        (make_job(atoms=("heart-failure|2016-Q1|north",)), "atoms are not those"),
        (make_job(atoms=("heart-failure|2016-Q1|*", "heart-failure|2016-Q2|*")), "atoms are not"),
        (
            make_job(periods={"hf": ("2016-Q3",)}, analyses=("hierarchical",)),
            "period 2016-Q3 is not in collection heart",
        ),
    ],
)
def test_a_job_outside_is_refused_and_named(job: JobSpec, reason: str) -> None:
    with pytest.raises(PolicyError, match=reason) as caught:
        check_job(GENESIS, job, TODAY)
    assert str(caught.value).startswith("job spring: ")


def test_measures_that_no_collection_carries_together_are_refused() -> None:
    documents = make_documents()
    apart = tuple(
        collection.model_copy(update={"measures": (measure,)})
        for collection, measure in zip(documents.programme.collections, ("hf", "copd"), strict=True)
    )
    programme = documents.programme.model_copy(update={"collections": apart})
    genesis = GENESIS.model_copy(update={"programme": programme})
    with pytest.raises(PolicyError, match="no collection carries copd, hf together"):
        check_job(genesis, make_job((HF, COPD)), TODAY)


def test_the_last_day_of_the_programme_counts() -> None:
    check_job(GENESIS, make_job(), date(2027, 6, 30))
    with pytest.raises(PolicyError, match="expired on 2027-06-30, today is 2027-07-01"):
        check_job(GENESIS, make_job(), date(2027, 7, 1))


def test_the_plan_hash_is_that_of_the_canonical_json() -> None:
    job = make_job()
    content = {
        "job": "spring",
        "measures": [HF.model_dump()],
        "analyses": ["crude"],
        "atoms": ["heart-failure|2016-Q1|*"],
        "periods": {"hf": ["2016-Q1"]},
    }
    assert job.plan_hash == sha256(canonical_json(content)).digest()
    assert read_document(JobSpec, content) == job


def test_atoms_shared_by_two_measures_are_listed_once() -> None:
    other = HF.model_copy(update={"id": "hf-mortality"})
    job = make_job((HF, other), {"hf": ("2016", "2017"), "hf-mortality": ("2017", "2018")})
    assert job.atoms == tuple(f"heart-failure|{year}|*" for year in (2016, 2017, 2018))
