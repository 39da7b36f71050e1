"""``check``: the hospital's data against the datasets of measures, in counts of rows only."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from fedqi import engine
from fedqi.engine.attrition import Attrition, attrition
from fedqi.engine.code_spelling import code_doubts
from fedqi.engine.database import silent
from fedqi.engine.history import history_doubts
from fedqi.engine.plausibility import doubts
from fedqi.engine.report import kind_of
from fedqi.errors import ConfigurationError, DataQualityError
from fedqi.measures import Measure
from fedqi.measures.calendar import Waiting, waiting
from site_agent.company import check_min_others
from site_agent.config import AgentConfig
from site_agent.definitions import find_definition, known
from site_agent.genesis import load_accepted
from site_agent.sources import check_source, mapping_of
from site_agent.state import open_state


@dataclass(frozen=True, slots=True)
class Checked:
    """One measure held against its table.

    Parameters
    ----------
    measure
        The measure.
    report
        What was found.
    attrition
        Rows left after each criterion; None if the table lacks a column.
    waits
        Periods that may not be summed yet.
    doubts
        What looks unlikely of codes and over time; nothing of it keeps the measure from being
        computed.
    """

    measure: Measure
    report: engine.DataQualityReport
    attrition: Attrition | None
    waits: tuple[Waiting, ...]
    doubts: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            **self.report.to_dict(),
            "completeness": [str(each) for each in self.report.completeness],
            "attrition": None if self.attrition is None else asdict(self.attrition),
            "doubts": list(self.doubts),
            "waiting": [str(each) for each in self.waits],
        }


def check_data(
    config: AgentConfig, wanted: Sequence[str], progress: Callable[[str], None] = silent
) -> list[Checked]:
    """Check the data of every measure.

    Parameters
    ----------
    config
        The configuration.
    wanted
        Measures as files or names; without any, the measures of the jobs known here.
    progress
        Called with what a database is asked, in words.

    Raises
    ------
    ConfigurationError
        If there is no measure to check.
    DefinitionError
        If a name or file is not a measure.
    """
    state = open_state(config.state_dir)
    measures = [find_definition(each, state) for each in wanted] or known(state)
    if not measures:
        raise ConfigurationError(
            "no measure to check: name the YAML files of the measures, or wait for a job"
        )
    today = datetime.now(UTC).date()
    return [_check(config, each, progress, today) for each in measures]


def in_words(checks: Iterable[Checked]) -> list[str]:
    """Return the checks as lines."""
    return [line for each in checks for line in _lines(each)]


def _lines(checked: Checked) -> list[str]:
    report = checked.report
    verdict = "can be used" if report.ok else "CANNOT be used yet"
    counted = "" if report.counted is None else f", {report.counted} count"
    rows = f"{report.rows} rows{counted}"
    told = [str(each) for each in report.completeness]
    told += [f"{kind_of(found.problem)}: {_finding(found)}" for found in report.findings]
    told += [f"plausibility: {each} (does not prevent it)" for each in checked.doubts]
    told += _attrition(checked.attrition)
    told += [str(each) for each in checked.waits]
    name = f"{report.measure} {report.version}"
    return [f"{name}: {verdict} ({report.source}: {rows})", *(f"    {line}" for line in told)]


def _attrition(found: Attrition | None) -> list[str]:
    return [] if found is None else [f"{step.rows:>9,} {step.words}" for step in found.steps]


def require_all_usable(checks: Iterable[Checked]) -> None:
    """Fail if some measure cannot be evaluated.

    Raises
    ------
    DataQualityError
        Naming those measures.
    """
    unusable = [each.measure.id for each in checks if not each.report.ok]
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
    config: AgentConfig, measure: Measure, progress: Callable[[str], None], today: date
) -> Checked:
    source = config.source(measure.id)
    report = check_source(measure, source, progress)
    table = source.table
    if isinstance(table, engine.Database):
        table = replace(table, progress=progress)
    left = attrition(measure, table, mapping=mapping_of(source))
    # Also of a table that cannot be used yet: its periods are known where its columns are.
    waits = waiting(measure, report.periods if left is None else left.counted, today)
    doubtful = () if left is None else doubts(measure, left, today)
    counted = [] if left is None else [each for each, rows in left.counted.items() if rows]
    mapping = mapping_of(source)
    codes = code_doubts(measure, table, mapping=mapping)
    past = history_doubts(measure, table, counted, mapping=mapping)
    return Checked(measure, report, left, waits, (*codes, *past, *doubtful))


def _finding(finding: engine.Finding) -> str:
    return f"{finding}{'' if finding.blocking else ' (does not prevent it)'}"
