"""Atoms: lineage x time interval x segment."""

import re
from dataclasses import dataclass

from fedqi.disclosure.periods import Interval, interval
from fedqi.errors import DefinitionError

WHOLE_GROUP = "*"
"""The only segment of a partition that does not divide the members."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Atom:
    """The smallest thing whose set of organisations is fixed once and for ever.

    Parameters
    ----------
    lineage
        The underlying events, whatever the version of the measure.
    period
        Name of the time interval.
    segment
        Part of the charter's partition of the members.
    """

    lineage: str
    period: str
    segment: str = WHOLE_GROUP

    def __post_init__(self) -> None:
        for what, name in (("lineage", self.lineage), ("segment", self.segment)):
            if not _NAME.fullmatch(name) and (what, name) != ("segment", WHOLE_GROUP):
                raise DefinitionError(
                    f"atom: {what} {name!r} found, a name of letters, digits, '.', '_' and '-' "
                    "expected; the author of the programme must act"
                )
        interval(self.period)

    @classmethod
    def parse(cls, name: str) -> "Atom":
        """Read ``lineage|period|segment``.

        Parameters
        ----------
        name
            Such as ``heart-failure|2016-04|*``.

        Returns
        -------
        Atom
            The atom of that name.

        Raises
        ------
        DefinitionError
            If the name does not have this form.
        """
        parts = name.split("|")
        if len(parts) != 3:
            raise DefinitionError(
                f"atom {name!r}: expected lineage|period|segment; the author must act"
            )
        return cls(*parts)

    def __str__(self) -> str:
        return f"{self.lineage}|{self.period}|{self.segment}"

    @property
    def interval(self) -> Interval:
        """The days of its period."""
        return interval(self.period)

    def overlaps(self, other: "Atom") -> bool:
        """Tell whether some event of some member can belong to both atoms.

        Parameters
        ----------
        other
            Another atom.

        Returns
        -------
        bool
            True if lineage, time and segment meet.
        """
        segments_meet = WHOLE_GROUP in (self.segment, other.segment) or (
            self.segment == other.segment
        )
        return (
            self.lineage == other.lineage
            and segments_meet
            and self.interval.overlaps(other.interval)
        )
