"""Covariates of a risk model as SQL over the typed rows of a measure."""

from fedqi.measures.definition import Measure
from fedqi.stats.regression_design import CategoryTerm, Term


def covariate_names(measure: Measure) -> tuple[str, ...]:
    """Return the covariates in model order; none without a risk model."""
    return () if measure.design is None else tuple(term.name for term in measure.design.terms)


def unguarded(measure: Measure) -> tuple[str, ...]:
    """Return the covariates that may lack a value which neither column nor rule provides for."""
    columns = measure.columns
    return tuple(
        name
        for name in covariate_names(measure)
        if not columns[name].required and measure.missing.get(name, "error") == "error"
    )


def covariates(measure: Measure) -> str:
    """Return SQL that selects each covariate, after a comma: a number, or the index of a level."""
    terms = measure.design.terms if measure.design is not None else ()
    return "".join(f', {_value(measure, term)} AS "@{term.name}"' for term in terms)


def complete(measure: Measure) -> str:
    """Return SQL, after AND, that takes out rows without a value the measure excludes them for."""
    names = [name for name, rule in measure.missing.items() if rule == "exclude"]
    return "".join(f' AND "{name}" IS NOT NULL' for name in sorted(names))


def _value(measure: Measure, term: Term) -> str:
    if not isinstance(term, CategoryTerm):
        return f'CAST("{term.name}" AS DOUBLE)'
    text = f'CAST("{term.name}" AS VARCHAR)'
    missing = measure.missing.get(term.name) == "category"
    levels = term.levels[:-1] if missing else term.levels
    cases = " ".join(
        f"WHEN '{level.replace(chr(39), chr(39) * 2)}' THEN {index}"
        for index, level in enumerate(levels)
    )
    index = f"CASE {text} {cases} END"
    return f"COALESCE({index}, {len(levels)})" if missing else f"({index})"
