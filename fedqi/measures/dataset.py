"""The common data model of a measure: its columns, its key, and what places a row in a period."""

import re
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

ColumnType = Literal["string", "integer", "number", "date", "datetime", "boolean"]
Expression = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000)
]
DATE_WANTED = "expected a date (which reads times too, and drops the time of day)"
"""What to declare where another column was named for a day, most often a datetime one."""
Grain = Literal["month", "quarter", "year"]
ColumnName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,62}$")]


class Part(BaseModel):
    """Base of every part of a definition: unknown keys are refused, values cannot change.

    Types are strict, because YAML reads an unquoted ``NO`` as false and ``1`` as a number,
    and a definition must not depend on such a reading.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def as_tuple(value: object) -> object:
    """Take the lists of YAML and JSON where a definition holds what cannot change."""
    return tuple(value) if isinstance(value, list) else value


def _as_key(value: object) -> object:
    return (value,) if isinstance(value, str) else as_tuple(value)


def _as_number(value: object) -> object:
    """Write 18 and 18.0 alike, so that both give one digest."""
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _as_days(value: object) -> object:
    """Take ``30 days`` for 30; other units are refused, because a month has no fixed length."""
    found = re.fullmatch(r"\s*(\d{1,6}) days?\s*", value) if isinstance(value, str) else None
    if isinstance(value, str) and found is None:
        raise ValueError("expected a number of days, such as 30 days")
    return value if found is None else int(found[1])


Bound = Annotated[float, BeforeValidator(_as_number), Field(allow_inf_nan=False)]
Days = Annotated[
    int,
    BeforeValidator(_as_days),
    Field(ge=0, le=36_500, json_schema_extra={"examples": ["30 days"]}),
]
Codes = Annotated[tuple[str, ...], BeforeValidator(as_tuple)]


class Column(Part):
    """One column.

    Parameters
    ----------
    type
        ``string``, ``integer``, ``number``, ``date``, ``datetime`` or ``boolean``.
    allowed
        The values that may occur, of a string or integer column.
    min
        Smallest value of an integer or number column.
    max
        Largest value; a number in a risk model needs both.
    required
        Whether the file must have the column and a value in every row of it.
    """

    type: ColumnType
    allowed: Annotated[tuple[str | int, ...], BeforeValidator(as_tuple)] | None = None
    min: Bound | None = None
    max: Bound | None = None
    required: bool = True


class Time(Part):
    """The calendar of a measure.

    Parameters
    ----------
    anchor
        Date column that places a row in a period.
    grain
        How long a period is: ``month``, ``quarter`` or ``year``.
    start
        Date column with the begin of what a row describes; derivations order rows by it.
    follow_up
        Days after the end of a period until its outcomes are all known, such as ``30 days``.
    lock
        Days after those until the data of a period no longer change.
    """

    anchor: ColumnName
    grain: Grain
    start: ColumnName | None = None
    follow_up: Days | None = None
    lock: Days | None = None


class Dataset(Part):
    """The rows that a hospital must bring.

    Parameters
    ----------
    grain
        What one row is, in words.
    key
        Column, or columns together, with a different value in every row.
    subject
        Column that identifies the patient.
    provider
        Column that says which unit of the site a row belongs to; the site itself otherwise.
    time
        The calendar; without it there is one period, ``all``.
    columns
        Every column that the measure reads.
    """

    grain: str = "row"
    key: Annotated[tuple[ColumnName, ...], BeforeValidator(_as_key)] | None = None
    subject: ColumnName | None = None
    provider: ColumnName | None = None
    time: Time | None = None
    columns: Annotated[dict[ColumnName, Column], Field(min_length=1)]

    @property
    def identifying(self) -> frozenset[str]:
        """Columns that criteria may not use: they single out a patient or a unit.

        One column of a key of several identifies nobody by itself.
        """
        key = self.key if self.key is not None and len(self.key) == 1 else ()
        single = (self.subject, self.provider, *key)
        return frozenset(column for column in single if column is not None)
