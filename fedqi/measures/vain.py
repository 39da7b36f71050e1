"""Comparisons whose answer is known before any row is read: a slip, and silent in SQL."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple

from sqlglot import exp

from fedqi.measures.dataset import Column
from fedqi.measures.grammar import COMPARISONS

Literals = float | str | None


class Vain(NamedTuple):
    """A comparison that no row, or every row, meets.

    Parameters
    ----------
    node
        Where it stands.
    why
        What is wrong with it, in words that follow its text.
    """

    node: exp.Expression
    why: str


def vain(tree: exp.Expression, columns: Mapping[str, Column]) -> Iterator[Vain]:
    """Yield the comparisons of an allowed expression that need no row to be answered.

    Parameters
    ----------
    tree
        Every node of it allowed.
    columns
        What columns may hold, where that is known.
    """
    for node in tree.find_all(exp.Expression, bfs=False):
        subject, others = _sides(node)
        if any(isinstance(other, exp.Null) for other in (subject, *others)):
            yield Vain(
                node, "compares with NULL, which is true of no row; expected IS NULL or IS NOT NULL"
            )
        if isinstance(node, exp.Between):
            yield from _upside_down(node)
        for one, other in ((subject, each) for each in others):
            yield from _out_of_reach(node, one, other, columns)
            yield from _out_of_reach(node, other, one, columns)


def _sides(node: exp.Expression) -> tuple[exp.Expression | None, list[exp.Expression]]:
    """Return what is compared, and with what."""
    if isinstance(node, exp.Between):
        others = [node.args["low"], node.args["high"]]
    elif isinstance(node, exp.In):
        others = node.expressions
    elif isinstance(node, COMPARISONS):
        others = [node.expression]
    elif isinstance(node, exp.Case) and node.this is not None:
        others = [branch.this for branch in node.args["ifs"]]
    else:
        return None, []
    return node.this.unnest(), [other.unnest() for other in others]


def _upside_down(node: exp.Between) -> Iterator[Vain]:
    low, high = (_value(node.args[end].unnest()) for end in ("low", "high"))
    if isinstance(low, float) and isinstance(high, float):
        wrong = low > high
    else:
        wrong = _is_day(low) and _is_day(high) and str(low) > str(high)
    if wrong:
        yield Vain(node, "never holds, because the first bound is above the second")


def _out_of_reach(
    node: exp.Expression,
    column: exp.Expression | None,
    other: exp.Expression | None,
    columns: Mapping[str, Column],
) -> Iterator[Vain]:
    declared = columns.get(column.name) if isinstance(column, exp.Column) else None
    found = _value(other)
    if column is None or declared is None or found is None:
        return
    if found == "":
        yield Vain(node, "compares with a text of length 0, which is missing; expected IS NULL")
    elif declared.allowed is not None and isinstance(node, (exp.EQ, exp.NEQ, exp.In, exp.Case)):
        if found not in declared.allowed:
            told = ", ".join(map(str, declared.allowed))
            yield Vain(node, f"asks {column.name} for what it never is; allowed are {told}")
    elif isinstance(found, float):
        for bound, wrong, word in (
            (declared.min, found < (declared.min or 0), "below its min"),
            (declared.max, found > (declared.max or 0), "above its max"),
        ):
            if bound is not None and wrong:
                told = f"compares {column.name} with a number {word} of {bound:g}"
                yield Vain(node, f"{told}; correct one of the two")


def _value(node: exp.Expression | None) -> Literals:
    """Return the number or text that a node writes out, or None."""
    if isinstance(node, exp.Neg):
        inner = _value(node.this.unnest())
        return -inner if isinstance(inner, float) else None
    if isinstance(node, exp.Cast):
        return _value(node.this)
    if isinstance(node, exp.Literal):
        return str(node.name) if node.is_string else float(node.name)
    return None


def _is_day(value: Literals) -> bool:
    try:
        return bool(date.fromisoformat(str(value)))
    except ValueError:
        return False
