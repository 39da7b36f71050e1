"""Which codes the conditions of a measure look for, and in which column."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp

from fedqi.measures.criteria import parse_expression
from fedqi.measures.definition import Measure
from fedqi.measures.expressions import written
from fedqi.measures.grammar import Kind
from fedqi.measures.rewriting import rewritten, scope_of


@dataclass(frozen=True, slots=True)
class CodeUse:
    """Codes that a condition looks for.

    Parameters
    ----------
    column
        Column of the dataset; text.
    compared
        What is compared, as SQL that DuckDB and PostgreSQL read alike: the column, or it in other
        letters and without blanks, as in ``upper(trim(code))``.
    words
        What has one of them: the name of the code list, or the codes as they are written.
    codes
        What it must be equal to.
    """

    column: str
    compared: str
    words: str
    codes: tuple[str, ...]


def code_uses(measure: Measure) -> tuple[CodeUse, ...]:
    """Return what the conditions look for, each once, in the order of the definition.

    Columns that name what is allowed in them are left out: another spelling is refused there.
    """
    scope = scope_of(measure, "conditions", measure.columns)
    found = dict.fromkeys(
        use
        for text, kind in _texts(measure)
        for use in _uses(measure, parse_expression(text, scope, kind))
        if (column := measure.dataset.columns.get(use.column)) and not column.allowed
    )
    return tuple(found)


def bare(code: str) -> str:
    """Return a code without what systems write differently: dots, blanks, dashes, small letters."""
    return re.sub("[^A-Z0-9]", "", code.upper())


def spelled_otherwise(use: CodeUse) -> str:
    """Return the condition that a row has one of the codes but for its spelling."""
    stripped = sorted({bare(code) for code in use.codes} - {""})
    if not stripped:
        return "FALSE"
    plain = f"regexp_replace(upper({use.compared}), '[^A-Z0-9]', '', 'g')"
    return f"{plain} IN ({_listed(stripped)}) AND NOT {spelled_alike(use)}"


def spelled_alike(use: CodeUse) -> str:
    """Return the condition that a row has one of the codes."""
    return f"{use.compared} IN ({_listed(use.codes)})"


def _listed(codes: Sequence[str]) -> str:
    return ", ".join(exp.Literal.string(code).sql() for code in codes)


def _texts(measure: Measure) -> Iterator[tuple[str, Kind]]:
    yield from ((text, kind) for _, _, text, kind in written(measure))
    yield from ((each.where, "boolean") for each in measure.derive.values())


def _uses(measure: Measure, tree: exp.Expression) -> Iterator[CodeUse]:
    for node in tree.find_all(exp.In, bfs=False):
        call = node.args.get("field")
        if call is None:
            yield from _texts_of(measure, node.this, node.expressions)
        elif (column := _column_in(node.this)) is not None:
            name, compared = call.expressions[0].name, _compared(measure, node.this)
            yield CodeUse(column, compared, f"a code of list {name!r}", measure.code_lists[name])
    for equal in tree.find_all(exp.EQ, exp.NEQ, bfs=False):
        yield from _texts_of(measure, equal.this, [equal.expression])
        yield from _texts_of(measure, equal.expression, [equal.this])


def _texts_of(
    measure: Measure, one: exp.Expression, others: Sequence[exp.Expression]
) -> Iterator[CodeUse]:
    """Yield the texts that a column is compared with."""
    column = _column_in(one)
    texts = [each.name for each in others if isinstance(each, exp.Literal) and each.is_string]
    if column is not None and texts and measure.columns[column].type == "string":
        words = " or ".join(map(repr, texts))
        yield CodeUse(column, _compared(measure, one), words, tuple(texts))


def _column_in(node: exp.Expression) -> str | None:
    """Return the column that stands alone, or in nothing but what changes its spelling."""
    while isinstance(node, (exp.Upper, exp.Lower, exp.Trim, exp.Paren)):
        node = node.this
    return node.name if isinstance(node, exp.Column) else None


def _compared(measure: Measure, node: exp.Expression) -> str:
    return rewritten(node.copy(), measure).sql(dialect="duckdb")
