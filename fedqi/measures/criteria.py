"""Expressions of a measure: parsed, allowed node by node, and checked for kinds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import isfinite
from typing import NoReturn

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from fedqi.errors import DefinitionError
from fedqi.measures.dataset import Column
from fedqi.measures.grammar import (
    COMPARISONS,
    DATE_PARTS,
    DAYS,
    EXAMPLE,
    FLAG,
    FUNCTIONS,
    KIND_OF_TYPE,
    LANGUAGE,
    NO_TIMES,
    SIGNATURES,
    Kind,
    allowed_arguments,
)
from fedqi.measures.refusals import AUTHOR, nearest
from fedqi.measures.signs import MEANT, foreign_sign
from fedqi.measures.vain import vain


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression stands in, and may name.

    Parameters
    ----------
    place
        Measure and key, for messages.
    columns
        Column -> type.
    declared
        Column -> what it may hold, where that is known.
    identifying
        Columns that it may not use.
    code_lists
        Names of the code lists.
    author
        Who must act, in words.
    qualified
        Whether a column may be named as ``table.column``; then `columns` has it so.
    """

    place: str
    columns: Mapping[str, str]
    declared: Mapping[str, Column] = field(default_factory=dict)
    identifying: frozenset[str] = frozenset()
    code_lists: frozenset[str] = frozenset()
    author: str = AUTHOR
    qualified: bool = False


def parse_expression(text: str, scope: Scope, wanted: Kind) -> exp.Expression:
    """Parse an expression and check that the language allows it.

    Parameters
    ----------
    text
        The expression, in SQL.
    scope
        What it may name.
    wanted
        The kind it must have: ``boolean`` for a criterion, ``number`` for a sum.

    Returns
    -------
    sqlglot.exp.Expression
        The tree, every node of it allowed.

    Raises
    ------
    DefinitionError
        Naming key, line:column and the offending text.
    """
    tree, found = parse_any(text, scope)
    if found not in (wanted, "null"):
        _Checker(text, scope).refuse(tree, f"is a {found}, expected a {wanted}")
    return tree


def parse_any(text: str, scope: Scope) -> tuple[exp.Expression, Kind]:
    """Parse an expression of whatever kind, check it, and return the kind as well.

    Parameters
    ----------
    text, scope
        As of :func:`parse_expression`.

    Raises
    ------
    DefinitionError
        Naming key, line:column and the offending text.
    """
    checker = _Checker(text, scope)
    try:
        tree = _tree(text, checker)
        if scope.qualified:
            tree = tree.transform(_one_name)
        kind = checker.kind(tree)
        for node, why in vain(tree, scope.declared):
            checker.refuse(node, why)
        return tree, kind
    except RecursionError:
        raise DefinitionError(f"{scope.place}: nested too deeply; {scope.author}") from None


def _one_name(node: exp.Expression) -> exp.Expression:
    """Take ``table.column`` for the one name of a column; anything longer stays, and is refused."""
    if isinstance(node, exp.Column) and set(_carried(node)) == {"this", "table"}:
        name = exp.to_identifier(f"{node.table}.{node.name}", quoted=True)
        name.meta.update(node.args["table"].meta)
        return exp.column(name)
    return node


def _carried(node: exp.Expression) -> list[str]:
    """Return the arguments that a node has."""
    return [name for name, value in node.args.items() if value not in (None, False, [])]


def _tree(text: str, checker: "_Checker") -> exp.Expression:
    if (found := foreign_sign(text)) is not None:
        checker.fail(*_place(text, found.start), found.sign, f"expected {MEANT[found.sign]}")
    try:
        statements = sqlglot.parse(text, read="duckdb")
    except ParseError as error:
        fault = error.errors[0]
        near = fault.get("highlight") or fault.get("start_context") or text
        # The parser names the last column of what it stumbled over, people expect the first.
        first = max((fault.get("col") or 1) - len(fault.get("highlight") or " ") + 1, 1)
        checker.fail(fault.get("line") or 1, first, near, f"cannot be parsed near here; {EXAMPLE}")
    except TokenError:
        checker.fail(1, 1, text, "cannot be parsed; is a quotation mark open?")
    tree = statements[0] if len(statements) == 1 else None
    if not isinstance(tree, exp.Expression):
        checker.fail(1, 1, text, "is not one expression")
    return tree


def _place(text: str, start: int) -> tuple[int, int]:
    """Return line and column, from 1."""
    before = text[:start]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


class _Checker:
    """Walks one expression and returns its kind, or refuses it with the place."""

    def __init__(self, text: str, scope: Scope) -> None:
        self._text = text
        self._scope = scope

    def fail(self, line: int, column: int, found: str, why: str) -> NoReturn:
        shown = found if len(found) <= 80 else f"{found[:77]}..."
        raise DefinitionError(
            f"{self._scope.place}, {line}:{column}: {shown!r} {why}; {self._scope.author}"
        )

    def refuse(self, node: exp.Expression, why: str) -> NoReturn:
        starts = [n.meta["start"] for n in node.walk() if "start" in n.meta]
        self.fail(*_place(self._text, min(starts, default=0)), node.sql(dialect="duckdb"), why)

    def kind(self, node: exp.Expression) -> Kind:
        """Return the kind of a node after checking it and everything below it."""
        self._check_allowed(node)
        if type(node) in SIGNATURES:
            return self._by_signature(node)
        if isinstance(node, (exp.Column, exp.Literal, exp.Boolean, exp.Null)):
            return self._leaf(node)
        if isinstance(node, (*COMPARISONS, exp.Between, exp.In)):
            return self._comparison(node)
        if isinstance(node, (exp.Case, exp.Coalesce, exp.Nullif)):
            return self._choice(node)
        if isinstance(node, (exp.Extract, exp.DateDiff, exp.Cast, exp.Sub)):
            return self._dates(node)
        if isinstance(node, exp.Is):
            return self._is(node)
        return self.kind(node.this)

    def _check_allowed(self, node: exp.Expression) -> None:
        if isinstance(node, exp.Anonymous):
            self._refuse_function(node)
        if isinstance(node, exp.Alias):
            self.refuse(node.this, f"is followed by {node.alias!r}, expected AND, OR or the end")
        allowed = allowed_arguments(node)
        if allowed is None or not set(_carried(node)) <= allowed:
            self.refuse(node, f"is not allowed in an expression; {LANGUAGE}")

    def _refuse_function(self, node: exp.Anonymous) -> NoReturn:
        if node.name.lower() == "code_list":
            self.refuse(node, "stands alone, expected: column IN code_list('name')")
        self.refuse(node, f"calls an unknown function: {nearest(node.name.lower(), FUNCTIONS)}")

    def _by_signature(self, node: exp.Expression) -> Kind:
        arguments, own = SIGNATURES[type(node)]
        for name, wanted in arguments.items():
            argument = node.args.get(name)
            if argument is not None:
                self._want(argument, wanted)
        return own

    def _want(self, node: exp.Expression, wanted: Kind) -> None:
        found = self.kind(node)
        if found not in (wanted, "null"):
            days = f"; {DAYS}" if (found, wanted) == ("date", "number") else ""
            self.refuse(node, f"is a {found}, expected a {wanted}{days}")

    def _leaf(self, node: exp.Expression) -> Kind:
        if isinstance(node, exp.Column):
            return self._column(node)
        if isinstance(node, exp.Literal):
            if not node.is_string and not isfinite(float(node.name)):
                self.refuse(node, "is not a finite number")
            return "string" if node.is_string else "number"
        return "boolean" if isinstance(node, exp.Boolean) else "null"

    def _column(self, node: exp.Column) -> Kind:
        name = node.name
        if not isinstance(node.this, exp.Identifier):
            self.refuse(node, f"is not allowed in an expression; {LANGUAGE}")
        if name not in self._scope.columns:
            text = f"; a text stands in single quotation marks: '{name}'"
            told = text if node.this.quoted else ""
            self.refuse(node, f"is an unknown column: {nearest(name, self._scope.columns)}{told}")
        if name in self._scope.identifying:
            self.refuse(node, "is a key, subject or provider column, which no expression may use")
        return KIND_OF_TYPE[self._scope.columns[name]]

    def _comparison(self, node: exp.Expression) -> Kind:
        if isinstance(node, exp.In) and node.args.get("field") is not None:
            self._code_list(node)
            return "boolean"
        self._alike(_operands(node), node, dates_as_text=True)
        return "boolean"

    def _code_list(self, node: exp.In) -> None:
        self._want(node.this, "string")
        call = node.args["field"]
        names = call.expressions if isinstance(call, exp.Anonymous) else []
        named = [name for name in names if isinstance(name, exp.Literal) and name.is_string]
        if len(names) != 1 or not named or call.name.lower() != "code_list":
            self.refuse(node, "expected a list in parentheses or code_list('name') after IN")
        if named[0].name not in self._scope.code_lists:
            known = nearest(named[0].name, self._scope.code_lists) if self._scope.code_lists else ""
            self.refuse(named[0], f"is an unknown code list{': ' if known else ''}{known}")

    def _alike(
        self, nodes: Sequence[exp.Expression], whole: exp.Expression, dates_as_text: bool = False
    ) -> Kind:
        """Return the one kind that all of these have."""
        kinds = {id(node): self.kind(node) for node in nodes}
        present = {kind for kind in kinds.values() if kind != "null"}
        if dates_as_text and present == {"date", "string"}:
            for node in (n for n in nodes if kinds[id(n)] == "string"):
                self._date_text(node)
            present = {"date"}
        if len(present) > 1:
            flag = f"; {FLAG}" if "boolean" in present else ""
            self.refuse(whole, f"mixes {' and '.join(sorted(present))}{flag}")
        return next(iter(present), "null")

    def _date_text(self, node: exp.Expression) -> None:
        try:
            date.fromisoformat(node.name if isinstance(node, exp.Literal) else "")
        except ValueError:
            self.refuse(node, "is compared with a date, expected a date such as '2016-04-01'")

    def _choice(self, node: exp.Expression) -> Kind:
        if isinstance(node, exp.Case):
            return self._case(node)
        rest = [node.expression] if isinstance(node, exp.Nullif) else node.expressions
        return self._alike([node.this, *rest], node)

    def _case(self, node: exp.Case) -> Kind:
        branches: list[exp.If] = node.args["ifs"]
        conditions = [branch.this for branch in branches]
        if node.this is not None:
            self._alike([node.this, *conditions], node, dates_as_text=True)
        else:
            for condition in conditions:
                self._want(condition, "boolean")
        results = [branch.args["true"] for branch in branches]
        default = node.args.get("default")
        return self._alike(results if default is None else [*results, default], node)

    def _dates(self, node: exp.Expression) -> Kind:
        if isinstance(node, exp.Cast):
            return self._date_literal(node)
        if isinstance(node, exp.Sub):
            found = self._alike([node.this, node.expression], node)
            if found not in ("number", "date", "null"):
                self.refuse(node, f"subtracts a {found}, expected numbers or dates")
            return "number"
        unit = node.this if isinstance(node, exp.Extract) else node.args.get("unit")
        if unit is None or unit.name.lower() not in DATE_PARTS:
            self.refuse(node, f"expected one of the parts {', '.join(DATE_PARTS)}; {NO_TIMES}")
        self._want(node.expression, "date")
        if isinstance(node, exp.DateDiff):
            self._want(node.this, "date")
        return "number"

    def _date_literal(self, node: exp.Cast) -> Kind:
        if not node.to.is_type("date") or not isinstance(node.this, exp.Literal):
            self.refuse(node, f"is not allowed in an expression; {LANGUAGE}")
        self._date_text(node.this)
        return "date"

    def _is(self, node: exp.Is) -> Kind:
        if isinstance(node.expression, exp.Boolean):
            self._want(node.this, "boolean")
        elif isinstance(node.expression, exp.Null):
            self.kind(node.this)
        else:
            self.refuse(node, "expected IS NULL, IS NOT NULL, IS TRUE or IS FALSE")
        return "boolean"


def _operands(node: exp.Expression) -> list[exp.Expression]:
    if isinstance(node, exp.Between):
        return [node.this, node.args["low"], node.args["high"]]
    if isinstance(node, exp.In):
        return [node.this, *node.expressions]
    return [node.this, node.expression]
