"""A checked expression as every database may evaluate it."""

from collections.abc import Mapping, Sequence
from typing import Literal

from sqlglot import exp

from fedqi.measures.criteria import Scope, parse_expression
from fedqi.measures.dataset import Column
from fedqi.measures.definition import Measure
from fedqi.measures.grammar import Kind
from fedqi.measures.postgres import postgres

System = Literal["duckdb", "postgres"]
"""What evaluates a measure."""

_ZERO = exp.Literal.number(0)


def compiled(
    measure: Measure, place: str, text: str, wanted: Kind, system: System = "duckdb"
) -> str:
    """Return an expression of a measure, checked, as SQL that a system reads.

    Raises
    ------
    DefinitionError
        Naming `place`, line:column and the offending text if it is not allowed.
    """
    scope = scope_of(measure, place, measure.columns)
    tree = rewritten(parse_expression(text, scope, wanted), measure)
    if system == "postgres":
        tree = postgres(tree, wanted, scope.columns)
    return f"({tree.sql(dialect=system, comments=False)})"


def scope_of(measure: Measure, place: str, columns: Mapping[str, Column]) -> Scope:
    """Return what an expression of a measure stands in, and may name."""
    return Scope(
        place=f"measure {measure.id}: {place}",
        columns={name: column.type for name, column in columns.items()},
        declared=columns,
        identifying=measure.dataset.identifying,
        code_lists=frozenset(measure.code_lists),
    )


def rewritten(tree: exp.Expression, measure: Measure) -> exp.Expression:
    """Replace code lists by their codes, quote names, and let a division by zero give NULL.

    Parameters
    ----------
    tree
        Checked by :func:`fedqi.measures.criteria.parse_expression`.
    measure
        Has the code lists and the types of the columns.
    """
    types = {name: column.type for name, column in measure.columns.items()}
    return portable(tree, types, measure.code_lists)


def portable(
    tree: exp.Expression, types: Mapping[str, str], code_lists: Mapping[str, Sequence[str]]
) -> exp.Expression:
    """Do the same for columns of these types and code lists of these codes.

    Parameters
    ----------
    tree
        A checked expression.
    types
        Column -> type.
    code_lists
        Name -> codes.
    """

    def one(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.In) and node.args.get("field") is not None:
            codes = code_lists[node.args["field"].expressions[0].name]
            node.set("field", None)
            node.set("expressions", [exp.Literal.string(code) for code in codes])
        if isinstance(node, (exp.Div, exp.Mod)) and not isinstance(node.expression, exp.Nullif):
            node.set("expression", exp.Nullif(this=node.expression, expression=_ZERO.copy()))
        if isinstance(node, exp.Identifier):
            node.set("quoted", True)
        if isinstance(node, exp.Column) and types[node.name] == "datetime":
            # In a criterion a time of day is its date; only `value.minutes` reads the time.
            return exp.cast(exp.column(exp.to_identifier(node.name, quoted=True)), "date")
        return node

    return tree.transform(one)
