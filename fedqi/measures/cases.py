"""Which rows stand behind a figure, as SQL. Its answer holds keys: it stays at the site."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple, get_args

from fedqi.errors import ConfigurationError
from fedqi.measures.definition import Measure
from fedqi.measures.predicted import predicted_sql
from fedqi.measures.stages import Stage, needed_columns, stages

CaseSet = Literal["numerator", "denominator", "excluded", "missing", "unexpected"]
CASE_SETS: tuple[CaseSet, ...] = get_args(CaseSet)

FAR = 3.0
"""An outcome is unexpected beyond so many standard deviations from what the model predicts: an
event at a risk below 10 %, or none at a risk above 90 %."""

VALUE = "value"
"""How a missing value or score is named beside missing columns."""


class CaseQuestion(NamedTuple):
    """SQL for one set of cases.

    Parameters
    ----------
    columns
        What is told of a case, as expressions; after the keys in the answer.
    condition
        Which rows are cases.
    """

    columns: Sequence[str]
    condition: str


def case_question(
    measure: Measure,
    chosen: CaseSet,
    coefficients: Mapping[str, float] | None = None,
) -> CaseQuestion:
    """Return what to ask of :func:`fedqi.measures.stages.staged_rows`.

    Parameters
    ----------
    measure
        What counts.
    chosen
        ``numerator``: rows that add to it (of a value: that have one). ``denominator``: rows that
        count; told is whether they add to the numerator, 1 or 0. ``excluded``: rows of the initial
        population that do not count; told is the number of the first stage they fail.
        ``missing``: rows without a value that the definition asks for; told is 1 or 0 for each of
        :func:`told_missing`. ``unexpected``: rows that count and lie more than :data:`FAR`
        standard deviations from the prediction; told are outcome and prediction.
    coefficients
        Column of the risk model to its coefficient, for ``unexpected``; 0 for absent columns.

    Raises
    ------
    ConfigurationError
        If ``unexpected`` is asked without a model.
    """
    if chosen == "excluded":
        return _excluded(stages(measure))
    if chosen == "missing":
        return _missing(measure)
    counts = _all(stages(measure))
    if chosen == "unexpected":
        return _unexpected(measure, counts, coefficients)
    if chosen == "denominator":
        return CaseQuestion([f"CASE WHEN {_EVENT} THEN 1 ELSE 0 END"], counts)
    return CaseQuestion([], f"{counts} AND {_EVENT}")


def exclusion_keys(measure: Measure) -> tuple[str, ...]:
    """Return the stages that ``excluded`` numbers."""
    return tuple(stage.key for stage in stages(measure) if stage.key != _POPULATION)


def missing_names(measure: Measure) -> tuple[str, ...]:
    """Return what can be missing, in the order of the columns told of ``missing``."""
    return (*needed_columns(measure), *[VALUE] * (measure.scale is not None))


_POPULATION = "initial_population"
_EVENT = '"@numerator" > 0'


def _all(passed: Iterable[Stage]) -> str:
    return " AND ".join(stage.condition for stage in passed) or "TRUE"


def _excluded(path: Sequence[Stage]) -> CaseQuestion:
    steps = [stage for stage in path if stage.key != _POPULATION]
    failed = " ".join(f"WHEN NOT ({stage.condition}) THEN {n}" for n, stage in enumerate(steps))
    inside = _all(stage for stage in path if stage.key == _POPULATION)
    told = f"CASE {failed} END" if steps else "0"
    return CaseQuestion([told], f"{inside} AND NOT ({_all(steps)})")


def _missing(measure: Measure) -> CaseQuestion:
    """Ask for a value that every row must have in every row, for others in the population."""
    path = stages(measure)
    population = _all(s for s in path if s.key in (_POPULATION, "denominator_exclusion"))
    columns = measure.dataset.columns
    told = [
        f'"@lacks {name}"'
        if name in columns and columns[name].required
        else f'CASE WHEN {population} THEN "@lacks {name}" ELSE 0 END'
        for name in needed_columns(measure)
    ]
    if measure.scale is not None:
        told.append(f'CASE WHEN {_all(path)} AND "@raw" IS NULL THEN 1 ELSE 0 END')
    return CaseQuestion(told, f"({' + '.join(told) or '0'}) > 0")


def _unexpected(
    measure: Measure, counts: str, coefficients: Mapping[str, float] | None
) -> CaseQuestion:
    if measure.design is None or coefficients is None:
        raise ConfigurationError(
            f"{measure.name}: without a risk model nothing is expected of a patient, so nothing "
            "can be unexpected; choose another set, or a measure with a risk_model"
        )
    risk = predicted_sql(measure, coefficients)
    mean = f'"@denominator" * ({risk})'
    variance = mean if measure.exposure is not None else f"{mean} * (1 - ({risk}))"
    # Squared, so that a variance of 0 divides nothing.
    far = f'power("@numerator" - {mean}, 2) > {FAR**2!r} * {variance}'
    return CaseQuestion(['"@numerator"', mean], f"{counts} AND {far}")
