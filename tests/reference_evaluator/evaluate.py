"""A measure evaluated row by row, as docs/measures.md says it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from fedqi.measures import Cell, ComponentTable, PatternTable, ValueTable
from tests.reference_evaluator.criteria import Row, Value
from tests.reference_evaluator.derivations import derived
from tests.reference_evaluator.values import (
    RefusedError,
    component_table,
    kept_value,
    raw_value,
    score,
    value_table,
)

Place = tuple[str, str]
"""Provider and period."""

_LEVELS = {"s": ("I11", "I50", "J18"), "p": (False, True)}


@dataclass(frozen=True)
class Drawn:
    """A measure as an author writes it, and what each of its expressions means."""

    document: dict[str, Any]
    meaning: dict[str, Value]

    def __repr__(self) -> str:
        return repr({key: text for key, text in self.document.items() if key != "dataset"})


@dataclass
class Found:
    """What a summary holds, by provider and period."""

    cells: dict[Place, Cell] = field(default_factory=dict)
    patterns: dict[Place, PatternTable] = field(default_factory=dict)
    values: dict[Place, ValueTable] = field(default_factory=dict)
    components: dict[Place, ComponentTable] = field(default_factory=dict)


def evaluate(drawn: Drawn, rows: list[Row]) -> Found:
    """Evaluate a measure over the rows of one site.

    Raises
    ------
    RefusedError
        If the data do not satisfy the measure.
    """
    widened = with_derived(drawn, [with_missing_texts(row) for row in rows])
    places: dict[Place, list[Row]] = {}
    for row in widened:
        if in_population(drawn, row):
            places.setdefault(place_of(drawn, row), []).append(row)
    found = Found()
    for place, own in sorted(places.items()):
        _OF_SCORING[drawn.document["scoring"]](drawn, own, place, found)
    if drawn.document["scoring"] == "rate":
        refuse_events_without_exposure(found)
    return found


def with_missing_texts(row: Row) -> Row:
    """An empty text is a missing value."""
    return {name: None if value == "" else value for name, value in row.items()}


def with_derived(drawn: Drawn, rows: list[Row]) -> list[Row]:
    """Give each row the columns that it takes from others."""
    widened = []
    for row in rows:
        more = {}
        for name, each in drawn.document.get("derive", {}).items():
            where = drawn.meaning[f"derive.{name}"]
            more[name] = derived(each, where, row, rows, drawn.document["dataset"])
        widened.append({**row, **more})
    return widened


def holds(drawn: Drawn, key: str, row: Row, default: bool) -> bool:
    """Whether a criterion is true; one that is unknown does not hold."""
    return drawn.meaning[key](row) is True if key in drawn.meaning else default


def in_population(drawn: Drawn, row: Row) -> bool:
    """Whether a row is one that the denominator may count."""
    complete = all(
        row[name] is not None
        for name, rule in drawn.document.get("missing", {}).items()
        if rule == "exclude"
    )
    inside = holds(drawn, "initial_population", row, default=True)
    return inside and complete and not holds(drawn, "denominator_exclusion", row, default=False)


def place_of(drawn: Drawn, row: Row) -> Place:
    """Return provider and period of a row."""
    dataset = drawn.document["dataset"]
    provider = row[dataset["provider"]] if "provider" in dataset else ""
    if "time" not in dataset:
        return provider, "all"
    return provider, period_name(row[dataset["time"]["anchor"]], dataset["time"]["grain"])


def period_name(day: date, grain: str) -> str:
    """Return the name of the period in which a day lies."""
    if grain == "year":
        return f"{day.year}"
    quarter = {1: 1, 2: 1, 3: 1, 4: 2, 5: 2, 6: 2, 7: 3, 8: 3, 9: 3, 10: 4, 11: 4, 12: 4}[day.month]
    return f"{day.year}-Q{quarter}" if grain == "quarter" else f"{day.year}-{day.month:02}"


def has_event(drawn: Drawn, row: Row) -> bool:
    """Whether a row is in the numerator, once it is in the denominator."""
    excluded = holds(drawn, "numerator_exclusion", row, default=False)
    return holds(drawn, "numerator", row, default=True) and not excluded


def of_proportion(drawn: Drawn, rows: list[Row], place: Place, found: Found) -> None:
    """Count patients, and those of them with an event; or add up rows that are counts."""
    if isinstance(drawn.document["numerator"], dict):
        of_counts(drawn, rows, place, found)
        return
    counted = []
    for row in rows:
        excused = holds(drawn, "denominator_exception", row, default=False)
        if holds(drawn, "denominator", row, default=True) and (
            has_event(drawn, row) or not excused
        ):
            counted.append((row, int(has_event(drawn, row)), 1))
    keep(drawn, counted, place, found)


def of_counts(drawn: Drawn, rows: list[Row], place: Place, found: Found) -> None:
    """Add up rows of which each is many patients."""
    counted = []
    for row in rows:
        event = whole(drawn.meaning["numerator"](row))
        patients = whole(drawn.meaning["denominator"](row))
        if event > patients:
            raise RefusedError("a numerator above its denominator")
        counted.append((row, event, patients))
    keep(drawn, counted, place, found)


def of_rate(drawn: Drawn, rows: list[Row], place: Place, found: Found) -> None:
    """Add up events and exposure."""
    counted = []
    for row in rows:
        summed = isinstance(drawn.document["numerator"], dict)
        events = whole(drawn.meaning["numerator"](row)) if summed else int(has_event(drawn, row))
        counted.append((row, events, whole(drawn.meaning["exposure"](row))))
    keep(drawn, counted, place, found)


def whole(number: float | None) -> int:
    """Return a count."""
    if number is None or number < 0 or number != int(number):
        raise RefusedError("a count that is missing, negative or no whole number")
    return int(number)


def keep(drawn: Drawn, counted: list[tuple[Row, int, int]], place: Place, found: Found) -> None:
    """Keep the counts of one place, and those of each pattern of the risk model."""
    observed, denominator = sum(y for _, y, _ in counted), sum(n for _, _, n in counted)
    expected = expected_events(drawn, counted)
    if observed or denominator:
        found.cells[place] = Cell(observed, denominator, expected)
    if "risk_model" not in drawn.document:
        return
    terms = [term["term"] for term in drawn.document["risk_model"]["terms"]]
    patterns: dict[tuple[float, ...], tuple[int, int]] = {}
    for row, y, n in counted:
        pattern = tuple(covariate(drawn, name, row) for name in terms)
        before = patterns.get(pattern, (0, 0))
        patterns[pattern] = (before[0] + n, before[1] + y)
    if observed or denominator:
        alike = sorted((key, *sums) for key, sums in patterns.items() if any(sums))
        columns = {name: tuple(key[i] for key, _, _ in alike) for i, name in enumerate(terms)}
        found.patterns[place] = PatternTable(
            columns, tuple(n for _, n, _ in alike), tuple(y for _, _, y in alike)
        )


def covariate(drawn: Drawn, name: str, row: Row) -> float:
    """Return a number, or the place of a level among all levels."""
    if name in _LEVELS:
        if row[name] in _LEVELS[name]:
            return float(_LEVELS[name].index(row[name]))
        if drawn.document.get("missing", {}).get(name) == "category":
            return float(len(_LEVELS[name]))
    elif row[name] is not None:
        return float(row[name])
    raise RefusedError("a covariate without a value")


def expected_events(drawn: Drawn, counted: list[tuple[Row, int, int]]) -> float | None:
    """Add up the events that a published model expects."""
    if "expected" not in drawn.document:
        return None
    total = Fraction(0)
    for row, _, patients in counted:
        own = drawn.meaning["expected"](row)
        if own is None or not 0 <= own <= patients:
            raise RefusedError("expected events that are missing or outside 0 to the denominator")
        total += Fraction(own)
    return float(total)


def refuse_events_without_exposure(found: Found) -> None:
    """Leaving them out would flatter the provider."""
    cells = [(cell.observed, cell.denominator) for cell in found.cells.values()]
    alike = [p for t in found.patterns.values() for p in zip(t.events, t.patients, strict=True)]
    if any(events and not exposure for events, exposure in [*cells, *alike]):
        raise RefusedError("events where the exposure is 0")


def of_value(drawn: Drawn, rows: list[Row], place: Place, found: Found) -> None:
    """Add up the values of the rows that count."""
    value = drawn.document["value"]
    rows = [row for row in rows if holds(drawn, "denominator", row, default=True)]
    lower, upper = value.get("bounds", (-20.0, 20.0))
    outside = value.get("outside", "winsorise")
    raw = [raw_value(value, drawn.meaning, row) for row in rows]
    known = [v for v in (kept_value(v, lower, upper, outside) for v in raw) if v is not None]
    responder = value.get("responder")
    if responder is not None and drawn.document["direction"] == "lower":
        responder = -responder
    if rows:
        found.cells[place] = Cell(len(known), len(rows))
    if known:
        grid = value.get("grid", ())
        found.values[place] = value_table(known, (lower, upper), grid, responder)


def of_survey(drawn: Drawn, rows: list[Row], place: Place, found: Found) -> None:
    """Add up the scores, and the answers of those who have one."""
    items = drawn.document["items"]
    rows = [row for row in rows if holds(drawn, "denominator", row, default=True)]
    scored = [(row, own) for row in rows if (own := score(items, row)) is not None]
    if rows:
        found.cells[place] = Cell(len(scored), len(rows))
    if scored:
        answers = tuple(
            tuple(sum(row[item["item"]] == answer for row, _ in scored) for answer in range(1, 6))
            for item in items
        )
        bounds = (1.0, 5.0)
        found.values[place] = value_table([own for _, own in scored], bounds, (), None, answers)


def of_composite(drawn: Drawn, rows: list[Row], place: Place, found: Found) -> None:
    """Count the components that patients are eligible for, and that they received."""
    due, done = [], []
    for row in rows:
        parts = range(len(drawn.document["components"]))
        own = [holds(drawn, f"components.{i}.denominator", row, default=True) for i in parts]
        met = [holds(drawn, f"components.{i}.numerator", row, default=True) for i in parts]
        if holds(drawn, "denominator", row, default=True) and any(own):
            due.append(own)
            done.append([a and b for a, b in zip(own, met, strict=True)])
    if not due:
        return
    if drawn.document["rule"] == "opportunity":
        found.cells[place] = Cell(sum(map(sum, done)), sum(map(sum, due)))
    else:
        found.cells[place] = Cell(sum(a == b for a, b in zip(due, done, strict=True)), len(due))
    found.components[place] = component_table(due, done)


_OF_SCORING: Mapping[str, Callable[[Drawn, list[Row], Place, Found], None]] = {
    "proportion": of_proportion,
    "rate": of_rate,
    "continuous": of_value,
    "survey": of_survey,
    "composite": of_composite,
}
