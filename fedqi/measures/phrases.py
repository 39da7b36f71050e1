"""Criteria in plain words. What has no words of its own here stays as it is written."""

from collections.abc import Mapping

import sqlglot
from sqlglot import exp

from fedqi.measures.grammar import DATE_PARTS

COMPARISONS: Mapping[type[exp.Expression], tuple[str, str]] = {
    exp.EQ: ("is", "is not"),
    exp.NEQ: ("is not", "is"),
    exp.GT: ("is more than", "is not more than"),
    exp.GTE: ("is at least", "is not at least"),
    exp.LT: ("is less than", "is not less than"),
    exp.LTE: ("is at most", "is not at most"),
    exp.Like: ("reads like", "does not read like"),
    exp.StartsWith: ("starts with", "does not start with"),
}
ARITHMETIC: Mapping[type[exp.Expression], str] = {
    exp.Add: "+",
    exp.Sub: "−",
    exp.Mul: "×",
    exp.Div: "÷",
}


def condition(text: str) -> str:
    """Return a checked criterion as a condition: "age is at least 65"."""
    return _condition(_tree(text))


def quantity(text: str) -> str:
    """Return a checked sum's expression as a quantity: "expected_rate × discharges"."""
    return _value(_tree(text))


def _tree(text: str) -> exp.Expression:
    tree = sqlglot.parse_one(text, read="duckdb")
    assert isinstance(tree, exp.Expression)
    return tree


def _condition(node: exp.Expression, holds: bool = True) -> str:
    if isinstance(node, exp.Not):
        inner = node.this.unnest()
        if isinstance(inner, (exp.And, exp.Or, exp.Not)) or not holds:
            return f"it does {'not ' if holds else ''}hold that ({_condition(inner)})"
        return _condition(inner, holds=False)
    if isinstance(node, exp.Paren):
        return f"({_condition(node.this)})"
    if isinstance(node, (exp.And, exp.Or)):
        return _joined(node)
    if isinstance(node, exp.Boolean):
        return "always" if node.this == holds else "never"
    return _simple(node, holds)


def _joined(node: exp.And | exp.Or) -> str:
    """Join with "and" or "or"; the other of the two stands in brackets, as SQL binds it."""
    other = exp.Or if isinstance(node, exp.And) else exp.And
    words = " and " if isinstance(node, exp.And) else " or "
    return words.join(
        f"({_condition(part)})" if isinstance(part, other) else _condition(part)
        for part in (node.args["this"], node.args["expression"])
    )


def _simple(node: exp.Expression, holds: bool) -> str:
    no = "" if holds else "not "
    if type(node) in COMPARISONS:
        negated = bool(node.args.get("negate"))
        words = COMPARISONS[type(node)][0 if holds != negated else 1]
        return f"{_value(node.this)} {words} {_value(node.expression)}"
    if isinstance(node, exp.Between):
        low, high = _value(node.args["low"]), _value(node.args["high"])
        return f"{_value(node.this)} is {no}from {low} to {high}"
    if isinstance(node, exp.In) and len(node.expressions) == 1:
        return f"{_value(node.this)} is {no}{_value(node.expressions[0])}"
    if isinstance(node, exp.In):
        return f"{_value(node.this)} is {'one' if holds else 'none'} of {_list(node)}"
    if isinstance(node, exp.Is):
        inner = node.this.unnest()
        own = inner.name if isinstance(inner, exp.Column) else f"({_either(inner)})"
        return f"{own} is {_state(node.expression, holds)}"
    if isinstance(node, exp.Column) or _is_flag(node):
        return f"{_value(node)} is {'true' if holds else 'false'}"
    return f"{'' if holds else 'NOT '}{_as_written(node)}"


def _is_flag(node: exp.Expression) -> bool:
    """Tell whether a condition is a column and what it is taken as where it is missing."""
    return (
        isinstance(node, exp.Coalesce)
        and isinstance(node.this, exp.Column)
        and len(node.expressions) == 1
        and isinstance(node.expressions[0], exp.Boolean)
    )


def _as_written(node: exp.Expression) -> str:
    return node.sql(dialect="duckdb", comments=False)


def _state(node: exp.Expression, holds: bool) -> str:
    """Return what IS asks for; unlike a plain NOT, IS NOT TRUE holds for what is unknown."""
    if isinstance(node, exp.Null):
        return "missing" if holds else "not missing"
    return _value(node) if holds else f"{'false' if node.this else 'true'} or unknown"


def _either(node: exp.Expression) -> str:
    """Return a condition or a value, whichever the node is."""
    conditions = (*COMPARISONS, exp.And, exp.Or, exp.Not, exp.Between, exp.In, exp.Is)
    return _condition(node) if isinstance(node, conditions) else _value(node)


def _list(node: exp.In) -> str:
    call = node.args.get("field")
    if call is not None:
        return f"the codes of list {call.expressions[0].name}"
    return ", ".join(map(_value, node.expressions))


def _value(node: exp.Expression) -> str:
    if isinstance(node, exp.Column):
        return str(node.name)
    if isinstance(node, exp.Boolean):
        return "true" if node.this else "false"
    if isinstance(node, exp.Cast):
        return str(node.this.name)
    if isinstance(node, exp.Paren):
        return f"({_value(node.this)})"
    if type(node) in ARITHMETIC:
        return f"{_value(node.this)} {ARITHMETIC[type(node)]} {_value(node.expression)}"
    if isinstance(node, exp.Coalesce) and len(node.expressions) == 1:
        return f"{_value(node.this)} (where it is missing: {_value(node.expressions[0])})"
    return _date_value(node)


def _date_value(node: exp.Expression) -> str:
    if isinstance(node, exp.DateDiff):
        unit = node.args["unit"].name.lower()
        what = "days" if unit == "day" else f"changes of {unit}"
        return f"the number of {what} from {_value(node.expression)} to {_value(node.this)}"
    for part in DATE_PARTS:
        if isinstance(node, exp.Extract) and node.name.lower() == part:
            return f"the {part} of {_value(node.expression)}"
        if node.key == part:
            return f"the {part} of {_value(node.this)}"
    return _as_written(node)
