"""What a measure does where a value is missing, and its risk model, in plain words."""

from collections.abc import Iterator

from fedqi.measures.definition import Measure
from fedqi.stats.regression_design import CategoryTerm, SplineTerm, Term


def excluded_for_missing(measure: Measure) -> Iterator[str]:
    """Yield which rows ``missing`` takes out of the population; nothing where it takes none."""
    names = sorted(name for name, rule in measure.missing.items() if rule == "exclude")
    if names:
        yield f"Left out as well: rows without a value of {' or '.join(names)}."


def risk_words(measure: Measure) -> Iterator[str]:
    """Yield one sentence per covariate, and whether a frozen model stands beside the fitted one.

    Parameters
    ----------
    measure
        A checked measure; nothing is said of one without a risk model.
    """
    design = measure.design
    if design is None or measure.risk_model is None:
        return
    yield "Used by the analyses that adjust for case mix, and by no other."
    for term in design.terms:
        yield f"{term.name}: {_term(term)}{_missing(measure, term)}."
    if not design.terms:
        yield "No covariate: every patient has the same risk."
    if measure.risk_model.coefficients is not None:
        yield "A frozen model comes with the definition, beside the one fitted to the sites."


def _term(term: Term) -> str:
    if isinstance(term, CategoryTerm):
        return f"a category, compared with {term.levels[0]}"
    if isinstance(term, SplineTerm):
        return f"a curve that bends at {', '.join(f'{knot:g}' for knot in term.knots)}"
    return "a straight line"


def _missing(measure: Measure, term: Term) -> str:
    if measure.columns[term.name].required:
        return ""
    told = {
        "category": "patients without a value are a category of their own",
        "exclude": "patients without a value are left out above",
        "error": "a patient who counts and has no value is refused",
    }
    return f"; {told[measure.missing.get(term.name, 'error')]}"
