"""A measure's question in the dialect of SQL Server 2022. Generated, and run by nobody here.

SQL Server has no truth values: a condition is no value and a BIT is no condition. So every part of
the statement is read either as a condition or as a value, and turned into the other where the
place asks for it; what is unknown stays unknown (NULL) on the way.
"""

from collections.abc import Callable, Mapping

from sqlglot import exp, parse_one

from fedqi.errors import DefinitionError

COLLATION = "Latin1_General_100_BIN2"
"""Compares text by its code points, as DuckDB does."""

TYPES: Mapping[str, str] = {
    "string": "NVARCHAR(4000)",
    "integer": "BIGINT",
    "number": "FLOAT",
    "date": "DATE",
    "datetime": "DATETIME2",
    "boolean": "BIT",
}
"""Type of a column of a measure -> type of SQL Server."""

_CONDITIONS = (
    exp.And,
    exp.Or,
    exp.Not,
    exp.EQ,
    exp.NEQ,
    exp.GT,
    exp.GTE,
    exp.LT,
    exp.LTE,
    exp.Is,
    exp.In,
    exp.Between,
    exp.Like,
    exp.Exists,
    exp.StartsWith,
)
_JOINED = (exp.And, exp.Or, exp.Not)
"""Conditions of conditions; the others are of values."""


def tsql(statement: str, types: Mapping[str, str]) -> str:
    """Return a statement of DuckDB as SQL Server has to be asked it.

    Parameters
    ----------
    statement
        As :mod:`fedqi.measures.compile` writes it.
    types
        Column -> type, of the measure.

    Raises
    ------
    DefinitionError
        If SQL Server has nothing that means the same.
    """
    tree = parse_one(statement, read="duckdb", into=exp.Select)
    for order in tree.find_all(exp.Ordered):
        # What is ordered here is never missing: no need to say where NULL would stand.
        order.set("nulls_first", not order.args.get("desc"))
    return _Writer(types).value(tree).sql(dialect="tsql", comments=False, pretty=True)


class _Writer:
    """Rewrites from the top down: the place of a node says what it must be."""

    def __init__(self, types: Mapping[str, str]) -> None:
        self._types = types
        self._rewrites: Mapping[type[exp.Expression], Callable[[exp.Expression], exp.Expression]]
        self._rewrites = {
            exp.Round: _rounded,
            exp.Mod: _remainder,
            exp.Length: _length,
            exp.Substring: _substring,
            exp.Like: _like,
            exp.StartsWith: _starts_with,
            exp.Extract: _extract,
            exp.Quarter: lambda node: _part("quarter", node.this),
            exp.Count: _counted,
            exp.Sum: _summed,
            exp.Sub: self._subtracted,
            exp.Cast: self._told,
            exp.Add: _added,
        }

    def value(self, node: exp.Expression) -> exp.Expression:
        """Return a node as a value, a condition as 1, 0 or NULL."""
        inner = node.unnest()
        if isinstance(node, exp.Paren) and isinstance(inner, (*_CONDITIONS, exp.Boolean)):
            return self.value(inner)
        if isinstance(node, exp.Boolean):
            return exp.cast(exp.Literal.number(int(bool(node.this))), "boolean")
        if isinstance(node, exp.Is) and isinstance(node.expression, exp.Boolean):
            return exp.cast(self._truth(node), "boolean")
        if isinstance(node, _CONDITIONS):
            holds = self.condition(node)
            ifs = [
                exp.If(this=holds, true=exp.Literal.number(1)),
                exp.If(this=exp.not_(exp.paren(holds.copy())), true=exp.Literal.number(0)),
            ]
            return exp.cast(exp.Case(ifs=ifs), "boolean")
        return self._rewritten(self._parts(node))

    def condition(self, node: exp.Expression) -> exp.Expression:
        """Return a node as a condition; a value holds where it is 1."""
        if isinstance(node, exp.Paren):
            inner = self.condition(node.this)
            return inner if isinstance(inner, exp.Paren) else exp.paren(inner)
        if isinstance(node, exp.Boolean):
            one, other = exp.Literal.number(1), exp.Literal.number(int(bool(node.this)))
            return exp.paren(exp.EQ(this=one, expression=other))
        if isinstance(node, exp.Is) and isinstance(node.expression, exp.Boolean):
            if isinstance(node.this.unnest(), exp.Boolean) and node.expression.this:
                return self.condition(node.this.unnest())
            return exp.paren(exp.EQ(this=self._truth(node), expression=exp.Literal.number(1)))
        if isinstance(node, _JOINED):
            for name, child in [
                (k, v) for k, v in node.args.items() if isinstance(v, exp.Expression)
            ]:
                node.set(name, self.condition(child))
            return node
        if isinstance(node, _CONDITIONS):
            return self._rewritten(self._parts(node))
        return exp.paren(exp.EQ(this=self.value(node), expression=exp.Literal.number(1)))

    def _truth(self, node: exp.Is) -> exp.Expression:
        """Return 1 where something is true (or false, as asked), 0 also where it is unknown."""
        inner = self.condition(node.this.unnest())
        holds = inner if node.expression.this else exp.not_(exp.paren(inner))
        ifs = [exp.If(this=holds, true=exp.Literal.number(1))]
        return exp.Case(ifs=ifs, default=exp.Literal.number(0))

    def _parts(self, node: exp.Expression) -> exp.Expression:
        """Rewrite what a node is made of, each by what its place asks for."""
        simple_case = isinstance(node.parent, exp.Case) and node.parent.this is not None
        for name, child in list(node.args.items()):
            asks = name == "this" and (
                isinstance(node, (exp.Where, exp.Having))
                or (isinstance(node, exp.If) and not simple_case)
            )
            turn = self.condition if asks else self.value
            if isinstance(child, exp.Expression):
                node.set(name, turn(child))
            elif isinstance(child, list):
                node.set(name, [turn(e) if isinstance(e, exp.Expression) else e for e in child])
        return node

    def _rewritten(self, node: exp.Expression) -> exp.Expression:
        rewrite = self._rewrites.get(type(node))
        return node if rewrite is None else rewrite(node)

    def _subtracted(self, node: exp.Expression) -> exp.Expression:
        """Count the days between two dates; SQL Server subtracts none."""
        if not (self._is_date(node.this) and self._is_date(node.expression)):
            return node
        return exp.DateDiff(this=node.this, expression=node.expression, unit=exp.var("DAY"))

    def _told(self, node: exp.Expression) -> exp.Expression:
        """Write a truth value as a text as DuckDB does; SQL Server writes 0 and 1."""
        column = node.this
        of_truth = isinstance(column, exp.Column) and self._types.get(column.name) == "boolean"
        if not (of_truth and node.args["to"].is_type("varchar")):
            return node
        ifs = [
            exp.If(
                this=exp.EQ(this=column.copy(), expression=exp.Literal.number(bit)),
                true=exp.Literal.string(word),
            )
            for bit, word in ((1, "true"), (0, "false"))
        ]
        return exp.Case(ifs=ifs)

    def _is_date(self, node: exp.Expression) -> bool:
        bare = node.unnest()
        if isinstance(bare, exp.Column):
            return self._types.get(bare.name) in ("date", "datetime")
        return isinstance(bare, exp.Cast) and bare.is_type("date", "timestamp")


def _rounded(node: exp.Expression) -> exp.Expression:
    node.set("decimals", node.args.get("decimals") or exp.Literal.number(0))
    return node


def _remainder(node: exp.Expression) -> exp.Expression:
    ends = (exp.cast(end, "decimal(38, 12)") for end in (node.this, node.expression))
    return exp.paren(exp.Mod(this=next(ends), expression=next(ends)))


def _length(node: exp.Expression) -> exp.Expression:
    """Count trailing spaces as well, which LEN does not."""
    size = exp.Anonymous(this="DATALENGTH", expressions=[node.this])
    return exp.Anonymous(
        this="FLOOR", expressions=[exp.Div(this=size, expression=exp.Literal.number(2))]
    )


def _substring(node: exp.Expression) -> exp.Expression:
    node.set("length", node.args.get("length") or exp.Literal.number(4000))
    return node


def _like(node: exp.Expression) -> exp.Expression:
    """Let a bracket stand for itself."""
    pattern = node.expression
    if not isinstance(pattern, exp.Literal):
        _refuse(node, "LIKE with a pattern that is not written out")
    node.set("expression", exp.Literal.string(pattern.name.replace("[", "[[]")))
    return node


def _starts_with(node: exp.Expression) -> exp.Expression:
    start = exp.Anonymous(
        this="LEFT",
        expressions=[node.this, exp.Anonymous(this="LEN", expressions=[node.expression])],
    )
    return exp.EQ(this=start, expression=node.expression.copy())


def _extract(node: exp.Expression) -> exp.Expression:
    part = node.this.name.lower()
    if part != "epoch":
        return _part(part, node.expression)
    since = exp.Anonymous(
        this="DATEDIFF_BIG",
        expressions=[exp.var("MICROSECOND"), exp.Literal.string("1970-01-01"), node.expression],
    )
    return exp.paren(exp.Div(this=exp.cast(since, "double"), expression=exp.Literal.number("1e6")))


def _part(part: str, date: exp.Expression) -> exp.Expression:
    return exp.Anonymous(this="DATEPART", expressions=[exp.var(part.upper()), date])


def _counted(node: exp.Expression) -> exp.Expression:
    return exp.Anonymous(this="COUNT_BIG", expressions=[node.this])


def _summed(node: exp.Expression) -> exp.Expression:
    """Add counts up as BIGINT; a sum of INT overflows."""
    if isinstance(node.this, exp.Column) and node.this.name.startswith("@"):
        return exp.Sum(this=exp.cast(node.this, "bigint"))
    return node


def _added(node: exp.Expression) -> exp.Expression:
    if not isinstance(node.expression, exp.Interval):
        return node
    days = exp.Literal.number(node.expression.this.name)
    return exp.Anonymous(this="DATEADD", expressions=[exp.var("DAY"), days, node.this])


def _refuse(node: exp.Expression, what: str) -> None:
    raise DefinitionError(
        f"{node.sql(dialect='duckdb')!r}: {what} cannot be asked of SQL Server; the measure's "
        "author must write it otherwise, or the data manager give the table as a file"
    )
