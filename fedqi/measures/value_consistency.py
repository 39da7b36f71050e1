"""What must agree in a measure of a value, a survey or a composite."""

from collections.abc import Iterator
from itertools import pairwise

from fedqi.measures.definition import Measure, Sum
from fedqi.measures.refusals import nearest
from fedqi.measures.values import Item, Value, change_bounds

MOST_ANSWERS = 11
"""Answers of the longest usual scale, 0 to 10."""

MOST_COMPONENTS = 32

_OWN_KEYS = {
    "value": "continuous",
    "items": "survey",
    "rule": "composite",
    "components": "composite",
}


def value_faults(measure: Measure) -> Iterator[str]:
    """Yield what is wrong with the keys `value`, `items`, `rule` and `components`."""
    for key, scoring in _OWN_KEYS.items():
        if getattr(measure, key) and measure.scoring != scoring:
            yield f"{key} is for scoring {scoring}, found scoring {measure.scoring}"
    if measure.words.unit is not None and measure.value is None and not measure.items:
        yield "words.unit is the unit of a value, and this measure has none"
    if measure.scoring in ("proportion", "rate"):
        if "numerator" not in measure.model_fields_set:
            yield "numerator is missing"
        return
    yield from _event_faults(measure)
    if measure.scoring == "continuous":
        if measure.value is None:
            yield "scoring is continuous, which needs value: {...}"
        else:
            yield from _number_faults(measure, measure.value)
    elif measure.scoring == "survey":
        yield from _survey_faults(measure)
    else:
        yield from _composite_faults(measure)


def _event_faults(measure: Measure) -> Iterator[str]:
    """Name keys that speak of events or of counted tables."""
    defaults = {"numerator": "TRUE", "numerator_exclusion": "FALSE"}
    for key, default in (defaults | {"denominator_exception": "FALSE"}).items():
        if getattr(measure, key) != default:
            yield f"{key} is for proportions and rates, but scoring is {measure.scoring}"
    for key in ("exposure", "expected"):
        if getattr(measure, key) is not None:
            yield f"{key} is for proportions or rates, but scoring is {measure.scoring}"
    yield from _model_faults(measure)
    if isinstance(measure.denominator, Sum):
        yield "denominator must be a criterion: every row is one patient, stay or answer"


def target_faults(measure: Measure) -> Iterator[str]:
    """Name targets that no figure of the measure could ever reach."""
    lower, upper = (
        (0.0, 1.0) if measure.scale is None else (measure.scale.lower, measure.scale.upper)
    )
    for name, value in measure.targets.items():
        if not lower <= value <= upper:
            yield f"targets.{name} is {value:g}, expected a number from {lower:g} to {upper:g}"


def _model_faults(measure: Measure) -> Iterator[str]:
    model = measure.risk_model
    if model is None:
        return
    if measure.scoring != "continuous":
        yield (
            "risk_model is for proportions, rates and continuous values, but scoring is "
            f"{measure.scoring}"
        )
    elif model.coefficients is not None:
        yield "risk_model.coefficients is for proportions or rates, but scoring is continuous"


def _number_faults(measure: Measure, value: Value) -> Iterator[str]:
    ways = [value.expression, value.minutes, value.change]
    if sum(way is not None for way in ways) != 1:
        yield "value needs exactly one of expression, minutes and change"
    wanted = ("datetime",) if value.minutes is not None else ("integer", "number")
    for name in value.columns:
        yield from _column_faults(measure, "value", name, wanted)
    if any(name not in measure.dataset.columns for name in value.columns):
        return
    lower, upper = value.bounds or change_bounds(value, measure.dataset.columns)
    if not lower < upper:
        yield "value.bounds must be [least, greatest]; of a change, min and max of both columns do"
        return
    edges = (lower, *value.grid, upper)
    if any(a >= b for a, b in pairwise(edges)):
        yield f"value.grid must rise and lie between the bounds {lower:g} and {upper:g}"
    if value.limit is not None and not lower < value.limit < upper:
        yield f"value.limit must lie between the bounds {lower:g} and {upper:g}"
    if value.responder is not None:
        yield from _responder_faults(measure, value)


def _responder_faults(measure: Measure, value: Value) -> Iterator[str]:
    if value.change is None:
        yield "value.responder is for a change of a score"
    if measure.direction == "none" or not (value.responder or 0) > 0:
        yield "value.responder is a change above 0 in the direction that is better, lower or higher"


def _survey_faults(measure: Measure) -> Iterator[str]:
    if not measure.items:
        yield "scoring is survey, which needs items: [...]"
        return
    names = [each.item for each in measure.items]
    if len(set(names)) < len(names):
        yield "items: a column is named twice"
    for each in measure.items:
        yield from _column_faults(measure, "items", each.item, ("integer",))
        yield from _range_faults(each, measure.items[0])


def _range_faults(item: Item, first: Item) -> Iterator[str]:
    lowest, highest = item.range
    if not lowest < highest < lowest + MOST_ANSWERS:
        yield f"items: the range of {item.item} must rise and have at most {MOST_ANSWERS} answers"
    if item.range != first.range:
        yield (
            f"items: {item.item} has another range than {first.item}, and their mean would have no "
            "meaning"
        )


def _composite_faults(measure: Measure) -> Iterator[str]:
    names = [each.component for each in measure.components]
    if measure.rule is None or len(names) < 2:
        yield "scoring is composite, which needs rule and at least two components"
    if len(names) > MOST_COMPONENTS:
        yield f"components: {len(names)} found, expected {MOST_COMPONENTS} at most"
    if len(set(names)) < len(names):
        yield "components: a name stands twice"


def _column_faults(measure: Measure, key: str, name: str, types: tuple[str, ...]) -> Iterator[str]:
    columns = measure.dataset.columns
    if name not in columns:
        yield f"{key} names the unknown column {name!r}: {nearest(name, columns)}"
    elif columns[name].type not in types:
        yield (
            f"{key} names column {name!r} of type {columns[name].type}, expected "
            f"{' or '.join(types)}"
        )
    elif name in measure.dataset.identifying:
        yield f"{key}: {name!r} identifies a patient or a unit"
