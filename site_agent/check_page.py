"""The page of ``check``, from what was found in the hospital's table."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib import metadata
from itertools import groupby
from pathlib import Path

from fedqi.engine import Finding, Problem
from fedqi.engine.report import kind_of
from fedqi.mapping import DataMapping
from fedqi.measures import Column, Measure
from fedqi.reports.check_data import (
    CheckData,
    CheckedColumn,
    CheckedMeasure,
    CheckedPeriod,
    CheckedStep,
    Found,
)
from site_agent.config import AgentConfig, Source
from site_agent.journal import replace_file
from site_agent.quality import Checked
from site_agent.sources import mapping_of


def write_check(config: AgentConfig, checks: Sequence[Checked], page: Path) -> None:
    """Write the page.

    Raises
    ------
    ConfigurationError
        If the extra ``reports`` is not installed, or the file cannot be written.
    """
    from fedqi.reports import render_check

    text = render_check(check_page(config, checks, datetime.now(UTC)))
    replace_file(page, text.encode())


def check_page(config: AgentConfig, checks: Sequence[Checked], now: datetime) -> CheckData:
    """Return what the page shows."""
    return CheckData(
        site=config.site,
        day=f"{now.day} {now:%B %Y}",
        measures=tuple(_measure(each, config.source(each.measure.id)) for each in checks),
        software=f"FedQI {metadata.version('fedqi')}.",
    )


def _measure(checked: Checked, source: Source) -> CheckedMeasure:
    report, left = checked.report, checked.attrition
    steps = () if left is None else left.steps
    kinds: dict[str, tuple[Found, ...]] = {
        kind: tuple(Found(str(each), each.blocking) for each in found)
        for kind, found in groupby(sorted(report.findings, key=_kind), key=_kind)
    }
    hints = tuple(Found(each, blocking=False) for each in checked.doubts)
    return CheckedMeasure(
        measure=report.measure,
        version=report.version,
        title=checked.measure.title,
        source=report.source,
        rows=report.rows,
        counted=report.counted,
        steps=tuple(CheckedStep(step.words, step.rows) for step in steps),
        periods=_periods(checked),
        columns=_columns(checked, source),
        conformance=kinds.get("conformance", ()),
        completeness=kinds.get("completeness", ()),
        plausibility=(*kinds.get("plausibility", ()), *hints),
        cases_command=_cases_command(checked.measure),
    )


def _origins(source: Source, measure: Measure) -> Mapping[str, str]:
    """Return what the columns are made of under a mapping of tables."""
    mapping = mapping_of(source)
    if not isinstance(mapping, DataMapping):
        return mapping
    dataset = mapping.datasets.get(measure.dataset.grain)
    columns = {} if dataset is None else dataset.columns
    return {name: column.from_ or "an expression" for name, column in columns.items()}


def _cases_command(measure: Measure) -> str:
    if measure.dataset.key is None:
        return ""
    return f"fedqi-site cases {measure.id} --set missing --out FILE"


def _kind(finding: Finding) -> str:
    return kind_of(finding.problem)


def _periods(checked: Checked) -> tuple[CheckedPeriod, ...]:
    if checked.measure.dataset.time is None or checked.attrition is None:
        return ()
    waits = {each.period: each.told for each in checked.waits}
    cases = {each.period: each for each in checked.report.completeness}
    made = []
    for each in checked.attrition.periods:
        name = each.period or "no date"
        complete = cases.get(name)
        found = None if complete is None else complete.found
        expected = None if complete is None else complete.expected
        told = "never" if each.period is None else waits.get(name, "")
        made.append(CheckedPeriod(name, each.rows, found, expected, told))
    return tuple(made)


def _columns(checked: Checked, source: Source) -> tuple[CheckedColumn, ...]:
    mapping = {} if isinstance(source.mapping, str) else source.mapping
    origins = _origins(source, checked.measure)
    rows: Counter[tuple[str | None, Problem]] = Counter()
    for each in checked.report.findings:
        rows[each.column, each.problem] += each.rows
    left = checked.attrition
    absent = set() if left is None else {mapping.get(name, name) for name in left.absent}
    absent |= {own for own, problem in rows if own and problem is Problem.MISSING_COLUMN}
    return tuple(
        CheckedColumn(
            name,
            origins.get(name, own),
            kind_in_words(column),
            column.required,
            own not in absent,
            missing=rows[own, Problem.MISSING_VALUE],
            unreadable=rows[own, Problem.WRONG_TYPE],
            outside=rows[own, Problem.OUTSIDE],
        )
        for name, column in checked.measure.dataset.columns.items()
        for own in (mapping.get(name, name),)
    )


def kind_in_words(column: Column) -> str:
    """Return the type of a column with what is allowed: ``number, 0 to 120``."""
    told: list[str] = [column.type]
    if column.allowed is not None:
        told.append(f"one of {', '.join(map(str, column.allowed))}")
    if column.min is not None and column.max is not None:
        told.append(f"{column.min:g} to {column.max:g}")
    elif column.min is not None:
        told.append(f"from {column.min:g}")
    elif column.max is not None:
        told.append(f"up to {column.max:g}")
    return ", ".join(told)
