"""A definition in plain words: who is counted, what counts, and which columns that needs."""

from collections.abc import Iterator

from fedqi.measures.dataset import Column
from fedqi.measures.definition import Measure, Sum
from fedqi.measures.derive_words import derivation_words
from fedqi.measures.phrases import condition, quantity
from fedqi.measures.risk_words import excluded_for_missing, risk_words
from fedqi.measures.value_words import value_words

TYPES = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "date": "date",
    "datetime": "date and time, of which a condition sees the date",
    "boolean": "true or false",
}
DIRECTIONS = {
    "lower": "Lower is better.",
    "higher": "Higher is better.",
    "none": "Neither direction is better as such.",
}


def explained(measure: Measure) -> list[tuple[str, list[str]]]:
    """Return headings and the sentences under each, in reading order.

    Parameters
    ----------
    measure
        A checked measure.
    """
    parts = [
        ("Who is counted", _population(measure)),
        ("What counts", _events(measure)),
        ("What is derived", derivation_words(measure)),
        ("Case mix", list(risk_words(measure))),
        ("Completeness", _completeness(measure)),
        ("Which is better", _direction(measure)),
        ("Periods", _periods(measure)),
        ("Columns needed", columns_needed(measure)),
        ("Code lists", [f"{n}: {counted_codes(c)}" for n, c in measure.code_lists.items()]),
        ("Sources", list(measure.references)),
    ]
    return [(heading, list(lines)) for heading, lines in parts if lines]


def kind_words(measure: Measure) -> str:
    """Return in a phrase what a measure is: "a share of patients readmitted within 30 days"."""
    patients = measure.words.patients
    phrases = {
        "continuous": f"a value of {patients}",
        "survey": f"a score of {patients}",
        "composite": f"several components of the care of {patients}",
    }
    return phrases.get(measure.scoring, f"a share of {patients} {measure.words.event}")


def _population(measure: Measure) -> list[str]:
    grain, denominator = measure.dataset.grain, measure.denominator
    every = f"Every row counts (one row is one {grain})"
    summed = measure.exposure or denominator
    if isinstance(summed, Sum):
        what = "has an exposure" if measure.exposure is not None else "stands for many"
        every = f"Every row {what} (one row is one {grain}): {quantity(summed.sum)} is added up"
    conditions = [measure.initial_population]
    if isinstance(denominator, str):
        conditions.append(denominator)
    told = [f"{every}{_where(conditions)}."]
    if measure.denominator_exclusion != "FALSE":
        told.append(f"Left out: rows where {condition(measure.denominator_exclusion)}.")
    if measure.denominator_exception != "FALSE":
        told.append(
            "Excused, unless what counts has happened: rows where "
            f"{condition(measure.denominator_exception)}."
        )
    told += excluded_for_missing(measure)
    if told[1:] or _where(conditions):
        told.append(
            "Where a missing value leaves a condition open, the condition is taken as not met."
        )
    return told


def _where(criteria: list[str]) -> str:
    told = [condition(criterion) for criterion in criteria if criterion != "TRUE"]
    if len(told) > 1:
        told = [f"({each})" if " or " in each else each for each in told]
    return f" where {' and '.join(told)}" if told else ""


def _events(measure: Measure) -> list[str]:
    own = list(value_words(measure))
    if own:
        return [*own, _too_few(measure)]
    if isinstance(measure.numerator, Sum):
        told = [f"In the same rows {quantity(measure.numerator.sum)} is added up."]
    else:
        told = [f"Of these, the rows where {condition(measure.numerator)}."]
    if measure.numerator_exclusion != "FALSE":
        told.append(f"Not where {condition(measure.numerator_exclusion)}.")
    if measure.expected is not None:
        told.append(
            f"Set beside what a published model expects: {quantity(measure.expected.sum)}, "
            "added up over the same rows."
        )
    if measure.exposure is not None:
        told.append("The rate is what counts, over the exposure.")
    return [*told, _too_few(measure)]


def _too_few(measure: Measure) -> str:
    counted = "counted" if measure.exposure is None else "units of exposure"
    return (
        f"A hospital with fewer than {measure.minimum_denominator} {counted} is told that these "
        "are too few."
    )


def _completeness(measure: Measure) -> list[str]:
    if measure.ascertainment is None:
        return []
    expected = quantity(measure.ascertainment.expected.sum)
    return [f"Each site first sees who counts beside {expected}, added up: the cases to expect."]


def _direction(measure: Measure) -> list[str]:
    targets = [
        f"Target {name.replace('-', ' ')}: {_target(measure, value)}."
        for name, value in measure.targets.items()
    ]
    return [DIRECTIONS[measure.direction], *targets]


def _target(measure: Measure, value: float) -> str:
    if measure.scale is not None:
        return f"{value:g}"
    return f"{100 * value:g} %" if measure.exposure is None else f"{value:g} per unit of exposure"


def _periods(measure: Measure) -> list[str]:
    time = measure.dataset.time
    if time is None:
        return ["One figure over all rows; the measure has no calendar."]
    told = [f"One figure per {time.grain}, by the date in {time.anchor}, and one over all of them."]
    waits = [f"{time.follow_up} days of follow-up"] * bool(time.follow_up)
    waits += [f"{time.lock} days until its data are locked"] * bool(time.lock)
    if waits:
        told.append(f"A period may be summed after its end, {' and '.join(waits)}.")
    return told


def columns_needed(measure: Measure) -> list[str]:
    """Return one line per column: its name, what it holds, and what it is for."""
    return [
        f"{name}: {column_words(column)}{_role(measure, name)}"
        for name, column in measure.dataset.columns.items()
    ]


def column_words(column: Column) -> str:
    """Return what a column holds: "whole number from 0, may be missing"."""
    told = TYPES[column.type]
    if column.min is not None:
        told += f" from {column.min:g}"
    if column.max is not None:
        told += f" up to {column.max:g}"
    if column.allowed is not None:
        told += f", one of {', '.join(map(str, column.allowed))}"
    return told if column.required else f"{told}, may be missing"


def _role(measure: Measure, name: str) -> str:
    return "".join(f"; {words}" for role, words in _roles(measure) if role == name)


def _roles(measure: Measure) -> Iterator[tuple[str, str]]:
    dataset = measure.dataset
    key = dataset.key or ()
    for name in key:
        others = " and ".join(other for other in key if other != name)
        yield name, f"different in every row{f', together with {others}' if others else ''}"
    if dataset.subject is not None:
        yield dataset.subject, "identifies the patient, and no condition may use it"
    if dataset.provider is not None:
        yield dataset.provider, "names the unit that is compared"
    if dataset.time is not None:
        yield dataset.time.anchor, "places the row in its period"


def counted_codes(codes: tuple[str, ...]) -> str:
    """Return how many codes a list has, and the first of them."""
    shown = ", ".join(codes[:5])
    return f"{len(codes)} codes: {shown}{', …' if len(codes) > 5 else ''}"
