"""The hospital's tables, handed to the engine."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from fedqi import engine
from fedqi.engine.database import silent
from fedqi.engine.mapping_files import find_mapping
from fedqi.errors import DataQualityError
from fedqi.mapping import DataMapping
from fedqi.measures import Measure, MeasureSummary
from site_agent.config import Source


def summarise_source(measure: Measure, source: Source) -> MeasureSummary:
    """Evaluate a measure over one of the hospital's tables.

    Raises
    ------
    ConfigurationError
        If a database cannot be reached.
    DataQualityError
        If the table is missing or does not satisfy the dataset.
    """
    require_file(source)
    return engine.summarise(measure, source.table, mapping=mapping_of(source))


def check_source(
    measure: Measure, source: Source, progress: Callable[[str], None] = silent
) -> engine.DataQualityReport:
    """Hold one of the hospital's tables against a measure.

    Parameters
    ----------
    measure, source
        What to check.
    progress
        Called with what a database is asked, in words.

    Raises
    ------
    ConfigurationError, DataQualityError
        If the table cannot be read at all.
    """
    require_file(source)
    table = source.table
    if isinstance(table, engine.Database):
        table = replace(table, progress=progress)
    return engine.check(measure, table, mapping=mapping_of(source))


def mapping_of(source: Source) -> Mapping[str, str] | DataMapping:
    """Return how the columns of measures come from a source.

    Raises
    ------
    DefinitionError
        If the mapping is a file or name that is not there, or not valid.
    """
    if isinstance(source.mapping, str):
        return find_mapping(source.mapping, source.time_zone)
    return dict(source.mapping)


def require_file(source: Source) -> None:
    """Refuse a source whose file does not exist.

    Raises
    ------
    DataQualityError
        Naming the file.
    """
    if not isinstance(source.table, Path):
        return
    mapped = isinstance(source.mapping, str) and source.table.is_dir()
    if not (mapped or source.table.is_file()):
        raise DataQualityError(
            f"{source.table}: no such file; expected the table that data.default.path or "
            "data.measures.*.path in the configuration names"
        )
