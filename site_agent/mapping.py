"""``fedqi-site map``: how the hospital's own tables become the dataset of a measure."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from fedqi.engine import Database
from fedqi.engine.mapped import MappedTables
from fedqi.engine.mapping_files import find_mapping, ready_for
from fedqi.engine.mapping_report import MappingReport
from fedqi.engine.profile import profile
from fedqi.errors import ConfigurationError
from fedqi.mapping.draft import draft
from fedqi.mapping.suggest import suggest
from fedqi.measures import Measure
from site_agent.config import Source

READY = """\
# These look like the tables of the mapping {name!r}, which comes with FedQI and may be named as it
# is: --mapping {name}, or mapping: {name} in the configuration. This is its text, to be adapted:
"""


def tables_at(given: str, table: str | None) -> Path | Database:
    """Return what the command line names: a file, a folder, or a database.

    Parameters
    ----------
    given
        A path, or ``postgresql://account@host/database``.
    table
        Of a database; every table of the schema ``public`` if None.

    Raises
    ------
    ConfigurationError
        If the path does not exist, or the URL cannot be used.
    """
    if "://" in given:
        return Database(given, table or "public.*")
    if table is not None:
        raise ConfigurationError(f"--table {table}: only a database has tables to choose from")
    path = Path(given)
    if not path.exists():
        raise ConfigurationError(f"{path}: no such file or folder; check the path that was given")
    return path


def suggestion(measure: Measure, place: Path | Database) -> str:
    """Return a proposal of a mapping as YAML.

    Raises
    ------
    DataQualityError
        If a table cannot be read.
    """
    found = profile(measure, place)
    ready = ready_for([*(table.name for table in found.tables), *found.documents])
    if ready is not None:
        name, text = ready
        return READY.format(name=name) + text
    if found.documents:
        raise ConfigurationError(
            f"{', '.join(found.documents)}: documents have no columns that could be compared; the "
            "mapping's author must write their paths, beginning with a copy of fhir-r4"
        )
    return draft(measure, found.tables, suggest(measure, found.tables))


def mapped_source(
    source: Source, mapping: str | None, time_zone: str | None, progress: Callable[[str], None]
) -> MappedTables:
    """Return a source under its mapping, or under another one.

    Parameters
    ----------
    source
        Of the configuration, or of the command line.
    mapping, time_zone
        Instead of what the source says.
    progress
        Called with what a database is asked, in words.

    Raises
    ------
    ConfigurationError
        If there is no mapping of tables.
    DefinitionError
        If the mapping is not valid.
    """
    wanted = mapping if mapping is not None else source.mapping
    if not isinstance(wanted, str):
        raise ConfigurationError(
            "no mapping of tables: name one with --mapping, or in the configuration as the file or "
            "name behind mapping; columns that are only renamed there are checked by "
            "'fedqi-site check'"
        )
    table = source.table
    if isinstance(table, Database):
        table = replace(table, progress=progress)
    return MappedTables(table, find_mapping(wanted, time_zone or source.time_zone))


def in_words(report: MappingReport) -> list[str]:
    """Return a report as lines."""
    verdict = "fits" if report.ok else "does NOT fit yet"
    rows = "" if report.rows is None else f" ({report.rows} rows)"
    lines = [f"{report.measure}: mapping {report.mapping} {verdict} {report.source}{rows}"]
    width = max((len(share.column) for share in report.columns), default=0)
    for share in report.columns:
        empty = f"{share.empty} empty" if share.empty else "always filled"
        true = "" if share.true is None else f", true in {share.true}"
        source = share.source if len(share.source) <= 44 else f"{share.source[:41]}..."
        lines.append(f"    {share.column:<{width}}  {source:<44}  {empty}{true}")
    for remark in report.remarks:
        lines.append(f"    {'must be mended' if remark.blocking else 'to know'}: {remark}")
    return lines
