"""A finished benchmark in one process: what all may see, and what each hospital sees."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fedqi.benchmarking.rehearsal import Rehearsal
from fedqi.benchmarking.rehearsal_documents import Summaries
from fedqi.benchmarking.result import Position, Result, collect_positions, collect_results
from fedqi.errors import ConfigurationError, DefinitionError
from fedqi.measures import Measure

Complete = Mapping[str, Mapping[str, tuple[int, float]]]
"""Measure id -> period -> cases found, and those that were to be expected."""


def flat(data: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested data as one level of dotted names; sequences stay as they are."""
    found: dict[str, Any] = {}
    for key, value in data.items():
        name = f"{prefix}{key}"
        found |= flat(value, f"{name}.") if isinstance(value, Mapping) else {name: value}
    return found


class Hospital:
    """What one site sees: the result of all, and its own position.

    Parameters
    ----------
    run
        The finished benchmark.
    site
        Which site.
    summaries
        Its own summaries.
    complete
        How complete its cases are, of the measures that say how many to expect.
    """

    def __init__(
        self, run: "Run", site: str, summaries: Summaries, complete: Complete | None = None
    ) -> None:
        self.site = site
        self.complete = complete or {}
        self._run = run
        self._summaries = summaries

    @property
    def in_cohort(self) -> bool:
        """Whether its figures are in the totals; if not, it compares itself with them locally."""
        return self.site in self._run.cohort

    @cached_property
    def positions(self) -> tuple[Position, ...]:
        """Every position: one per measure, period and provider."""
        rehearsal = self._run.rehearsal
        state = rehearsal.outcome.state
        return collect_positions(rehearsal.plan, state, self._summaries, self.site, self.segment)

    @property
    def segment(self) -> str:
        """Its peer group, ``*`` where the members are not divided."""
        return self._run.rehearsal.charter.segment_of(self.site)

    def position(
        self, measure: str | None = None, period: str = "all", provider: str | None = None
    ) -> Position:
        """Return one position.

        Parameters
        ----------
        measure, provider
            May be left out where there is only one.
        period
            All periods together unless named.

        Raises
        ------
        DefinitionError
            If none or several fit; the message lists what there is.
        """
        found = [
            position
            for position in self.positions
            if position.period == period
            and measure in (None, position.measure)
            and provider in (None, position.provider)
        ]
        if len(found) != 1:
            there = ", ".join(sorted({f"{p.measure} of {p.provider}" for p in self.positions}))
            raise DefinitionError(
                f"site {self.site}: {len(found)} positions fit measure={measure!r}, "
                f"period={period!r}, provider={provider!r}; there are: {there or 'none'}"
            )
        return found[0]

    def report(
        self, path: str | Path, *, provider: str | None = None, synthetic: bool = False
    ) -> Path:
        """Write the site's report: one HTML file that needs no network, JSON and CSV beside it.

        Parameters
        ----------
        path
            Where to write the page; the others differ in their suffix.
        provider
            Which of several providers the page speaks of; the largest unless named. The page has
            a table of them all.
        synthetic
            Mark the page: its rows were made up, as by :func:`fedqi.synthetic.synthetic_rows`.

        Returns
        -------
        Path
            The same path.

        Raises
        ------
        ConfigurationError
            If the extra ``reports`` is not installed.
        PolicyError
            If the site has no figures to report on, or no such provider.
        """
        from fedqi.reports import report_files
        from fedqi.reports.compose import asked_of, rehearsal_report
        from fedqi.reports.units import require_unit

        run, page = self._run, Path(path)
        require_unit(self.positions, provider)
        data = rehearsal_report(
            run.measures,
            run.result,
            self.positions,
            self.site,
            asked_of(run.rehearsal.plan),
            self.complete,
            synthetic,
            provider,
        )
        for file, text in report_files(data, page).items():
            file.write_text(text, encoding="utf-8")
        return page


class Run:
    """A finished benchmark in one process.

    Parameters
    ----------
    rehearsal
        The finished job.
    measures
        Their definitions.
    summaries
        Site to its own summaries.
    complete
        Site to how complete its cases are.
    """

    def __init__(
        self,
        rehearsal: Rehearsal,
        measures: Sequence[Measure],
        summaries: Mapping[str, Summaries],
        complete: Mapping[str, Complete] | None = None,
    ) -> None:
        self.measures = tuple(measures)
        self.rehearsal = rehearsal
        self._summaries = summaries
        self._complete = complete or {}

    @cached_property
    def result(self) -> Result:
        """What everyone may see."""
        rehearsal = self.rehearsal
        return collect_results(rehearsal.plan, rehearsal.outcome.state, rehearsal.transcript)

    @property
    def cohort(self) -> tuple[str, ...]:
        """Sites whose figures are in the totals."""
        return self.rehearsal.outcome.state.cohort

    @property
    def missing(self) -> list[dict[str, str]]:
        """``measure`` and ``analysis`` of what could not be completed."""
        return self.rehearsal.missing

    @property
    def waiting_for(self) -> tuple[str, ...]:
        """Sites that disappeared before the last step."""
        return self.rehearsal.outcome.waiting_for

    @property
    def sites(self) -> tuple[str, ...]:
        """Every site, in the cohort or not."""
        return tuple(sorted(self._summaries))

    def site(self, site: str) -> Hospital:
        """Return what one site sees.

        Raises
        ------
        DefinitionError
            If there is no such site.
        """
        if site not in self._summaries:
            raise DefinitionError(f"no site is called {site!r}; there are: {', '.join(self.sites)}")
        return Hospital(self, site, self._summaries[site], self._complete.get(site))

    def to_frame(self) -> Any:
        """Return every site's positions as a pandas (or else polars) data frame.

        Raises
        ------
        ConfigurationError
            If neither is installed.
        """
        rows = [
            {"site": site, **flat(position.to_dict())}
            for site in self.sites
            for position in self.site(site).positions
        ]
        for library in ("pandas", "polars"):
            if find_spec(library) is not None:
                return import_module(library).DataFrame(rows)
        raise ConfigurationError("a data frame needs pandas or polars: pip install pandas")

    def to_dict(self) -> dict[str, Any]:
        """Return the result and every site's positions; only a rehearsal holds them all."""
        positions = {
            site: [position.to_dict() for position in self.site(site).positions]
            for site in self.sites
        }
        ending = {"missing": self.missing, "waiting_for": list(self.waiting_for)}
        return {**self.result.to_dict(), **ending, "positions": positions}
