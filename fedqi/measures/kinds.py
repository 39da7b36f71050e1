"""Kinds of the parts of a checked expression, for systems that want a type for every NULL."""

from collections.abc import Iterable, Mapping

from sqlglot import exp

from fedqi.measures.grammar import COMPARISONS, KIND_OF_TYPE, SIGNATURES, Kind

_TYPES: Mapping[Kind, str] = {
    "boolean": "boolean",
    "number": "double",
    "string": "text",
    "date": "date",
}


def with_typed_nulls(
    node: exp.Expression, wanted: Kind, columns: Mapping[str, str]
) -> exp.Expression:
    """Give each NULL the type that its place calls for, in place.

    Parameters
    ----------
    node
        A checked expression.
    wanted
        The kind of its value.
    columns
        Column -> type.
    """
    if isinstance(node, exp.Null):
        return exp.Cast(this=node.copy(), to=exp.DataType.build(_TYPES.get(wanted, "text")))
    for child, kind in list(_parts(node, wanted, columns)):
        changed = with_typed_nulls(child, kind, columns)
        if changed is not child:
            child.replace(changed)
    return node


def kind_of(node: exp.Expression, columns: Mapping[str, str]) -> Kind:
    """Return the kind of a checked expression; ``null`` if nothing tells it."""
    if isinstance(node, exp.Column):
        return KIND_OF_TYPE[columns[node.name]]
    if isinstance(node, exp.Literal):
        return "string" if node.is_string else "number"
    if isinstance(node, exp.Paren):
        return kind_of(node.this, columns)
    if isinstance(node, (exp.Case, exp.Coalesce, exp.Nullif)):
        return _first(_results(node), columns)
    if isinstance(node, (exp.Boolean, *COMPARISONS, exp.Between, exp.In, exp.Is)):
        return "boolean"
    if isinstance(node, (exp.Sub, exp.Extract, exp.DateDiff)):
        return "number"
    if isinstance(node, exp.Cast):
        return "date"
    return SIGNATURES[type(node)][1] if type(node) in SIGNATURES else "null"


def _parts(
    node: exp.Expression, wanted: Kind, columns: Mapping[str, str]
) -> Iterable[tuple[exp.Expression, Kind]]:
    """Return the parts of a node that have a value, each with its kind."""
    if type(node) in SIGNATURES:
        arguments = SIGNATURES[type(node)][0]
        return [(node.args[name], kind) for name, kind in arguments.items() if node.args.get(name)]
    if isinstance(node, exp.Paren):
        return [(node.this, wanted)]
    if isinstance(node, exp.Is):
        truth = isinstance(node.expression, exp.Boolean)
        return [(node.this, "boolean" if truth else kind_of(node.this, columns))]
    if isinstance(node, (exp.Case, exp.Coalesce, exp.Nullif)):
        return [*_alike(_results(node), wanted, columns), *_conditions(node, columns)]
    if isinstance(node, exp.Extract):
        return [(node.expression, "date")]
    if isinstance(node, exp.DateDiff):
        return [(node.this, "date"), (node.expression, "date")]
    if isinstance(node, (*COMPARISONS, exp.Sub, exp.Between, exp.In)):
        found = [node.this, node.expression, node.args.get("low"), node.args.get("high")]
        operands = [each for each in [*found, *node.expressions] if each]
        return _alike(operands, "number", columns)
    return []


def _alike(
    nodes: list[exp.Expression], otherwise: Kind, columns: Mapping[str, str]
) -> list[tuple[exp.Expression, Kind]]:
    """Give all nodes the one kind that they have."""
    found = _first(nodes, columns)
    return [(node, otherwise if found == "null" else found) for node in nodes]


def _first(nodes: Iterable[exp.Expression], columns: Mapping[str, str]) -> Kind:
    """Return the kind that tells: a text beside a date is a date written out."""
    kinds = [kind_of(node, columns) for node in nodes]
    known = [kind for kind in kinds if kind != "null"]
    return "date" if "date" in known else next(iter(known), "null")


def _results(node: exp.Expression) -> list[exp.Expression]:
    if isinstance(node, exp.Case):
        default = node.args.get("default")
        results = [branch.args["true"] for branch in node.args["ifs"]]
        return results if default is None else [*results, default]
    rest = [node.expression] if isinstance(node, exp.Nullif) else node.expressions
    return [node.this, *rest]


def _conditions(
    node: exp.Expression, columns: Mapping[str, str]
) -> list[tuple[exp.Expression, Kind]]:
    if not isinstance(node, exp.Case):
        return []
    conditions = [branch.this for branch in node.args["ifs"]]
    if node.this is None:
        return [(condition, "boolean") for condition in conditions]
    return _alike([node.this, *conditions], "number", columns)
