"""A value, a survey or a composite in plain words."""

from collections.abc import Iterator

from fedqi.measures.definition import Measure
from fedqi.measures.phrases import condition, quantity
from fedqi.measures.values import Scale, Value

_OUTSIDE = {
    "winsorise": "what lies beyond counts as the bound",
    "exclude": "what lies beyond counts as missing",
    "error": "what lies beyond is refused",
}


def value_words(measure: Measure) -> Iterator[str]:
    """Yield what is measured, in sentences; nothing for proportions and rates."""
    if measure.value is not None and measure.scale is not None:
        yield from _value_words(measure, measure.value, measure.scale)
    if measure.items:
        yield from _survey_words(measure)
    if measure.components:
        yield from _composite_words(measure)


def _value_words(measure: Measure, value: Value, scale: Scale) -> Iterator[str]:
    if value.minutes is not None:
        what = f"the minutes from {value.minutes[0]} to {value.minutes[1]}"
    elif value.change is not None:
        what = f"{value.change[1]} less {value.change[0]}"
    else:
        what = quantity(value.expression or "")
    yield (
        f"Of each row, the value is {what}, from {scale.lower:g} to {scale.upper:g}; "
        f"{_OUTSIDE[value.outside]}."
    )
    yield "Rows without a value are counted, and left out of the mean."
    if value.limit is not None:
        yield f"The share of values above {value.limit:g} is given too."
    if value.responder is not None:
        way = "fall" if measure.direction == "lower" else "rise"
        yield f"A {way} by {value.responder:g} or more makes a responder."


def _survey_words(measure: Measure) -> Iterator[str]:
    first, last = measure.items[0].range
    names = ", ".join(each.item for each in measure.items)
    yield f"Answers from {first} to {last} to {len(measure.items)} items: {names}."
    turned = [each.item for each in measure.items if each.reverse]
    if turned:
        yield f"Turned round for the score: {', '.join(turned)}."
    yield "The score is the mean answer of a patient who answered at least half of the items."


def _composite_words(measure: Measure) -> Iterator[str]:
    if measure.rule == "opportunity":
        yield "Every component that a patient is eligible for counts once; those received count."
    else:
        yield "A patient counts who received every component that he or she is eligible for."
    for each in measure.components:
        due = "all" if each.denominator == "TRUE" else f"where {condition(each.denominator)}"
        yield f"{each.component}: eligible {due}; received where {condition(each.numerator)}."
