"""The risk model by which a case is unexpected: frozen in the measure, or released by a job."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from fedqi.errors import ConfigurationError
from fedqi.measures import Measure
from site_agent import jobs
from site_agent.state import StateDirectory
from site_agent.work import read_spec

ANALYSES = ("standardised", "hierarchical")
"""Analyses that release coefficients, the one that is taken first."""


class Model(NamedTuple):
    """Coefficients by name of the model's column, and where they are from."""

    name: str
    coefficients: Mapping[str, float]


def find_model(state: StateDirectory, measure: Measure, job: str | None) -> Model:
    """Return the model of a measure.

    Parameters
    ----------
    state
        Has the results of the jobs.
    measure
        The very definition whose model it is.
    job
        Whose released model; without it the frozen one of the measure, or that of the only job
        that released one here.

    Raises
    ------
    ConfigurationError
        If there is none, or several; says what can be done.
    """
    frozen = measure.risk_model.coefficients if measure.risk_model is not None else None
    if job is None and frozen is not None:
        return Model("frozen in the measure", frozen)
    records = jobs.all_records(state) if job is None else [jobs.require(state, job)]
    found = [model for record in records if (model := _released(state, measure, record))]
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(model.name for model in found)
        raise ConfigurationError(f"{measure.name}: several models are here ({names}); add --job")
    where = "no job here has" if job is None else f"job {job} has not"
    raise ConfigurationError(
        f"{measure.name}: there is no risk model to predict by: it has no frozen coefficients, and "
        f"{where} released a fitted model of this definition (analysis standardised or "
        "hierarchical); choose another set, or wait for such a job"
    )


def _released(state: StateDirectory, measure: Measure, record: jobs.JobRecord) -> Model | None:
    document = state.load_result(record.job)
    if document is None:
        return None
    if measure.digest not in {planned.digest for planned in read_spec(record).measures}:
        return None
    released = [r["analyses"] for r in document["results"] if r["measure"] == measure.id]
    for analysis in ANALYSES:
        for each in released:
            coefficients = _coefficients(each.get(analysis))
            if coefficients is not None:
                return Model(f"{analysis} of job {record.job}", coefficients)
    return None


def _coefficients(detail: dict[str, Any] | None) -> Mapping[str, float] | None:
    """Return the coefficients; a failed analysis has none."""
    return None if detail is None else detail.get("coefficients")
