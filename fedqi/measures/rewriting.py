"""A checked expression as every database may evaluate it."""

from collections.abc import Mapping, Sequence

from sqlglot import exp

_ZERO = exp.Literal.number(0)


def rewritten(tree: exp.Expression, code_lists: Mapping[str, Sequence[str]]) -> exp.Expression:
    """Replace code lists by their codes, quote names, and let a division by zero give NULL.

    Parameters
    ----------
    tree
        Checked by :func:`fedqi.measures.criteria.parse_expression`.
    code_lists
        Name to codes.
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
        return node

    return tree.transform(one)
