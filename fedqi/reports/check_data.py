"""What the page of ``fedqi-site check`` needs to know: counts of rows, and never a value."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class CheckedStep:
    """Rows that are left after a criterion: "in the denominator", 396."""

    words: str
    rows: int


@dataclass(frozen=True, slots=True)
class CheckedPeriod:
    """One period.

    Parameters
    ----------
    period
        Its name.
    rows
        After each step, in their order.
    found, expected
        Cases, and those that were to be expected; None where the measure does not say.
    waits
        Why it may not be summed yet; empty if it may.
    """

    period: str
    rows: tuple[int, ...]
    found: int | None = None
    expected: float | None = None
    waits: str = ""


@dataclass(frozen=True, slots=True)
class CheckedColumn:
    """One column of the dataset.

    Parameters
    ----------
    name, own
        In the measure, and in the hospital's table.
    kind
        Its type in words, with what is allowed.
    required
        Whether each row must have a value.
    there
        Whether the table has it.
    missing, unreadable, outside
        Rows without a value, with one of another type, and with one that is not allowed.
    """

    name: str
    own: str
    kind: str
    required: bool
    there: bool = True
    missing: int = 0
    unreadable: int = 0
    outside: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """Something that was found, and whether the measure cannot be computed because of it."""

    words: str
    blocking: bool


@dataclass(frozen=True, slots=True)
class CheckedMeasure:
    """One measure held against one table.

    Parameters
    ----------
    measure, version, title
        The definition.
    source
        The table.
    rows
        In the table.
    counted
        In the denominator; None if the measure cannot be computed.
    steps
        Attrition: empty if the table lacks a column.
    periods
        In order of time; empty without a calendar.
    columns
        In the order of the definition.
    conformance, completeness, plausibility
        What was found of each kind.
    cases_command
        Lists the rows that lack a value; empty where the rows have no key to be listed by.
    """

    measure: str
    version: str
    title: str
    source: str
    rows: int
    counted: int | None
    steps: tuple[CheckedStep, ...] = ()
    periods: tuple[CheckedPeriod, ...] = ()
    columns: tuple[CheckedColumn, ...] = ()
    conformance: tuple[Found, ...] = ()
    completeness: tuple[Found, ...] = ()
    plausibility: tuple[Found, ...] = ()
    cases_command: str = ""

    @property
    def blocking(self) -> tuple[Found, ...]:
        """What must be corrected before the measure can be computed."""
        found = (*self.conformance, *self.completeness, *self.plausibility)
        return tuple(each for each in found if each.blocking)

    @property
    def ok(self) -> bool:
        """Whether the measure can be computed."""
        return not self.blocking


@dataclass(frozen=True, slots=True)
class CheckData:
    """The page.

    Parameters
    ----------
    site
        The hospital.
    day
        When it was checked, in words.
    measures
        At least one.
    software
        Name and version of the software.
    """

    site: str
    day: str
    measures: tuple[CheckedMeasure, ...] = field(default=())
    software: str = ""
