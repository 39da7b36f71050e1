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


def has_categories(measure: Measure) -> bool:
    """Tell whether a covariate has levels, which must be looked up."""
    return any(isinstance(term, CategoryTerm) for term in _terms(measure))


def covariates(measure: Measure) -> str:
    """Return SQL that selects each covariate of a row, after a comma: a number, or the level."""
    return "".join(f', {_raw(term)} AS "@{term.name}"' for term in _terms(measure))


def mapped(measure: Measure) -> str:
    """Return SQL that selects, after a comma, the covariates with levels as their index."""
    return "".join(f', {_index(measure, term)} AS "@{term.name}"' for term in _terms(measure))


def absent(measure: Measure, name: str) -> str:
    """Return the condition that a row has neither a number nor a known level of a covariate."""
    term = next(term for term in _terms(measure) if term.name == name)
    return f"{_index(measure, term)} IS NULL"


def complete(measure: Measure) -> str:
    """Return SQL, after AND, that takes out rows without a value the measure excludes them for."""
    names = [name for name, rule in measure.missing.items() if rule == "exclude"]
    return "".join(f' AND "{name}" IS NOT NULL' for name in sorted(names))


def _terms(measure: Measure) -> tuple[Term, ...]:
    return () if measure.design is None else tuple(measure.design.terms)


def _raw(term: Term) -> str:
    kind = "VARCHAR" if isinstance(term, CategoryTerm) else "FLOAT8"
    return f'CAST("{term.name}" AS {kind})'


def _index(measure: Measure, term: Term) -> str:
    if not isinstance(term, CategoryTerm):
        return f'"@{term.name}"'
    missing = measure.missing.get(term.name) == "category"
    levels = term.levels[:-1] if missing else term.levels
    cases = " ".join(
        f"WHEN '{level.replace(chr(39), chr(39) * 2)}' THEN {index}"
        for index, level in enumerate(levels)
    )
    index = f'CASE "@{term.name}" {cases} END'
    return f"COALESCE({index}, {len(levels)})" if missing else f"({index})"
