"""Which codes the conditions of a measure look for, and in which column."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp

from fedqi.measures.criteria import Scope, parse_expression
from fedqi.measures.definition import Measure
from fedqi.measures.expressions import written
from fedqi.measures.grammar import Kind


@dataclass(frozen=True, slots=True)
class CodeUse:
    """Codes that a condition looks for.

    Parameters
    ----------
    column
        Column of the dataset; text.
    words
        What has one of them: the name of the code list, or the codes as they are written.
    codes
        What it must be equal to.
    """

    column: str
    words: str
    codes: tuple[str, ...]


def code_uses(measure: Measure) -> tuple[CodeUse, ...]:
    """Return what the conditions look for, each once, in the order of the definition.

    Columns that name what is allowed in them are left out: another spelling is refused there.
    """
    found = dict.fromkeys(
        use
        for text, kind in _texts(measure)
        for use in _uses(measure, parse_expression(text, _scope(measure), kind))
        if (column := measure.dataset.columns.get(use.column)) and not column.allowed
    )
    return tuple(found)


def bare(code: str) -> str:
    """Return a code without what systems write differently: dots, blanks, dashes, small letters."""
    return re.sub("[^A-Z0-9]", "", code.upper())


def spelled_otherwise(column: str, codes: Sequence[str]) -> str:
    """Return the condition that a column holds one of some codes but for its spelling.

    Parameters
    ----------
    column
        Its name, quoted.
    codes
        As the measure writes them.

    Returns
    -------
    str
        SQL that DuckDB and PostgreSQL read alike.
    """
    stripped = sorted({bare(code) for code in codes} - {""})
    if not stripped:
        return "FALSE"
    plain = f"regexp_replace(upper({column}), '[^A-Z0-9]', '', 'g')"
    return f"{plain} IN ({_listed(stripped)}) AND NOT {spelled_alike(column, codes)}"


def spelled_alike(column: str, codes: Sequence[str]) -> str:
    """Return the condition that a column holds one of some codes."""
    return f"{column} IN ({_listed(codes)})"


def _listed(codes: Sequence[str]) -> str:
    return ", ".join(exp.Literal.string(code).sql() for code in codes)


def _texts(measure: Measure) -> Iterator[tuple[str, Kind]]:
    yield from ((text, kind) for _, _, text, kind in written(measure))
    yield from ((each.where, "boolean") for each in measure.derive.values())


def _scope(measure: Measure) -> Scope:
    return Scope(
        place=f"measure {measure.id}",
        columns={name: column.type for name, column in measure.columns.items()},
        identifying=measure.dataset.identifying,
        code_lists=frozenset(measure.code_lists),
    )


def _uses(measure: Measure, tree: exp.Expression) -> Iterator[CodeUse]:
    for node in tree.find_all(exp.In, bfs=False):
        if isinstance(node.this, exp.Column) and node.args.get("field") is not None:
            name = node.args["field"].expressions[0].name
            yield CodeUse(node.this.name, f"a code of list {name!r}", measure.code_lists[name])
        elif isinstance(node.this, exp.Column):
            yield from _texts_of(measure, node.this.name, node.expressions)
    for equal in tree.find_all(exp.EQ, exp.NEQ, bfs=False):
        sides = (equal.this, equal.expression)
        for column in sides:
            if isinstance(column, exp.Column):
                yield from _texts_of(measure, column.name, sides)


def _texts_of(measure: Measure, column: str, others: Sequence[exp.Expression]) -> Iterator[CodeUse]:
    """Yield the texts that a column is compared with."""
    texts = [each.name for each in others if isinstance(each, exp.Literal) and each.is_string]
    if texts and measure.columns[column].type == "string":
        yield CodeUse(column, " or ".join(map(repr, texts)), tuple(texts))
