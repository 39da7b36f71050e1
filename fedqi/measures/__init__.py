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
from fedqi.measures.values import Component, ComponentTable, Item, Scale, Value, ValueTable

__all__ = [
    "ALL_PERIODS",
    "MAXIMUM_COUNT",
    "Cell",
    "Column",
    "Component",
    "ComponentTable",
    "Dataset",
    "Item",
    "Measure",
    "MeasureSummary",
    "PatternTable",
    "RiskModel",
    "RiskTerm",
    "Scale",
    "Sum",
    "Time",
    "Value",
    "ValueTable",
    "Words",
    "parse_measure",
    "pooled",
]
