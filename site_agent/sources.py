"""The hospital's tables, handed to the engine."""

from fedqi import engine
from fedqi.errors import DataQualityError
from fedqi.measures import Measure, MeasureSummary
from site_agent.config import Source


def summarise_source(measure: Measure, source: Source) -> MeasureSummary:
    """Evaluate a measure over one of the hospital's tables.

    Raises
    ------
    DataQualityError
        If the file is missing or does not satisfy the dataset.
    """
    require_file(source)
    return engine.summarise(measure, source.path, mapping=dict(source.mapping))


def require_file(source: Source) -> None:
    """Refuse a source whose file does not exist.

    Raises
    ------
    DataQualityError
        Naming the file.
    """
    if not source.path.is_file():
        raise DataQualityError(
            f"{source.path}: no such file; expected the table that data.default.path or "
            "data.measures.*.path in the configuration names"
        )
