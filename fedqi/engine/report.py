"""What was found in a site's data, in counts of rows; never a value."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Literal

from fedqi.errors import DataQualityError


class Problem(StrEnum):
    """Kinds of findings."""

    MISSING_COLUMN = "missing_column"
    MISSING_VALUE = "missing_value"
    WRONG_TYPE = "wrong_type"
    OUTSIDE = "outside"
    DUPLICATED_KEY = "duplicated_key"
    NO_ROWS = "no_rows"
    EMPTY_POPULATION = "empty_population"
    COUNTS = "counts"
    TOO_LARGE = "too_large"
    ASCERTAINMENT = "ascertainment"
    MAPPING = "mapping"


Kind = Literal["conformance", "completeness", "plausibility"]

_COMPLETENESS = {Problem.MISSING_VALUE, Problem.NO_ROWS, Problem.ASCERTAINMENT}
_PLAUSIBILITY = {
    *(Problem.DUPLICATED_KEY, Problem.EMPTY_POPULATION, Problem.COUNTS, Problem.TOO_LARGE),
}


def kind_of(problem: Problem) -> Kind:
    """Return what a problem is a matter of.

    References
    ----------
    Kahn MG et al. (2016). A harmonized data quality assessment terminology and framework for the
    secondary use of electronic health record data. eGEMs 4(1):1244.
    """
    if problem in _COMPLETENESS:
        return "completeness"
    return "plausibility" if problem in _PLAUSIBILITY else "conformance"


def rows_in_words(count: int) -> str:
    """Return ``1 row`` or ``5 rows``."""
    return "1 row" if count == 1 else f"{count} rows"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding.

    Parameters
    ----------
    problem
        What kind it is.
    column
        The table's column, or columns; None if it concerns whole rows.
    rows
        How many rows.
    words
        What was found and what is expected.
    blocking
        Whether the measure cannot be evaluated because of it.
    """

    problem: Problem
    column: str | None
    rows: int
    words: str
    blocking: bool = True

    def __str__(self) -> str:
        place = f"column {self.column!r}: " if self.column is not None else ""
        return f"{place}{self.words}"


@dataclass(frozen=True, slots=True)
class Completeness:
    """Cases of one period at one site, beside those that were to be expected.

    Parameters
    ----------
    period
        Name of the period.
    found
        The denominator.
    expected
        By the ascertainment of the measure.
    """

    period: str
    found: int
    expected: float

    @property
    def share(self) -> float | None:
        """Found over expected; None where nothing was to be expected."""
        return self.found / self.expected if self.expected else None

    def __str__(self) -> str:
        share = "" if self.share is None else f" ({100 * self.share:.1f} %)"
        return f"completeness {self.period}: {self.found} of {self.expected:g} expected{share}"


@dataclass(frozen=True, slots=True)
class DataQualityReport:
    """One site's data held against the dataset of one measure.

    Parameters
    ----------
    measure, version
        The measure.
    source
        The table, and whose rows of it.
    rows
        How many rows the site has.
    counted
        How many of them are in the denominator; None if that could not be evaluated.
    findings
        What was found.
    periods
        Periods in which somebody counts, in order.
    completeness
        Of each period, where the measure has an ascertainment.
    """

    measure: str
    version: str
    source: str
    rows: int
    counted: int | None
    findings: tuple[Finding, ...]
    periods: tuple[str, ...] = ()
    completeness: tuple[Completeness, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the measure can be evaluated."""
        return not any(finding.blocking for finding in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain values for JSON."""
        return {**asdict(self), "ok": self.ok}

    def require_ok(self) -> None:
        """Raise if the measure cannot be evaluated.

        Raises
        ------
        DataQualityError
            Naming table, columns and counts of rows.
        """
        blocking = [str(finding) for finding in self.findings if finding.blocking]
        if blocking:
            lines = blocking[0] if len(blocking) == 1 else "\n  " + "\n  ".join(blocking)
            raise DataQualityError(
                f"{self.source}: measure {self.measure} {self.version}: {lines}; the data manager "
                "must correct the table or map its columns"
            )
