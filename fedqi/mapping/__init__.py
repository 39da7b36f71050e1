"""From a hospital's own tables, column names and codes to the dataset of a measure.

Pure: a mapping is parsed, checked and compiled to SQL here; :mod:`fedqi.engine` asks it.
"""

from fedqi.mapping.model import DataMapping, DatasetMapping
from fedqi.mapping.parsing import parse_mapping

__all__ = ["DataMapping", "DatasetMapping", "parse_mapping"]
