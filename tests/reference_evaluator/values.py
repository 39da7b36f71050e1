"""Values, answers and components of rows, added up one by one."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import floor
from typing import Any

from fedqi.measures import ComponentTable, ValueTable
from tests.reference_evaluator.criteria import Row, Value

MOST_STEPS = 2**40


class RefusedError(Exception):
    """The data do not satisfy the measure."""


def raw_value(value: Mapping[str, Any], meaning: Mapping[str, Value], row: Row) -> float | None:
    """Return the number of a row before any rule for values outside the bounds."""
    if "minutes" in value:
        came, left = (row[name] for name in value["minutes"])
        if None in (came, left):
            return None
        if left < came:
            raise RefusedError("an end before its start")
        return float((left - came).total_seconds() / 60)
    if "change" in value:
        before, after = (row[name] for name in value["change"])
        return None if None in (before, after) else float(after) - float(before)
    found = meaning["value.expression"](row)
    return None if found is None else float(found)


def kept_value(found: float | None, lower: float, upper: float, outside: str) -> float | None:
    """Return the value that counts; None is missing."""
    if found is None or lower <= found <= upper:
        return found
    if outside == "error":
        raise RefusedError("a value outside the bounds")
    return None if outside == "exclude" else max(lower, min(upper, found))


def score(items: Sequence[Mapping[str, Any]], row: Row) -> float | None:
    """Return the mean answer of a row in which at least half of the items are answered."""
    turned = []
    for item in items:
        answer = row[item["item"]]
        lowest, highest = item["range"]
        if answer is not None and not lowest <= answer <= highest:
            raise RefusedError("an answer outside the range")
        if answer is not None:
            turned.append(lowest + highest - answer if item.get("reverse") else answer)
    return sum(turned) / len(turned) if 2 * len(turned) >= len(items) else None


class Steps:
    """Values as whole numbers of a step, from the middle of the bounds."""

    def __init__(self, lower: float, upper: float) -> None:
        self.origin = (lower + upper) / 2
        self.size = Fraction(1)
        while Fraction(upper - lower) / 2 / self.size >= MOST_STEPS:
            self.size *= 2
        while Fraction(upper - lower) / 2 / self.size < MOST_STEPS / 2:
            self.size /= 2

    def of(self, value: float) -> int:
        """Return the nearest number of steps; halves are rounded away from 0."""
        exact = Fraction(value - self.origin) / self.size
        return floor(exact + Fraction(1, 2)) if exact >= 0 else -floor(-exact + Fraction(1, 2))


def value_table(
    values: Sequence[float],
    bounds: tuple[float, float],
    inner: Sequence[float],
    responder: float | None = None,
    answers: tuple[tuple[int, ...], ...] = (),
) -> ValueTable:
    """Add up the values of one provider in one period.

    Parameters
    ----------
    values
        Those that count.
    bounds
        Least and greatest that may occur.
    inner
        Inner edges of the grid; 64 even bins if there are none.
    responder
        Change from which a patient counts, negative where lower is better.
    answers
        Per item: how often each answer was given.
    """
    lower, upper = bounds
    edges = list(inner) or [lower + (upper - lower) * n / 64 for n in range(1, 64)]
    steps = Steps(lower, upper)
    grid = [0] * (len(edges) + 1)
    total = squares = better = 0
    for value in values:
        own = steps.of(value)
        total += own
        squares += own * own
        grid[sum(own > steps.of(edge) for edge in edges)] += 1
        if responder is not None:
            limit = steps.of(responder)
            better += own <= limit if responder < 0 else own >= limit
    return ValueTable(len(values), total, squares, tuple(grid), better, answers)


def component_table(due: list[list[bool]], done: list[list[bool]]) -> ComponentTable:
    """Add up which components patients were eligible for, and which of these they received."""
    eligible = tuple(map(sum, zip(*due, strict=True)))
    met = tuple(map(sum, zip(*done, strict=True)))
    mm = sum(sum(own) ** 2 for own in done)
    mo = sum(sum(own) * sum(other) for own, other in zip(done, due, strict=True))
    return ComponentTable(eligible, met, mm, mo, sum(sum(own) ** 2 for own in due))
