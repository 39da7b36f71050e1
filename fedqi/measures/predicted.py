"""What a risk model predicts of a row, as SQL: the model goes to the rows, not they to it."""

from collections.abc import Iterator, Mapping

from fedqi.measures.definition import Measure
from fedqi.measures.risk import MISSING_LEVEL
from fedqi.stats.regression_design import INTERCEPT, CategoryTerm, NumberTerm, SplineTerm, Term

_STEEPEST = 500.0
"""Beyond this score a risk is 0 or 1 in double precision, and PostgreSQL's exp fails."""


def predicted_sql(measure: Measure, coefficients: Mapping[str, float]) -> str:
    """Return SQL for the prediction of one unit of a row's denominator.

    Parameters
    ----------
    measure
        With a risk model.
    coefficients
        Column of the model to its coefficient, in its own units; 0 for absent columns: a level
        that was joined to the reference, or a term that was left out.

    Returns
    -------
    str
        Over the columns ``@NAME`` of :func:`fedqi.measures.stages.staged_rows`: a risk from 0 to
        1, or the rate per unit of exposure. NULL where a covariate is.
    """
    assert measure.design is not None
    parts = [repr(float(coefficients.get(INTERCEPT, 0.0)))]
    for term in measure.design.terms:
        parts.append(_term(measure, term, coefficients))
    score = f"greatest(-{_STEEPEST}, least({_STEEPEST}, {' + '.join(parts)}))"
    # Where a covariate is NULL, greatest and least pass over it.
    known = " AND ".join(_known(measure, term) for term in measure.design.terms) or "TRUE"
    value = f"exp({score})" if measure.exposure is not None else f"1 / (1 + exp(-{score}))"
    return f"CASE WHEN {known} THEN {value} END"


def _known(measure: Measure, term: Term) -> str:
    if isinstance(term, CategoryTerm) and measure.missing.get(term.name) == "category":
        return "TRUE"
    return f'"@{term.name}" IS NOT NULL'


def _term(measure: Measure, term: Term, coefficients: Mapping[str, float]) -> str:
    column = f'"@{term.name}"'
    if isinstance(term, CategoryTerm):
        return _levels(measure, term, coefficients)
    weights = [repr(float(coefficients.get(name, 0.0))) for name in term.columns]
    if isinstance(term, NumberTerm):
        return f"({weights[0]}) * {column}"
    basis = [column, *_cubics(term)]
    return " + ".join(f"({w}) * {each}" for w, each in zip(weights, basis, strict=True))


def _levels(measure: Measure, term: CategoryTerm, coefficients: Mapping[str, float]) -> str:
    missing = measure.missing.get(term.name) == "category"
    named = zip(term.levels[1:], term.columns, strict=True)
    weights = {level: repr(float(coefficients.get(name, 0.0))) for level, name in named}
    otherwise = weights.pop(MISSING_LEVEL) if missing else "0.0"
    cases = " ".join(
        f"WHEN '{level.replace(chr(39), chr(39) * 2)}' THEN {weight}"
        for level, weight in {term.levels[0]: "0.0", **weights}.items()
    )
    return f'(CASE "@{term.name}" {cases} ELSE {otherwise} END)'


def _cubics(term: SplineTerm) -> Iterator[str]:
    """Yield Harrell's cubics, as :func:`fedqi.stats.regression_design.restricted_cubic_spline`."""
    *inner, before, last = term.knots
    square = (last - term.knots[0]) ** 2

    def cube(knot: float) -> str:
        return f'power(greatest("@{term.name}" - {knot!r}, 0.0), 3)'

    for knot in inner:
        up = (last - knot) / (last - before)
        down = (before - knot) / (last - before)
        bends = f"{cube(knot)} - {cube(before)} * {up!r} + {cube(last)} * {down!r}"
        yield f"(({bends}) / {square!r})"
