"""The risk model of a measure: which covariates, as what, and perhaps a frozen reference."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from fedqi.measures.dataset import Bound, Column, ColumnName, Part, as_tuple
from fedqi.stats.regression_design import (
    CategoryTerm,
    Design,
    NumberTerm,
    SplineTerm,
    Term,
)

MISSING_LEVEL = "missing"
"""Level of patients without a value, where the measure makes missing values a category."""

FEWEST_KNOTS = 3

TermKind = Literal["number", "category", "spline"]
MissingRule = Literal["category", "exclude", "error"]


class RiskTerm(Part):
    """One covariate of the risk model.

    Parameters
    ----------
    term
        A column of the dataset.
    kind
        Written ``as``: ``number``, ``category`` or ``spline``. By default what the column's type
        suggests: a category for text, booleans and whatever lists the allowed values.
    reference
        Reference level of a category; otherwise the first allowed one, or false.
    knots
        Knots of a spline, at least three, rising, within the column's bounds.
    """

    term: ColumnName
    kind: Annotated[TermKind | None, Field(alias="as")] = None
    reference: str | None = None
    knots: Annotated[tuple[Bound, ...], BeforeValidator(as_tuple)] = ()


def _as_term(value: object) -> object:
    return {"term": value} if isinstance(value, str) else value


def _as_terms(value: object) -> object:
    return tuple(map(_as_term, value)) if isinstance(value, list | tuple) else value


class RiskModel(Part):
    """Covariates by which hospitals' patients are made comparable.

    Parameters
    ----------
    terms
        In model order.
    coefficients
        A frozen reference model: column of the model, such as ``(Intercept)``, ``age`` or
        ``type[2]``, to its coefficient. The model that is fitted to the sites' own patients
        stands beside it.
    """

    terms: Annotated[tuple[RiskTerm, ...], BeforeValidator(_as_terms)] = ()
    coefficients: dict[str, Bound] | None = None


def kind_of(term: RiskTerm, column: Column) -> TermKind:
    """Return how a covariate enters, by the term or else by the type of its column."""
    if term.kind is not None:
        return term.kind
    listed = column.allowed is not None or column.type in ("string", "boolean")
    return "category" if listed else "number"


def levels_of(column: Column) -> tuple[str, ...]:
    """Return the values of a category's column as words, in the order of the definition."""
    if column.type == "boolean":
        return ("false", "true")
    return tuple(str(value) for value in column.allowed or ())


def design_of(
    model: RiskModel, columns: Mapping[str, Column], missing: Mapping[str, str]
) -> Design:
    """Return the columns of the model, the same at every site.

    Parameters
    ----------
    model
        Checked by :func:`risk_faults`.
    columns
        Of the dataset.
    missing
        Column to what a missing value does.
    """
    return Design(
        tuple(_term(t, columns[t.term], missing.get(t.term) == "category") for t in model.terms)
    )


def _term(term: RiskTerm, column: Column, missing_is_a_level: bool) -> Term:
    kind = kind_of(term, column)
    if kind == "category":
        levels = levels_of(column)
        first = term.reference if term.reference is not None else levels[0]
        rest = tuple(level for level in levels if level != first)
        return CategoryTerm(term.term, (first, *rest, *[MISSING_LEVEL] * missing_is_a_level))
    assert column.min is not None and column.max is not None
    if kind == "number":
        return NumberTerm(term.term, column.min, column.max)
    return SplineTerm(term.term, term.knots, column.min, column.max)


def risk_faults(
    model: RiskModel, columns: Mapping[str, Column], missing: Mapping[str, str]
) -> Iterator[str]:
    """Yield what keeps a risk model from being built, each with its place."""
    names = [term.term for term in model.terms]
    for index, term in enumerate(model.terms):
        place = f"risk_model.terms.{index}"
        if term.term not in columns:
            yield f"{place}: {term.term!r} is no column; known are {', '.join(sorted(columns))}"
            return
        if names.index(term.term) != index:
            yield f"{place}: {term.term!r} comes twice"
        for fault in _term_faults(term, columns[term.term]):
            yield f"{place} ({term.term}): {fault}"
            return
    if model.coefficients is not None:
        wanted = design_of(model, columns, missing).names
        yield from _coefficient_faults(model.coefficients, wanted)


def _term_faults(term: RiskTerm, column: Column) -> Iterator[str]:
    kind = kind_of(term, column)
    if kind == "category":
        yield from _category_faults(term, column)
        return
    if term.reference is not None:
        yield f"reference is for a category, found a {kind}"
    if column.type not in ("integer", "number"):
        yield f"as: {kind} is for integer and number columns, found type {column.type}"
    elif column.min is None or column.max is None or not column.min < column.max:
        yield (
            "a number in a risk model needs min and max, the one below the other (a derived count "
            "at_most, days_to within)"
        )
    elif kind == "spline":
        yield from _knot_faults(term.knots, column.min, column.max)
    if kind == "number" and term.knots:
        yield "knots are for as: spline"


def _category_faults(term: RiskTerm, column: Column) -> Iterator[str]:
    levels = levels_of(column)
    if column.type not in ("string", "integer", "boolean"):
        yield f"as: category is for text, integers and booleans, found type {column.type}"
    elif len(levels) < 2:
        yield "a category needs at least two allowed values in dataset.columns"
    elif term.reference is not None and term.reference not in levels:
        yield f"reference {term.reference!r} is none of: {', '.join(levels)}"
    elif MISSING_LEVEL in levels:
        yield f"{MISSING_LEVEL!r} is the level of missing values and cannot be an allowed value"
    if term.knots:
        yield "knots are for as: spline"


def _knot_faults(knots: Sequence[float], lower: float, upper: float) -> Iterator[str]:
    rising = all(a < b for a, b in pairwise(knots))
    if len(knots) < FEWEST_KNOTS or not rising:
        yield f"a spline needs at least {FEWEST_KNOTS} rising knots, found {list(knots)}"
    elif not (lower < knots[0] and knots[-1] < upper):
        yield f"knots must lie between min {lower:g} and max {upper:g}, found {list(knots)}"


def _coefficient_faults(found: Mapping[str, Any], wanted: Sequence[str]) -> Iterator[str]:
    lacking = [name for name in wanted if name not in found]
    unknown = [name for name in found if name not in wanted]
    if lacking or unknown:
        parts = [f"lacking {', '.join(lacking)}"] * bool(lacking)
        parts += [f"unknown {', '.join(unknown)}"] * bool(unknown)
        yield (
            f"risk_model.coefficients: {'; '.join(parts)}; expected one for each of "
            f"{', '.join(wanted)}"
        )
