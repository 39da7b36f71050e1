"""What every analysis is: summarise → combine → position over a declared vector layout."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from numpy.typing import NDArray

from fedqi.measures import Measure, MeasureSummary
from fedqi.secagg.encoding import Block

Values = Mapping[str, NDArray[Any]]
"""Block name -> numbers: what a site adds, or what the decoded total holds."""

Offering = Mapping[str, tuple[str, ...]]
"""Period -> sites of the cohort that offer it; an empty tuple where the period is void."""

StateT = TypeVar("StateT")


@dataclass(frozen=True, slots=True)
class Subject:
    """One measure in one job, as every site and the aggregator know it.

    Parameters
    ----------
    measure
        The definition.
    lineage
        Name of the underlying events in the charter.
    periods
        Finest periods of the job, in order; each is one atom.
    minimum
        Group minimum m: fewest sites behind any released figure.
    segment
        Part of the charter's partition whose sites are compared.
    """

    measure: Measure
    lineage: str
    periods: tuple[str, ...]
    minimum: int
    segment: str = "*"

    def atom(self, period: str) -> str:
        """Name of the atom of one period (lineage, interval, segment)."""
        return f"{self.lineage}|{period}|{self.segment}"


class Analysis(Protocol[StateT]):
    """A way of comparing sites. The public state is a pure function of the verified totals.

    ``layout``, ``combine`` and ``results`` run at the aggregator and at every site alike;
    ``summarise`` and ``positions`` run at the site and see its own summary.
    """

    name: str

    def initial(self, subject: Subject) -> StateT:
        """Return the public state before any step."""
        ...

    def layout(self, state: StateT) -> tuple[Block, ...]:
        """Return the blocks of the next step; empty when the analysis is finished."""
        ...

    def summarise(self, state: StateT, summary: MeasureSummary) -> Values:
        """Return this site's numbers for the blocks of the next step."""
        ...

    def combine(self, state: StateT, total: Values, offering: Offering) -> StateT:
        """Return the next public state, from the decoded total of the step.

        Raises
        ------
        RemoteProtocolError
            If the total breaks an invariant that honest sites cannot break.
        """
        ...

    def results(self, state: StateT) -> Mapping[str, "UnitResult"]:
        """Return one finished result per period (and ``"all"``)."""
        ...

    def positions(
        self, state: StateT, summary: MeasureSummary, site: str
    ) -> Sequence["UnitPosition"]:
        """Return where each provider of this site stands, per released period."""
        ...


@dataclass(frozen=True, slots=True)
class UnitResult:
    """What everyone may see of one measure in one period.

    Parameters
    ----------
    sites
        Sites that offer the period, sorted.
    providers
        Providers with at least one patient in the denominator.
    observed, denominator
        Sums over these sites.
    detail
        The analysis's own figures (a frozen dataclass).
    """

    sites: tuple[str, ...]
    providers: int
    observed: int
    denominator: int
    detail: Any


@dataclass(frozen=True, slots=True)
class UnitPosition:
    """Where one provider stands in one period; computed at its own site only."""

    period: str
    provider: str
    observed: int
    denominator: int
    detail: Any
