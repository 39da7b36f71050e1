"""The expression language: which nodes of a parsed expression are allowed, and of what kind.

An expression is allowed node by node; whatever stands in no table here is refused, so that a
newer parser cannot widen the language.
"""

from collections.abc import Mapping
from typing import Literal

from sqlglot import exp

Kind = Literal["boolean", "number", "string", "date", "null"]

KIND_OF_TYPE: Mapping[str, Kind] = {
    "string": "string",
    "integer": "number",
    "number": "number",
    "date": "date",
    "datetime": "date",
    "boolean": "boolean",
}

COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod)
LOGIC = (exp.And, exp.Or, exp.Not)

SIGNATURES: Mapping[type[exp.Expression], tuple[Mapping[str, Kind], Kind]] = {
    exp.Neg: ({"this": "number"}, "number"),
    exp.Not: ({"this": "boolean"}, "boolean"),
    exp.And: ({"this": "boolean", "expression": "boolean"}, "boolean"),
    exp.Or: ({"this": "boolean", "expression": "boolean"}, "boolean"),
    exp.Add: ({"this": "number", "expression": "number"}, "number"),
    exp.Mul: ({"this": "number", "expression": "number"}, "number"),
    exp.Div: ({"this": "number", "expression": "number"}, "number"),
    exp.Mod: ({"this": "number", "expression": "number"}, "number"),
    exp.Like: ({"this": "string", "expression": "string"}, "boolean"),
    exp.Abs: ({"this": "number"}, "number"),
    exp.Floor: ({"this": "number"}, "number"),
    exp.Ceil: ({"this": "number"}, "number"),
    exp.Round: ({"this": "number", "decimals": "number"}, "number"),
    exp.Lower: ({"this": "string"}, "string"),
    exp.Upper: ({"this": "string"}, "string"),
    exp.Trim: ({"this": "string"}, "string"),
    exp.Length: ({"this": "string"}, "number"),
    exp.Substring: ({"this": "string", "start": "number", "length": "number"}, "string"),
    exp.StartsWith: ({"this": "string", "expression": "string"}, "boolean"),
    exp.Year: ({"this": "date"}, "number"),
    exp.Quarter: ({"this": "date"}, "number"),
    exp.Month: ({"this": "date"}, "number"),
    exp.Day: ({"this": "date"}, "number"),
}
"""Node -> the kinds of its arguments, and its own."""

FLAGS: Mapping[type[exp.Expression], frozenset[str]] = {exp.Like: frozenset({"negate"})}
"""What a node with a signature may carry besides: ``NOT LIKE`` is one node with a flag."""

OTHER_ARGUMENTS: Mapping[type[exp.Expression], frozenset[str]] = {
    **{node: frozenset({"this", "expression"}) for node in COMPARISONS},
    exp.Sub: frozenset({"this", "expression"}),
    exp.Paren: frozenset({"this"}),
    exp.Between: frozenset({"this", "low", "high"}),
    exp.In: frozenset({"this", "expressions", "field"}),
    exp.Is: frozenset({"this", "expression"}),
    exp.Case: frozenset({"this", "ifs", "default"}),
    exp.Coalesce: frozenset({"this", "expressions"}),
    exp.Nullif: frozenset({"this", "expression"}),
    exp.Extract: frozenset({"this", "expression"}),
    exp.DateDiff: frozenset({"this", "expression", "unit", "date_part_boundary"}),
    exp.Cast: frozenset({"this", "to"}),
    exp.Column: frozenset({"this"}),
    exp.Literal: frozenset({"this", "is_string"}),
    exp.Boolean: frozenset({"this"}),
    exp.Null: frozenset(),
}
"""Nodes with rules of their own -> the arguments they may carry."""

DATE_PARTS = ("year", "quarter", "month", "day")
NO_TIMES = (
    "a condition sees dates and no times of day, so minutes come as a number column, or as "
    "value.minutes of a continuous measure"
)
"""What to do instead of asking a condition for hours or minutes."""

DAYS = "between two dates lie days: died_on - admitted_on <= 30"
FLAG = "a boolean stands alone, as planned or NOT planned"

FUNCTIONS = (
    *("abs", "ceil", "coalesce", "code_list", "date_diff", "day", "extract", "floor", "length"),
    *("lower", "month", "nullif", "quarter", "round", "starts_with", "substring", "trim"),
    *("upper", "year"),
)

LANGUAGE = (
    "allowed are comparison, arithmetic, AND, OR, NOT, IN, BETWEEN, LIKE, IS NULL, CASE, "
    f"DATE '2016-04-01' and the functions {', '.join(FUNCTIONS)}"
)

EXAMPLE = "a condition reads like age >= 18 AND (sex = 'female' OR planned)"
"""What to write instead of what no parser reads, such as the functions of a spreadsheet."""


def allowed_arguments(node: exp.Expression) -> frozenset[str] | None:
    """Return the arguments a node may carry, or None if the node itself is not allowed."""
    signature = SIGNATURES.get(type(node))
    if signature is not None:
        return frozenset(signature[0]) | FLAGS.get(type(node), frozenset())
    return OTHER_ARGUMENTS.get(type(node))
