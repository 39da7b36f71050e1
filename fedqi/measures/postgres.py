"""An expression of a measure as SQL of PostgreSQL that means what it means in DuckDB.

Where the two read the same text differently, the expression is rewritten: division of whole
numbers, rounding of halves, remainders, backslashes in LIKE, parts of dates, letters outside
ASCII, and NULL without a type. What cannot be told alike is refused.
"""

from collections.abc import Callable, Mapping

from sqlglot import exp

from fedqi.errors import DefinitionError
from fedqi.measures.grammar import Kind
from fedqi.measures.kinds import with_typed_nulls

_SPACES = " \u00a0\u1680\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
"""What DuckDB's trim takes away: the separators of Unicode."""

_PERIODS = {"month": 12, "quarter": 4, "year": 1}


def postgres(tree: exp.Expression, wanted: Kind, columns: Mapping[str, str]) -> exp.Expression:
    """Return a checked expression as PostgreSQL has to be asked it.

    Parameters
    ----------
    tree
        As :func:`fedqi.measures.criteria.parse_expression` returns it, its code lists replaced.
    wanted
        The kind of its value.
    columns
        Column -> type.

    Returns
    -------
    sqlglot.exp.Expression
        For columns typed as BIGINT, FLOAT8, DATE, BOOLEAN and TEXT with collation "C".

    Raises
    ------
    DefinitionError
        If PostgreSQL has nothing that means the same.
    """
    return _rewritten(with_typed_nulls(tree.copy(), wanted, columns))


def _rewritten(node: exp.Expression) -> exp.Expression:
    """Rewrite from the leaves upwards: what replaces a node may hold its parts."""
    for child in list(node.iter_expressions()):
        changed = _rewritten(child)
        if changed is not child:
            child.replace(changed)
    rewrite = _REWRITES.get(type(node))
    return node if rewrite is None else rewrite(node)


def _divided(node: exp.Expression) -> exp.Expression:
    """Divide as decimals: 1 / 2 is 0.5 and not 0."""
    return exp.Div(this=_cast(node.this, "double"), expression=node.expression, typed=True)


def _remainder(node: exp.Expression) -> exp.Expression:
    """Take the remainder of decimals; PostgreSQL has none of numbers in double precision."""
    return exp.Mod(this=_decimal(node.this), expression=_decimal(node.expression))


def _rounded(node: exp.Expression) -> exp.Expression:
    """Round halves away from 0 as DuckDB does; PostgreSQL rounds them to the even number."""
    places = node.args.get("decimals") or exp.Literal.number(0)
    if not isinstance(places, exp.Literal) or not places.name.isdigit():
        _refuse(node, "round() with a number of places that is not written out")
    power = exp.Literal.number(10 ** int(places.name))
    scaled = exp.Mul(this=_cast(node.this, "double"), expression=power)
    whole = _cast(exp.Round(this=_decimal(exp.Paren(this=scaled))), "double")
    return exp.Paren(this=exp.Div(this=whole, expression=power.copy(), typed=True))


def _of_case(node: exp.Expression) -> exp.Expression:
    """Change case by the letters of the database; those of "C" are ASCII only."""
    inside = exp.Collate(this=exp.Paren(this=node.this), expression=_name("default"))
    return exp.Collate(this=type(node)(this=inside), expression=_name("C"))


def _trimmed(node: exp.Expression) -> exp.Expression:
    return exp.Trim(this=node.this, expression=exp.Literal.string(_SPACES), position="BOTH")


def _like(node: exp.Expression) -> exp.Expression:
    """Let a backslash stand for itself."""
    return exp.Paren(this=exp.Escape(this=node, expression=exp.Literal.string("")))


def _part(node: exp.Expression) -> exp.Expression:
    return _extracted(node.this, type(node).__name__.lower())


def _extract(node: exp.Expression) -> exp.Expression:
    return _extracted(node.expression, node.this.name)


def _days_or_periods(node: exp.Expression) -> exp.Expression:
    """Count days, or the borders of months, quarters or years between two dates."""
    unit = node.args["unit"].name.lower()
    if unit == "day":
        return exp.Paren(this=exp.Sub(this=node.this, expression=node.expression))
    ends = [_serial(date, unit) for date in (node.this, node.expression)]
    return exp.Paren(this=exp.Sub(this=ends[0], expression=ends[1]))


def _serial(date: exp.Expression, unit: str) -> exp.Expression:
    """Return the periods since the year 0."""
    year = exp.Mul(
        this=_extracted(date.copy(), "year"), expression=exp.Literal.number(_PERIODS[unit])
    )
    if unit == "year":
        return year
    return exp.Paren(this=exp.Add(this=year, expression=_extracted(date.copy(), unit)))


def _substring(node: exp.Expression) -> exp.Expression:
    """Count from 1; from the end, and from 0, the two systems count differently."""
    for name, least in (("start", 1), ("length", 0)):
        found = node.args.get(name)
        if found is not None and not (
            isinstance(found, exp.Literal) and found.name.isdigit() and int(found.name) >= least
        ):
            _refuse(
                node, f"substring() whose {name} is not a whole number from {least} written out"
            )
    return node


def _extracted(date: exp.Expression, part: str) -> exp.Expression:
    return _cast(exp.Extract(this=exp.var(part.upper()), expression=date), "bigint")


def _decimal(node: exp.Expression) -> exp.Expression:
    """Return the shortest decimal that a number reads as; a plain cast keeps 15 digits only."""
    return _cast(_cast(node, "text"), "decimal")


def _cast(node: exp.Expression, kind: str) -> exp.Expression:
    return exp.Cast(this=node, to=exp.DataType.build(kind))


def _name(text: str) -> exp.Identifier:
    return exp.to_identifier(text, quoted=True)


def _refuse(node: exp.Expression, what: str) -> None:
    raise DefinitionError(
        f"{node.sql(dialect='duckdb')!r}: {what} cannot be asked of PostgreSQL; the measure's "
        "author must write it otherwise, or the data manager give the table as a file"
    )


_REWRITES: Mapping[type[exp.Expression], Callable[[exp.Expression], exp.Expression]] = {
    exp.Div: _divided,
    exp.Mod: _remainder,
    exp.Round: _rounded,
    exp.Lower: _of_case,
    exp.Upper: _of_case,
    exp.Trim: _trimmed,
    exp.Like: _like,
    exp.Year: _part,
    exp.Quarter: _part,
    exp.Month: _part,
    exp.Day: _part,
    exp.Extract: _extract,
    exp.DateDiff: _days_or_periods,
    exp.Substring: _substring,
}
