"""Derivations as SQL: correlated sub-queries, so that no row is ever multiplied.

Only what DuckDB, PostgreSQL and SQL Server share is used: EXISTS, scalar sub-queries with an
aggregate or with ORDER BY and LIMIT, CASE.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlglot import exp

from fedqi.measures.criteria import parse_expression
from fedqi.measures.definition import Measure
from fedqi.measures.derive import Derivation
from fedqi.measures.postgres import postgres
from fedqi.measures.rewriting import rewritten, scope_of

_ROW, _OTHER = "@row", "@other"

_BY_BYTES: Mapping[str, exp.Expression] = {
    "postgres": exp.to_identifier("C", quoted=True),
    "tsql": exp.var("Latin1_General_BIN2"),
}
"""Collations that order text as DuckDB does: which of two stays of one day is later must not
depend on the server's language."""


def derived_rows(measure: Measure, rows: str, dialect: str = "duckdb") -> str:
    """Return the relation with the columns of `rows` and those that the measure derives.

    Parameters
    ----------
    measure
        Its derivations agree with its dataset.
    rows
        Name of the relation of typed rows, in quotation marks.
    dialect
        Of sqlglot: ``duckdb``, ``postgres`` or ``tsql``.

    Returns
    -------
    str
        `rows` itself where nothing is derived, or a sub-query of as many rows.

    Raises
    ------
    DefinitionError
        Naming the derivation and the place in its ``where`` that is not allowed.
    """
    if not measure.derive:
        return rows
    values = [
        exp.alias_(_value(_Place(measure, name, rows, dialect)), name, quoted=True)
        for name in measure.derive
    ]
    star = exp.Column(this=exp.Star(), table=exp.to_identifier(_ROW, quoted=True))
    query = exp.select(star, *values).from_(_named(rows, _ROW)).subquery()
    named = exp.alias_(query, "@derived", table=True, quoted=True)
    return str(named.sql(dialect=dialect, comments=False))


class _Place(NamedTuple):
    """One derivation of a measure, the relation that it looks at, and for which database."""

    measure: Measure
    name: str
    rows: str
    dialect: str

    @property
    def derivation(self) -> Derivation:
        return self.measure.derive[self.name]

    @property
    def start(self) -> str:
        time = self.measure.dataset.time
        assert time is not None and time.start is not None
        return time.start

    def order(self, table: str) -> Sequence[exp.Expression]:
        """Return what rows are ordered by: the start, then the key, text by its bytes."""
        dataset = self.measure.dataset
        assert dataset.key is not None
        named = [_column(table, column) for column in (self.start, *dataset.key)]
        collation = _BY_BYTES.get(self.dialect)
        if collation is None:
            return named
        return [
            exp.Collate(this=column, expression=collation.copy())
            if dataset.columns[column.name].type == "string"
            else column
            for column in named
        ]


def _value(place: _Place) -> exp.Expression:
    derivation = place.derivation
    value = _of_kind(place, exp.select().from_(_named(place.rows, _OTHER)).where(*_window(place)))
    required = place.measure.dataset.columns[derivation.anchor].required
    if required or derivation.taken is not None or derivation.kind == "days_to":
        return value
    known = exp.Is(this=_column(_ROW, derivation.anchor), expression=exp.null())
    return exp.Case(ifs=[exp.If(this=known, true=exp.null())], default=value)


def _of_kind(place: _Place, others: exp.Select) -> exp.Expression:
    derivation = place.derivation
    if derivation.kind == "exists":
        found = exp.Exists(this=others.select(exp.Literal.number(1)))
        return exp.Case(ifs=[exp.If(this=found, true=_truth(1))], default=_truth(0))
    if derivation.kind == "count":
        return others.select(_count(derivation.at_most)).subquery()
    if derivation.kind == "days_to":
        return _days_to(place, others)
    assert derivation.taken is not None
    last = derivation.kind == "last"
    order = [exp.Ordered(this=c, desc=last, nulls_first=False) for c in place.order(_OTHER)]
    return others.select(_column(_OTHER, derivation.taken)).order_by(*order).limit(1).subquery()


def _truth(bit: int) -> exp.Expression:
    """Return true or false as a value; SQL Server knows no literals for them."""
    return exp.cast(exp.Literal.number(bit), "boolean")


def _count(at_most: int | None) -> exp.Expression:
    count = exp.Count(this=exp.Star())
    if at_most is None:
        return count
    most = exp.Literal.number(at_most)
    above = exp.If(this=exp.GT(this=count, expression=most), true=most.copy())
    return exp.Case(ifs=[above], default=count.copy())


def _days_to(place: _Place, others: exp.Select) -> exp.Expression:
    """Days from the anchor to the nearest row, counted away from it: never negative."""
    start, anchor = _column(_OTHER, place.start), _column(_ROW, place.derivation.anchor)
    day = exp.var("day")
    if place.derivation.after is not None:
        nearest = others.select(exp.Min(this=start)).subquery()
        return exp.DateDiff(this=nearest, expression=anchor, unit=day)
    nearest = others.select(exp.Max(this=start)).subquery()
    return exp.DateDiff(this=anchor, expression=nearest, unit=day)


def _window(place: _Place) -> list[exp.Expression]:
    """Return the conditions on another row: same subject, later or earlier, near, and `where`."""
    derivation, subject = place.derivation, place.measure.dataset.subject
    assert subject is not None
    same = [
        exp.EQ(this=_column(_OTHER, column), expression=_column(_ROW, column))
        for column in ("@site", subject)
    ]
    start, anchor = _column(_OTHER, place.start), _column(_ROW, derivation.anchor)
    # The earlier and the later of the two rows, and of the two dates that are held together.
    rows, dates = (_ROW, _OTHER), (anchor, start)
    if derivation.before is not None:
        rows, dates = (_OTHER, _ROW), (start, anchor)
    near: list[exp.Expression] = [exp.LTE(this=dates[0], expression=dates[1])]
    if derivation.within is not None:
        days = exp.Literal.number(derivation.within)
        end = exp.DateAdd(this=dates[0].copy(), expression=days, unit=exp.var("day"))
        near.append(exp.LTE(this=dates[1].copy(), expression=end))
    return [*same, _later(place.order(rows[1]), place.order(rows[0])), *near, *_where(place)]


def _later(ones: Sequence[exp.Expression], others: Sequence[exp.Expression]) -> exp.Expression:
    """Compare tuples of columns; written out, because SQL Server compares no tuples."""
    found: exp.Expression | None = None
    for one, other in reversed([*zip(ones, others, strict=True)]):
        greater: exp.Expression = exp.GT(this=one, expression=other)
        equal = exp.EQ(this=one.copy(), expression=other.copy())
        found = greater if found is None else exp.paren(exp.or_(greater, exp.and_(equal, found)))
    assert found is not None
    return found


def _where(place: _Place) -> list[exp.Expression]:
    measure = place.measure
    scope = scope_of(measure, f"derive.{place.name}.where", measure.dataset.columns)
    tree = parse_expression(place.derivation.where, scope, "boolean")
    tree = rewritten(tree, measure)
    if place.dialect == "postgres":
        tree = postgres(tree, "boolean", scope.columns)
    tree = exp.paren(tree)
    for column in [*tree.find_all(exp.Column)]:
        column.set("table", exp.to_identifier(_OTHER, quoted=True))
    return [] if place.derivation.where == "TRUE" else [tree]


def _column(table: str, name: str) -> exp.Column:
    return exp.column(
        exp.to_identifier(name, quoted=True), table=exp.to_identifier(table, quoted=True)
    )


def _named(rows: str, name: str) -> exp.Table:
    table = exp.to_table(rows, dialect="duckdb")
    table.set("alias", exp.TableAlias(this=exp.to_identifier(name, quoted=True)))
    return table
