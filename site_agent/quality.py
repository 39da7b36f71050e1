"""``check``: the hospital's data against the datasets of measures, in counts of rows only."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fedqi import engine
from fedqi.engine.database import silent
from fedqi.errors import ConfigurationError, DataQualityError
from fedqi.measures import Measure
from fedqi.measures.calendar import waiting
from site_agent.company import check_min_others
from site_agent.config import AgentConfig
from site_agent.definitions import known
from site_agent.genesis import load_accepted
from site_agent.sources import check_source
from site_agent.state import open_state


def check_data(
    config: AgentConfig, files: Sequence[Path], progress: Callable[[str], None] = silent
) -> list[dict[str, Any]]:
    """Check the data of every measure and return one report each, as plain data.

    Parameters
    ----------
    config
        The configuration.
    files
        Measures as YAML; without any, the measures of the jobs known here.
    progress
        Called with what a database is asked, in words.

    Raises
    ------
    ConfigurationError
        If there is no measure to check.
    DefinitionError
        If a file is not a measure.
    """
    state = open_state(config.state_dir)
    measures = [engine.load_measure(file) for file in files] or known(state)
    if not measures:
        raise ConfigurationError(
            "no measure to check: name the YAML files of the measures, or wait for a job"
        )
    return [_check(config, each, progress) for each in measures]


def in_words(reports: Iterable[dict[str, Any]]) -> list[str]:
    """Return the reports as lines."""
    lines = []
    for report in reports:
        verdict = "can be used" if report["ok"] else "CANNOT be used yet"
        counted = "" if report["counted"] is None else f", {report['counted']} count"
        rows = f"{report['rows']} rows{counted}"
        name = f"{report['measure']} {report['version']}"
        lines.append(f"{name}: {verdict} ({report['source']}: {rows})")
        lines += [f"    {each}" for each in report["completeness"]]
        lines += [f"    {_finding(finding)}" for finding in report["findings"]]
        lines += [f"    {each}" for each in report["waiting"]]
    return lines


def require_all_usable(reports: Iterable[dict[str, Any]]) -> None:
    """Fail if some measure cannot be evaluated.

    Raises
    ------
    DataQualityError
        Naming those measures.
    """
    unusable = [report["measure"] for report in reports if not report["ok"]]
    if unusable:
        raise DataQualityError(
            f"{', '.join(unusable)}: the data do not satisfy the dataset; the data manager must "
            "correct the table or map its columns"
        )


def check_company(config: AgentConfig) -> None:
    """Fail if this site asks for more company than the charter it signed promises.

    Raises
    ------
    PolicyError
        With both numbers.
    """
    accepted = load_accepted(open_state(config.state_dir))
    if accepted is not None:
        check_min_others(config, accepted.charter)


def _check(
    config: AgentConfig, measure: Measure, progress: Callable[[str], None]
) -> dict[str, Any]:
    report = check_source(measure, config.source(measure.id), progress)
    today = datetime.now(UTC).date()
    told = [str(each) for each in waiting(measure, report.periods, today)]
    complete = [str(each) for each in report.completeness]
    return {**report.to_dict(), "completeness": complete, "waiting": told}


def _finding(finding: dict[str, Any]) -> str:
    place = f"column {finding['column']!r}: " if finding["column"] is not None else ""
    weight = "" if finding["blocking"] else " (does not prevent it)"
    return f"{place}{finding['words']}{weight}"
