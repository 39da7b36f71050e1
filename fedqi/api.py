"""The public functions: a masked benchmark in one process, on real files.

Files are read and entropy is drawn here; everything below is a function of what it is given.
"""

import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fedqi.benchmarking.entropy import seeded_entropy
from fedqi.benchmarking.federation import Progress, silent
from fedqi.benchmarking.rehearsal import Policy, Rehearsal, Summaries, rehearse
from fedqi.benchmarking.result import Position, Result, collect_positions, collect_results
from fedqi.engine import Source, load_measure, split, summarise
from fedqi.errors import ConfigurationError, DataQualityError, DefinitionError
from fedqi.measures import Measure

__all__ = ["Hospital", "Policy", "Run", "benchmark", "load_measure", "split"]


def benchmark(
    measures: Measure | Sequence[Measure],
    sources: Mapping[str, Any],
    *,
    analyses: Sequence[str] = ("crude",),
    period: str | None = None,
    drop: Mapping[str, str] | None = None,
    seed: int | None = None,
    progress: Progress = silent,
    policy: Policy | None = None,
    mapping: Mapping[str, str] | None = None,
) -> "Run":
    """Run a masked benchmark in this process: every site a session, every vector masked.

    Parameters
    ----------
    measures
        One measure, or the measures of a collection.
    sources
        Site id to where its own rows are: a path, a part of :func:`split`, or a table.
    analyses
        Names of the analyses.
    period
        Keep this period only.
    drop
        Site to the first message of step 1 that it does not send: ``advert``, ``shares``,
        ``masked_input``, ``statement`` or ``unmasking``.
    seed
        Draw keys from this number instead of the operating system, to replay a run. Never
        for real work: whoever knows the seed can unmask every vector.
    progress
        Called with the phase in words, how many sites have answered, and how many are expected.
    policy
        Collusion bound and honest others; the defaults of a charter otherwise.
    mapping
        Column of the measure to column of the source.

    Returns
    -------
    Run
        The result that all see, and each site's own position.

    Raises
    ------
    InsufficientSitesError
        If too few sites stand together; nothing is released.
    DataQualityError
        If a site's data do not satisfy the dataset of a measure.
    DefinitionError
        If an analysis or a dropped site is unknown.
    """
    collection = [measures] if isinstance(measures, Measure) else list(measures)
    unknown = sorted(set(drop or {}) - set(sources))
    if unknown:
        raise DefinitionError(f"dropped site {unknown[0]!r} is none of the {len(sources)} sources")
    summaries = {
        site: site_summaries(site, collection, source, period, mapping, progress)
        for site, source in sources.items()
    }
    entropy = os.urandom if seed is None else seeded_entropy(seed)
    rehearsal = rehearse(collection, summaries, analyses, entropy, policy, drop, progress)
    return Run(rehearsal, collection, summaries)


def site_summaries(
    site: str,
    measures: Sequence[Measure],
    source: Source,
    period: str | None,
    mapping: Mapping[str, str] | None,
    progress: Progress,
) -> Summaries:
    """Evaluate every measure at one site; a measure without any row there is left out.

    Raises
    ------
    DataQualityError
        Naming the site, if its data do not satisfy a measure's dataset.
    """
    found = {}
    for measure in measures:
        try:
            summary = summarise(measure, source, mapping=mapping)
        except DataQualityError as error:
            raise DataQualityError(f"site {site}: {error}") from error
        if period is not None:
            summary = summary.restricted({period})
        if summary.periods:
            found[measure.id] = summary
    return found


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
    """

    def __init__(self, run: "Run", site: str, summaries: Summaries) -> None:
        self.site = site
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
        return collect_positions(rehearsal.plan, state, self._summaries, self.site)

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

    def report(self, path: str | Path) -> Path:
        """Write the site's report as one HTML file that needs no network.

        Parameters
        ----------
        path
            Where to write it.

        Returns
        -------
        Path
            The same path.

        Raises
        ------
        ConfigurationError
            If the extra ``reports`` is not installed.
        PolicyError
            If the site has no figures to report on.
        """
        from fedqi.reports import render_report
        from fedqi.reports.compose import rehearsal_report

        run, file = self._run, Path(path)
        data = rehearsal_report(run.measures, run.result, self.positions, self.site, run.cohort)
        file.write_text(render_report(data), encoding="utf-8")
        return file


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
    """

    def __init__(
        self,
        rehearsal: Rehearsal,
        measures: Sequence[Measure],
        summaries: Mapping[str, Summaries],
    ) -> None:
        self.measures = tuple(measures)
        self.rehearsal = rehearsal
        self._summaries = summaries

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
        return Hospital(self, site, self._summaries[site])

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
        return {**self.result.to_dict(), "positions": positions}
