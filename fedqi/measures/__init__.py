"""What is measured: definition, dataset, criteria and their compilation to SQL. Reads no files."""

from fedqi.measures.dataset import Column, Dataset, Time
from fedqi.measures.definition import Measure, Sum, Words
from fedqi.measures.parsing import parse_measure
from fedqi.measures.risk import RiskModel, RiskTerm
from fedqi.measures.summary import (
    ALL_PERIODS,
    MAXIMUM_COUNT,
    Cell,
    MeasureSummary,
    PatternTable,
    pooled,
)

__all__ = [
    "ALL_PERIODS",
    "MAXIMUM_COUNT",
    "Cell",
    "Column",
    "Dataset",
    "Measure",
    "MeasureSummary",
    "PatternTable",
    "RiskModel",
    "RiskTerm",
    "Sum",
    "Time",
    "Words",
    "parse_measure",
    "pooled",
]
