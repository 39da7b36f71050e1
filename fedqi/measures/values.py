"""What is measured other than by counting events: a value, answers, or several components."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import ceil, frexp, ldexp
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from fedqi.measures.dataset import Bound, Column, ColumnName, Expression, Part, as_tuple
from fedqi.stats.value_grid import even_grid

GRID_BINS = 64
"""Bins of the public grid over the bounds of a value, where the measure names no edges."""

STEP_BITS = 40
"""A value is a whole number of steps; half the range is at most two to this power of them."""

Outside = Literal["winsorise", "exclude", "error"]
Rule = Literal["all_or_none", "opportunity"]
Pair = Annotated[tuple[ColumnName, ColumnName], BeforeValidator(as_tuple)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class Value(Part):
    """A number per row: exactly one of `expression`, `minutes` and `change`.

    Parameters
    ----------
    expression
        Over the columns of a row.
    minutes
        Minutes from the first to the second of two datetime columns.
    change
        The second number column less the first: the same questionnaire before and after.
    bounds
        Least and greatest value that may occur. Of a change they follow from its columns.
    outside
        What happens to a value beyond the bounds: it is set to the bound (``winsorise``), taken
        as missing (``exclude``), or refused (``error``).
    limit
        The share of values above it is released too.
    responder
        Change from which a patient counts as a responder, in the direction that is better.
    grid
        Rising inner edges of the public grid on which quantiles are read; evenly spaced if none.
    """

    expression: Expression | None = None
    minutes: Pair | None = None
    change: Pair | None = None
    bounds: Annotated[tuple[Bound, Bound], BeforeValidator(as_tuple)] | None = None
    outside: Outside = "winsorise"
    limit: Bound | None = None
    responder: Bound | None = None
    grid: Annotated[tuple[Bound, ...], BeforeValidator(as_tuple), Field(max_length=255)] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns named by `minutes` or `change`."""
        return self.minutes or self.change or ()


class Item(Part):
    """One question of a survey.

    Parameters
    ----------
    item
        Integer column of the answers; no value where a patient did not answer it.
    range
        First and last answer of the scale, the same for all items.
    reverse
        Whether a low answer is the good one: the score then takes it from the other end.
    """

    item: ColumnName
    range: Annotated[tuple[int, int], BeforeValidator(as_tuple)]
    reverse: bool = False


class Component(Part):
    """One process of care of a composite.

    Parameters
    ----------
    component
        Its name.
    denominator
        Criterion: which patients of the population are eligible for it.
    numerator
        Criterion: which of these received it.
    """

    component: Name
    denominator: Expression = "TRUE"
    numerator: Expression


@dataclass(frozen=True, slots=True)
class Scale:
    """How a value is written as a whole number of steps, so that its sums are exact.

    Parameters
    ----------
    lower, upper
        Bounds.
    edges
        Of the public grid, rising, from `lower` to `upper`.
    """

    lower: float
    upper: float
    edges: tuple[float, ...]

    @property
    def origin(self) -> float:
        """Middle of the bounds, which squares are summed about."""
        return self.lower / 2 + self.upper / 2

    @property
    def step(self) -> float:
        """Size of a step: the power of two of which half the range holds at most 2**40."""
        return ldexp(1.0, frexp(self.upper / 2 - self.lower / 2)[1] - STEP_BITS)

    @property
    def half(self) -> int:
        """Most steps that a value can lie from the origin."""
        return ceil((self.upper - self.origin) / self.step)

    def steps(self, value: float) -> int:
        """Return a value as the nearest whole number of steps from the origin."""
        return round((value - self.origin) / self.step)


def scale_of(lower: float, upper: float, grid: tuple[float, ...]) -> Scale:
    """Return the scale of a value with these bounds and inner edges."""
    edges = (lower, *grid, upper) if grid else even_grid(lower, upper, GRID_BINS)
    return Scale(lower, upper, edges)


def change_bounds(value: Value, columns: Mapping[str, Column]) -> tuple[float, float]:
    """Return the bounds of a change, from those of its columns; both 0 where they have none."""
    if value.change is None:
        return 0.0, 0.0
    before, after = (columns[name] for name in value.change)
    if before.min is None or before.max is None or after.min is None or after.max is None:
        return 0.0, 0.0
    return after.min - before.max, after.max - before.min


def score_scale(items: tuple[Item, ...]) -> Scale:
    """Return the scale of a survey's score, the mean of the answers of one patient."""
    lowest, highest = items[0].range
    return scale_of(float(lowest), float(highest), ())


@dataclass(frozen=True)
class ValueTable:
    """Values of one provider in one period; whole numbers, exact in any order of the rows.

    Parameters
    ----------
    count
        Rows with a value.
    total, squares
        Sum and sum of squares of the values, in steps of the scale from its origin.
    grid
        Values per bin of the public grid.
    responders
        Values that make a responder; 0 where the measure names no such change.
    items
        Per item of a survey: answers per value of its range.
    """

    count: int
    total: int
    squares: int
    grid: tuple[int, ...]
    responders: int = 0
    items: tuple[tuple[int, ...], ...] = ()

    def __add__(self, other: "ValueTable") -> "ValueTable":
        """Return both together."""
        return ValueTable(
            self.count + other.count,
            self.total + other.total,
            self.squares + other.squares,
            _added(self.grid, other.grid),
            self.responders + other.responders,
            tuple(_added(a, b) for a, b in zip(self.items, other.items, strict=True)),
        )

    @cached_property
    def about_mean(self) -> float:
        """Sum of squares about the own mean, in squared steps; exact before one rounding."""
        if not self.count:
            return 0.0
        return (self.count * self.squares - self.total**2) / self.count


@dataclass(frozen=True, slots=True)
class ComponentTable:
    """Components of care of one provider in one period.

    Parameters
    ----------
    eligible, met
        Per component: patients eligible for it, and those of them who received it.
    met_squares, products, eligible_squares
        Over patients, with o components one is eligible for and m received: sums of m*m, m*o
        and o*o.
    """

    eligible: tuple[int, ...]
    met: tuple[int, ...]
    met_squares: int
    products: int
    eligible_squares: int

    def __add__(self, other: "ComponentTable") -> "ComponentTable":
        """Return both together."""
        return ComponentTable(
            _added(self.eligible, other.eligible),
            _added(self.met, other.met),
            self.met_squares + other.met_squares,
            self.products + other.products,
            self.eligible_squares + other.eligible_squares,
        )


def _added(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(x + y for x, y in zip(a, b, strict=True))
