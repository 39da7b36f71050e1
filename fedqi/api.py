"""The public functions: a masked benchmark in one process, on real files.

Files are read and entropy is drawn here; everything below is a function of what it is given.
"""

import os
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from fedqi.benchmarking.entropy import seeded_entropy
from fedqi.benchmarking.federation import Drop, Progress, Witness, silent, unseen
from fedqi.benchmarking.policy import Policy
from fedqi.benchmarking.rehearsal import rehearse
from fedqi.benchmarking.rehearsal_documents import Segments, Summaries
from fedqi.benchmarking.request import (
    check_analyses,
    check_drop,
    check_measures,
    check_segments,
    check_sites,
)
from fedqi.engine import Source, check, load_measure, split, summarise
from fedqi.engine.mapping_files import find_mapping as load_mapping
from fedqi.errors import ConfigurationError, DataQualityError, PolicyError
from fedqi.mapping import DataMapping
from fedqi.measures import Measure
from fedqi.measures.calendar import waiting
from fedqi.run import Complete, Hospital, Run

__all__ = ["Hospital", "Policy", "Run", "benchmark", "load_mapping", "load_measure", "split"]


def benchmark(
    measures: Measure | Sequence[Measure],
    sources: Mapping[str, Any],
    *,
    analyses: str | Sequence[str] = ("crude",),
    period: str | None = None,
    drop: Drop | None = None,
    seed: int | None = None,
    progress: Progress = silent,
    policy: Policy | None = None,
    mapping: Mapping[str, str] | DataMapping | None = None,
    today: date | None = None,
    segments: Segments | None = None,
    witness: Witness = unseen,
) -> Run:
    """Run a masked benchmark in this process: every site a session, every vector masked.

    Parameters
    ----------
    measures
        One measure, or the measures of a collection.
    sources
        Site id to where its own rows are: a path, a part of :func:`split`, or a table.
    analyses
        Name of the analysis, or of several.
    period
        Keep this period only.
    drop
        Site to the first message of step 1 that it does not send: ``advert``, ``shares``,
        ``masked_input``, ``statement`` or ``unmasking``; or to the number of a later step, from 2,
        before which it disappears for good. Then the analyses that are complete are released.
    seed
        Draw keys from this number instead of the operating system, to replay a run. Never
        for real work: whoever knows the seed can unmask every vector.
    progress
        Called with the phase in words, how many sites have answered, and how many are expected.
    policy
        Collusion bound and honest others; the defaults of a charter otherwise.
    mapping
        Column of the measure to column of the source; or, from :func:`load_mapping`, how its
        tables become datasets, each source then being a folder or a database.
    today
        Refuse periods that may not be summed yet on this day; without it none is refused.
    segments
        Peer group to its sites: every site is summed and compared within its own group. Each
        site belongs to one, and each group has at least as many sites as any sum needs.
    witness
        Called with a site, the attempt, and each message before it leaves that site.

    Returns
    -------
    Run
        The result that all see, and each site's own position.

    Raises
    ------
    InsufficientSitesError
        If too few sites stand together, or make a peer group; nothing is released.
    DataQualityError
        If a site's data do not satisfy the dataset of a measure, or sites have unusable names.
    DefinitionError
        If an analysis is unknown.
    PolicyError
        If two measures count the same events: their difference could single out a site; or a
        period may not be summed yet.
    ConfigurationError
        If a period or a dropped site is unknown, too many sites are given, or the peer groups
        do not hold each site once.
    """
    collection = [measures] if isinstance(measures, Measure) else list(measures)
    names = [analyses] if isinstance(analyses, str) else list(analyses)
    check_measures(collection)
    check_sites(sources)
    check_analyses(names)
    check_drop(drop or {}, sources)
    check_segments(segments or {}, sources)
    summaries = {
        site: site_summaries(site, collection, source, mapping) for site, source in sources.items()
    }
    if period is not None:
        summaries = only_period(summaries, period)
    if today is not None:
        refuse_waiting(collection, summaries, today)
    entropy = os.urandom if seed is None else seeded_entropy(seed)
    rehearsal = rehearse(
        collection, summaries, names, entropy, policy, drop, progress, segments, witness
    )
    complete = {
        site: site_completeness(collection, source, mapping) for site, source in sources.items()
    }
    return Run(rehearsal, collection, summaries, complete)


def site_summaries(
    site: str,
    measures: Sequence[Measure],
    source: Source,
    mapping: Mapping[str, str] | DataMapping | None,
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
        if summary.periods:
            found[measure.id] = summary
    return found


def site_completeness(
    measures: Sequence[Measure], source: Source, mapping: Mapping[str, str] | DataMapping | None
) -> Complete:
    """Return how complete one site's cases are, of the measures that say how many to expect."""
    return {
        measure.id: {
            each.period: (each.found, each.expected)
            for each in check(measure, source, mapping=mapping).completeness
        }
        for measure in measures
        if measure.ascertainment is not None
    }


def refuse_waiting(
    measures: Sequence[Measure], summaries: Mapping[str, Summaries], today: date
) -> None:
    """Refuse periods whose follow-up or lock is not over.

    Raises
    ------
    PolicyError
        Naming the first of them and the day from which it may be summed.
    """
    for measure in measures:
        found = [own[measure.id] for own in summaries.values() if measure.id in own]
        later = waiting(measure, {p for each in found for p in each.periods}, today)
        if later:
            raise PolicyError(
                f"{later[0]}; today is {today}. Take an earlier period, or leave the rows of "
                f"{later[0].period} and of later periods out of the data"
            )


def only_period(summaries: Mapping[str, Summaries], period: str) -> dict[str, Summaries]:
    """Keep one period of every summary.

    Raises
    ------
    ConfigurationError
        If no site has figures in it; the message names those there are.
    """
    known = sorted({p for own in summaries.values() for s in own.values() for p in s.periods})
    if known and period not in known:
        there = ", ".join(known) if len(known) <= 4 else f"{known[0]} to {known[-1]}"
        raise ConfigurationError(
            f"no site has figures in period {period!r}, expected one of: {there}"
        )
    kept: dict[str, Summaries] = {}
    for site, own in summaries.items():
        restricted = {name: summary.restricted({period}) for name, summary in own.items()}
        kept[site] = {name: summary for name, summary in restricted.items() if summary.periods}
    return kept
