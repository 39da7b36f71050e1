"""Derivations: what a row takes from other rows of the same patient, named and typed."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from fedqi.measures.dataset import Column, ColumnName, Dataset, Days, Part

Kind = Literal["exists", "count", "days_to", "first", "last"]

KINDS: tuple[Kind, ...] = ("exists", "count", "days_to", "first", "last")
"""What can be taken from the other rows; a derivation names exactly one."""

Noun = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Condition = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=9_999)]
AtMost = Annotated[int, Field(ge=1, le=1_000_000)]


class Derivation(Part):
    """What a row takes from other rows of the same subject, within a window of time.

    Exactly one of `exists`, `count`, `days_to`, `first` and `last`, and exactly one of `after`
    and `before`. The rows looked at are those of the same site and subject that come later than
    this row (`after`) or earlier (`before`) in the order of ``time.start`` and then the key,
    whose start lies 0 to `within` days from the named date of this row, and for which `where`
    holds. A row never sees itself, and one that lacks the named date has no value.

    Parameters
    ----------
    exists
        Whether there is such a row; the noun for a row, a word of ``dataset.grain``.
    count
        How many there are; the noun for a row.
    days_to
        Days between the named date and the start of the nearest one, missing where there is none;
        the noun for a row.
    first
        Column whose value is taken from the earliest one; missing where there is none.
    last
        Column whose value is taken from the latest one; missing where there is none.
    within
        Longest distance in days, such as ``30 days``; without it there is no limit.
    after
        Date column of this row from which days are counted forwards, to later rows.
    before
        Date column of this row from which days are counted backwards, to earlier rows.
    where
        Criterion over the columns of the other row; one that is unknown does not hold.
    at_most
        Of `count`: more than this many count as this many, so that a risk model can use it.
    """

    exists: Noun | None = None
    count: Noun | None = None
    days_to: Noun | None = None
    first: ColumnName | None = None
    last: ColumnName | None = None
    within: Days | None = None
    after: ColumnName | None = None
    before: ColumnName | None = None
    where: Condition = "TRUE"
    at_most: AtMost | None = None

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        named = [kind for kind in KINDS if getattr(self, kind) is not None]
        if len(named) != 1:
            found = " and ".join(named) or "none of them"
            raise ValueError(f"expected exactly one of {', '.join(KINDS)}, found {found}")
        if (self.after is None) == (self.before is None):
            found = "none" if self.after is None else "both"
            raise ValueError(f"expected either after or before, found {found}")
        if self.at_most is not None and self.count is None:
            raise ValueError("at_most is for count")
        return self

    @property
    def kind(self) -> Kind:
        """Which of :data:`KINDS` it is."""
        return next(kind for kind in KINDS if getattr(self, kind) is not None)

    @property
    def anchor(self) -> str:
        """The date column of this row from which the days are counted."""
        named = self.after if self.after is not None else self.before
        assert named is not None
        return named

    @property
    def taken(self) -> str | None:
        """The column whose value is taken; None unless the kind is first or last."""
        return self.first if self.first is not None else self.last


Derivations = Mapping[str, Derivation]


def derived_columns(derivations: Derivations, dataset: Dataset) -> dict[str, Column]:
    """Return each derivation as a column: its type, its bounds, and whether it may be missing."""
    return {name: _column(each, dataset) for name, each in derivations.items()}


def _column(derivation: Derivation, dataset: Dataset) -> Column:
    anchored = dataset.columns[derivation.anchor].required
    if derivation.kind == "exists":
        return Column(type="boolean", required=anchored)
    if derivation.kind == "count":
        most = None if derivation.at_most is None else float(derivation.at_most)
        return Column(type="integer", min=0.0, max=most, required=anchored)
    if derivation.kind == "days_to":
        longest = None if derivation.within is None else float(derivation.within)
        return Column(type="integer", min=0.0, max=longest, required=False)
    assert derivation.taken is not None
    return dataset.columns[derivation.taken].model_copy(update={"required": False})
