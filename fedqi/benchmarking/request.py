"""What can be asked of a rehearsal: refused in words, before a table is read or a key drawn."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from fedqi.benchmarking.federation import FIRST_UNSENT, Drop
from fedqi.benchmarking.registry import analysis_named, check_together
from fedqi.charter import PlannedMeasure, collection_faults, is_identifier
from fedqi.errors import (
    ConfigurationError,
    DataQualityError,
    InsufficientSitesError,
    PolicyError,
)
from fedqi.measures import Measure, MeasureSummary

MAXIMUM_SITES = 5_000
"""For more the security level of the sparse graph was not computed (docs/protocol.md)."""


def check_measures(measures: Sequence[Measure]) -> None:
    """Refuse what no job may sum together.

    Raises
    ------
    ConfigurationError
        If something is not a measure.
    PolicyError
        If a measure comes twice, or two count the same events.
    """
    for measure in measures:
        if not isinstance(measure, Measure):
            raise ConfigurationError(
                f"found a {type(measure).__name__} among the measures, expected what "
                "fedqi.load_measure returns; whoever calls must load the file first"
            )
    faults = collection_faults(planned_measures(measures))
    if faults:
        raise PolicyError(
            f"{', '.join(m.name for m in measures) or 'no measures'}: {'; '.join(faults)}; whoever "
            "asks must choose measures that can be summed together"
        )


def planned_measures(measures: Sequence[Measure]) -> tuple[PlannedMeasure, ...]:
    """Return the measures as the documents of a collaborative name them."""
    return tuple(
        PlannedMeasure(id=m.id, version=m.version, digest=m.digest, lineage=m.lineage)
        for m in measures
    )


def check_sites(sites: Collection[str]) -> None:
    """Refuse names that no roster can carry; without showing them, they may be anything.

    Raises
    ------
    DataQualityError
        Saying how many, and what a name looks like.
    ConfigurationError
        If there are more sites than one process can bear.
    """
    faulty = sum(not is_identifier(site) for site in sites)
    if faulty:
        raise DataQualityError(
            f"{faulty} of {len(sites)} sites have names that cannot be used, expected up to 64 "
            "letters without accents, digits, '.', '_' and '-', a letter or digit first; the data "
            "manager must rename them, or name the column that really holds the sites"
        )
    if len(sites) > MAXIMUM_SITES:
        raise ConfigurationError(
            f"{len(sites)} sites found, expected {MAXIMUM_SITES} at most in one process; check "
            "which column names the sites, or keep fewer of them"
        )


def check_analyses(analyses: Sequence[str]) -> None:
    """Refuse analyses that are unknown, none, or named twice.

    Raises
    ------
    DefinitionError
        If an analysis is unknown, or must not stand beside another.
    ConfigurationError
        If none is named, or one of them twice.
    """
    for name in analyses:
        analysis_named(name)
    check_together(analyses)
    if not analyses or len(set(analyses)) < len(analyses):
        raise ConfigurationError(
            f"analyses: found {', '.join(analyses) or 'none'}, expected at least one, each once"
        )


def check_drop(drop: Drop, sites: Collection[str]) -> None:
    """Refuse to drop a site that is not there, or at a message or step that there is not.

    Raises
    ------
    ConfigurationError
        Naming the site or the message.
    """
    for site, message in drop.items():
        if site not in sites:
            raise ConfigurationError(
                f"dropped site {site!r} is none of the {len(sites)} sites; name one that is"
            )
        if message not in FIRST_UNSENT and not (isinstance(message, int) and message > 1):
            raise ConfigurationError(
                f"dropped site {site}: no message is called {message!r}, expected one of "
                f"{', '.join(FIRST_UNSENT)}, or the number of a step, 2 or more"
            )


def check_segments(segments: Mapping[str, Collection[str]], sites: Collection[str]) -> None:
    """Refuse peer groups that do not hold each site once.

    Raises
    ------
    ConfigurationError
        Naming the groups or the sites concerned.
    """
    if not segments:
        return
    held = Counter(site for group in segments.values() for site in group)
    faults = (
        ("names that cannot be used", [name for name in segments if not is_identifier(name)]),
        ("in no peer group", sorted(set(sites) - set(held))),
        ("in several peer groups", sorted(site for site, times in held.items() if times > 1)),
        ("no sites of this run", sorted(set(held) - set(sites))),
    )
    found = [f"{what}: {', '.join(names)}" for what, names in faults if names]
    if len(segments) < 2:
        found.append("there is one peer group, which divides nobody")
    if found:
        raise ConfigurationError(f"peer groups: {'; '.join(found)}; correct the groups")


def check_offers(
    measures: Sequence[Measure], summaries: Mapping[str, Mapping[str, MeasureSummary]], minimum: int
) -> None:
    """Refuse a run in which no period of any measure could be summed.

    Raises
    ------
    InsufficientSitesError
        With how many sites have figures and how many are needed.
    """
    offered = Counter(
        (name, period)
        for own in summaries.values()
        for name, summary in own.items()
        for period in summary.periods
    )
    most = max(offered.values(), default=0)
    if most >= minimum:
        return
    names = ", ".join(measure.name for measure in measures)
    where = "" if most == 0 else "the same period of the same measure, at most "
    found = f"{where}{most or 'none'} of {len(summaries)} sites"
    raise InsufficientSitesError(
        f"{names}: anyone in the denominator was found at {found}, {minimum} are needed before "
        "anything is summed; the authors must check the criteria, the data managers codes and units"
    )
