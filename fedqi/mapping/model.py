"""A mapping as data: the hospital's tables, and how the columns of a measure come from them."""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from fedqi.measures.dataset import ColumnName, ColumnType, Expression, Part

Zone = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_+/-]{0,63}$")]
JsonPath = Annotated[
    str, StringConstraints(pattern=r"^\$(\.[A-Za-z_][A-Za-z0-9_]*|\[[0-9]{1,4}\])+$")
]
PhysicalName = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Literals = str | bool | int | float
OFFSET = "offset"
"""The zone of times that carry their own offset, such as ``2016-04-01T13:45:00+02:00``."""


def _type_or_keys(value: object) -> object:
    return {"type": value} if isinstance(value, str) else value


def _from_or_keys(value: object) -> object:
    return {"from": value} if isinstance(value, str) else value


def _codes_as_text(value: object) -> object:
    """Take ``8507: male``: a code is text, whatever YAML reads it as."""
    if not isinstance(value, dict):
        return value
    for code in value:
        if isinstance(code, bool) or not isinstance(code, str | int):
            raise ValueError(f"the code {code!r} is not text as YAML reads it; put it in quotes")
    return {str(code): to for code, to in value.items()}


class TableColumn(Part):
    """One column of a table of the hospital.

    Parameters
    ----------
    from_
        Its name there (key ``from``); the name in this mapping unless said.
    path
        Where the value is in a JSON document, such as ``$.period.start`` or
        ``$.type[0].coding[0].code``; instead of ``from``.
    type
        What is read: ``string``, ``integer``, ``number``, ``date``, ``datetime`` or ``boolean``.
    zone
        Of a date or datetime: the zone in which the times are written, such as ``UTC``, or
        ``offset`` where each carries its own. Without it they are local times already.
    """

    from_: Annotated[PhysicalName | None, Field(alias="from")] = None
    path: JsonPath | None = None
    type: ColumnType = "string"
    zone: Zone | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.from_ is not None and self.path is not None:
            raise ValueError("either from or path, not both")
        if self.zone is not None and self.type not in ("date", "datetime"):
            raise ValueError(f"a {self.type} has no zone; only a date or datetime has")
        return self

    @property
    def steps(self) -> tuple[str, ...]:
        """Keys and positions of the path, from the outside inwards."""
        found = re.findall(r"[A-Za-z_][A-Za-z0-9_]*|[0-9]+", self.path or "")
        return tuple(str(step) for step in found)


class SourceTable(Part):
    """One table of the hospital, under the name by which expressions call it.

    Parameters
    ----------
    table
        Its name in the database, or of the file without its ending; the same name unless said.
    document
        The column of a database that holds JSON; the line itself in a file of NDJSON.
    columns
        The columns that are read. ``visit_id: string`` stands for ``visit_id: {type: string}``.
    """

    table: PhysicalName | None = None
    document: ColumnName = "resource"
    columns: Annotated[
        dict[ColumnName, Annotated[TableColumn, BeforeValidator(_type_or_keys)]],
        Field(min_length=1),
    ]


class Join(Part):
    """What a second table adds to each row: at most one row of its own.

    Parameters
    ----------
    match
        Column of this table to the expression, over the tables before it, that it must equal.
    where
        Which rows of this table are looked at; over its own columns.
    first, last
        Of several rows the one where this column is smallest, or largest. Without either, a
        second row with the same values of the matched columns is refused.
    """

    match: Annotated[dict[ColumnName, Expression], Field(min_length=1)]
    where: Expression | None = None
    first: ColumnName | None = None
    last: ColumnName | None = None

    @model_validator(mode="after")
    def _one_order(self) -> Self:
        if self.first is not None and self.last is not None:
            raise ValueError("either first or last, not both")
        return self


class Otherwise(Part):
    """The value of every code that a crosswalk does not name.

    Parameters
    ----------
    value
        Of the same kind as those of the codes.
    """

    value: Literals


class MappedColumn(Part):
    """How one column of the dataset comes about.

    Parameters
    ----------
    from_
        The column it is (key ``from``), such as ``visit.started``.
    expression
        SQL over the columns of the tables, instead of ``from``; the language of measures.
    codes
        Crosswalk: code of the hospital to value of the measure. The code ``""`` is where there
        is none.
    otherwise
        What becomes of a code that the crosswalk does not name: ``refuse``, ``missing``,
        ``keep``, or ``{value: other}``.
    note
        What a reader must know: where this departs from what the measure means.
    """

    from_: Annotated[str | None, Field(alias="from", min_length=1)] = None
    expression: Expression | None = None
    codes: (
        Annotated[dict[str, Literals], BeforeValidator(_codes_as_text), Field(min_length=1)] | None
    ) = None
    otherwise: Literal["refuse", "missing", "keep"] | Otherwise = "refuse"
    note: str | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.from_ is None) == (self.expression is None):
            raise ValueError("expected either from or expression")
        if self.codes is None and "otherwise" in self.model_fields_set:
            raise ValueError("otherwise says what becomes of codes, but there are no codes")
        if len(self.results) > 1:
            raise ValueError("the values of the codes are of several kinds, expected one kind")
        if self.codes is not None and self.otherwise == "keep" and self.results != {"string"}:
            raise ValueError("otherwise: keep needs codes whose values are text")
        return self

    @property
    def results(self) -> frozenset[str]:
        """Types of the values that the codes have, as of columns."""
        values = list((self.codes or {}).values())
        if isinstance(self.otherwise, Otherwise):
            values.append(self.otherwise.value)
        found = frozenset(_type_of(value) for value in values)
        return found - {"integer"} if "number" in found else found

    @property
    def text(self) -> str:
        """The column or expression as written."""
        return self.from_ or self.expression or ""


def _type_of(value: Literals) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "string"
    return "integer" if isinstance(value, int) else "number"


class DatasetMapping(Part):
    """One dataset: the table whose rows are its rows, what is added to them, its columns.

    Parameters
    ----------
    from_
        The table (key ``from``); each of its rows is a row of the dataset.
    joins
        Table to how it is joined, in this order.
    where
        Which rows belong to the dataset; over all tables.
    columns
        Column of the measure to how it comes about. ``stay_id: visit.id`` stands for
        ``stay_id: {from: visit.id}``.
    """

    from_: Annotated[ColumnName, Field(alias="from")]
    joins: dict[ColumnName, Join] = Field(default_factory=dict)
    where: Expression | None = None
    columns: Annotated[
        dict[ColumnName, Annotated[MappedColumn, BeforeValidator(_from_or_keys)]],
        Field(min_length=1),
    ]

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of its tables, the one of the rows first."""
        return (self.from_, *self.joins)


class DataMapping(Part):
    """From a hospital's tables to the datasets of measures.

    Parameters
    ----------
    fedqi_mapping
        Version of the format: 1.
    id
        Its name in messages.
    title
        What it maps, in words.
    time_zone
        The zone in which this hospital counts its days, such as ``Europe/Amsterdam``; needed
        where a column has a ``zone``.
    tables
        The tables of the hospital, by the names that expressions use.
    datasets
        Grain of a measure's dataset, such as ``hospital stay``, to where its rows come from.
    """

    fedqi_mapping: Literal[1]
    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]{0,63}$")]
    title: Annotated[str, Field(min_length=1)]
    time_zone: Zone | None = None
    tables: Annotated[dict[ColumnName, SourceTable], Field(min_length=1)]
    datasets: Annotated[dict[str, DatasetMapping], Field(min_length=1)]

    def in_zone(self, zone: str | None) -> "DataMapping":
        """Return it with the hospital's own time zone, where one is given."""
        if zone is None:
            return self
        body: dict[str, Any] = self.model_dump(by_alias=True, exclude_unset=True)
        return DataMapping.model_validate({**body, "time_zone": zone})
