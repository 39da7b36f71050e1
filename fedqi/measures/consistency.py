"""What a definition must hold beyond the form of its single keys."""

import re
from collections.abc import Iterator, Sequence

from fedqi.errors import DefinitionError
from fedqi.measures.dataset import DATE_WANTED, Column
from fedqi.measures.definition import Measure
from fedqi.measures.derive_faults import derivation_faults
from fedqi.measures.refusals import AUTHOR, nearest
from fedqi.measures.risk import kind_of, risk_faults
from fedqi.measures.value_consistency import target_faults, value_faults
from fedqi.measures.versions import precedes

_NO_CODE = re.compile(r"""[,;"\x00-\x1f]|^#""")
"""What stands between codes, around them, or before a remark."""

_ALLOWED_TYPES: dict[str, type] = {"string": str, "integer": int}


def check_consistency(measure: Measure) -> None:
    """Check that keys agree with one another.

    Raises
    ------
    DefinitionError
        Naming the first key that does not.
    """
    for fault in _faults(measure):
        raise DefinitionError(f"measure {measure.id}: {fault}; {AUTHOR}")


def _faults(measure: Measure) -> Iterator[str]:
    yield from _column_faults(measure)
    yield from _role_faults(measure)
    yield from derivation_faults(measure.derive, measure.dataset)
    yield from value_faults(measure)
    yield from target_faults(measure)
    yield from _scoring_faults(measure)
    if measure.counted:
        yield from _counted_faults(measure)
    yield from _missing_faults(measure)
    if measure.risk_model is not None:
        for term in measure.risk_model.terms:
            if term.term in measure.dataset.identifying:
                yield f"risk_model: {term.term!r} identifies a patient or a unit, found as a term"
        yield from risk_faults(measure.risk_model, measure.columns, measure.missing)
    if measure.supersedes is not None and not precedes(measure.supersedes.version, measure.version):
        yield (
            f"supersedes.version is {measure.supersedes.version}, expected one before the "
            f"measure's own {measure.version}"
        )
    for name, codes in measure.code_lists.items():
        yield from (f"code_lists.{name}{fault}" for fault in _code_faults(codes))


def _column_faults(measure: Measure) -> Iterator[str]:
    seen: dict[str, str] = {}
    for name, column in measure.dataset.columns.items():
        if (other := seen.setdefault(name.lower(), name)) != name:
            yield f"dataset.columns: {other} and {name} differ in upper and lower case only"
        for fault in _one_column(column):
            yield f"dataset.columns.{name}: {fault}"


def _one_column(column: Column) -> Iterator[str]:
    if column.allowed is not None:
        wanted = _ALLOWED_TYPES.get(column.type)
        if wanted is None:
            yield f"allowed is for string and integer columns, found type {column.type}"
        elif not column.allowed or not all(type(value) is wanted for value in column.allowed):
            yield f"allowed must list {column.type} values; in YAML, quote strings like '1' or 'no'"
    bounds = [bound for bound in (column.min, column.max) if bound is not None]
    if bounds and column.type not in ("integer", "number"):
        yield f"min and max are for integer and number columns, found type {column.type}"
    if bounds != sorted(bounds):
        yield "min is greater than max"


def _role_faults(measure: Measure) -> Iterator[str]:
    columns = measure.dataset.columns
    for role, name in _roles(measure):
        if name not in columns:
            yield f"{role} names the unknown column {name!r}: {nearest(name, columns)}"
        elif not columns[name].required:
            yield f"{role} names column {name!r}, which must then not be required: false"
        elif role.startswith("dataset.time") and columns[name].type != "date":
            yield f"{role} names column {name!r} of type {columns[name].type}, {DATE_WANTED}"


def _roles(measure: Measure) -> Iterator[tuple[str, str]]:
    dataset = measure.dataset
    yield from (("dataset.key", name) for name in dataset.key or ())
    for role in ("subject", "provider"):
        if (name := getattr(dataset, role)) is not None:
            yield f"dataset.{role}", name
    for role in ("anchor", "start"):
        if dataset.time is not None and (name := getattr(dataset.time, role)) is not None:
            yield f"dataset.time.{role}", name


def _code_faults(codes: Sequence[str]) -> Iterator[str]:
    if not codes:
        yield " is empty, so that no row could ever match"
    for code in codes:
        if code[-1:] in ("*", "%"):
            yield (
                f": found {code!r}, expected whole codes; all that begin alike are "
                f"starts_with(column, {code[:-1]!r}) in an expression"
            )
        elif not code.strip() or code != code.strip() or _NO_CODE.search(code):
            yield f": found {code!r}, expected one code, without blanks around it or other signs"


def _scoring_faults(measure: Measure) -> Iterator[str]:
    if measure.scoring == "proportion" and measure.exposure is not None:
        yield "exposure is what a rate is over, but scoring is proportion"
    if measure.scoring != "rate":
        return
    if measure.exposure is None:
        yield "scoring is rate, which needs exposure: {sum: ...}"
    if measure.denominator != "TRUE" or measure.denominator_exception != "FALSE":
        yield "a rate is over its exposure; say in initial_population which rows count"
    if measure.expected is not None:
        yield "expected is for proportions, but scoring is rate"


def _counted_faults(measure: Measure) -> Iterator[str]:
    """Name criteria that speak of single patients, where a row is already many."""
    for key in ("denominator_exception", "numerator_exclusion"):
        if getattr(measure, key) != "FALSE":
            yield f"{key} needs one row per patient, but numerator and denominator are {{sum: ...}}"


def _missing_faults(measure: Measure) -> Iterator[str]:
    columns = measure.columns
    terms = measure.risk_model.terms if measure.risk_model is not None else ()
    categories = {
        term.term
        for term in terms
        if term.term in columns and kind_of(term, columns[term.term]) == "category"
    }
    covariates = {term.term for term in terms}
    for name, rule in measure.missing.items():
        if name not in columns:
            yield f"missing names the unknown column {name!r}: {nearest(name, columns)}"
        elif columns[name].required:
            yield f"missing.{name}: the column has a value in every row; say required: false first"
        elif rule == "category" and name not in categories:
            yield f"missing.{name}: category is for a category of the risk model; exclude or error?"
        elif rule == "error" and name not in covariates:
            yield (
                f"missing.{name}: error is for a covariate of the risk model; a value in every row "
                "is asked for by leaving out required: false"
            )
