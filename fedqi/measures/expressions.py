"""Every expression of a measure, checked, as SQL that a system reads."""

from collections.abc import Iterator, Mapping

from fedqi.measures.definition import Measure, Sum
from fedqi.measures.grammar import Kind
from fedqi.measures.rewriting import System, compiled
from fedqi.measures.value_sql import value_expressions

_CRITERIA = (
    "initial_population",
    "denominator",
    "denominator_exclusion",
    "denominator_exception",
    "numerator",
    "numerator_exclusion",
)


def expressions(measure: Measure, system: System = "duckdb") -> Mapping[str, str]:
    """Return every expression of a measure by its key, checked, as SQL that a system reads.

    Raises
    ------
    DefinitionError
        Naming the key, line:column and the offending text of the first that is not allowed.
    """
    found = {"expected": "NULL"}
    for key, place, text, wanted in written(measure):
        found[key] = compiled(measure, place, text, wanted, system)
    return found


def written(measure: Measure) -> Iterator[tuple[str, str, str, Kind]]:
    """Yield key, place in the definition, text, and what it must be."""
    for key in _CRITERIA:
        value: str | Sum = getattr(measure, key)
        if isinstance(value, Sum):
            yield key, f"{key}.sum", value.sum, "number"
        else:
            yield key, key, value, "boolean"
    yield from ((key, key, text, kind) for key, text, kind in value_expressions(measure))
    if measure.exposure is not None:
        yield "exposure", "exposure.sum", measure.exposure.sum, "number"
    if measure.expected is not None:
        yield "expected", "expected.sum", measure.expected.sum, "number"
    if measure.ascertainment is not None:
        text = measure.ascertainment.expected.sum
        yield "ascertainment", "ascertainment.expected.sum", text, "number"


def holds(condition: str) -> str:
    """Return the condition that another one is true, and not only not false."""
    return f"({condition} IS TRUE)"
