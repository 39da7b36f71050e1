"""Evaluates a measure where the data are. The only package that reads records of patients."""

from fedqi.engine.catalogue import catalogue, find_measure
from fedqi.engine.database import Database
from fedqi.engine.evaluate import check, summarise
from fedqi.engine.loading import load_measure
from fedqi.engine.report import DataQualityReport, Finding, Problem
from fedqi.engine.source import Source, split

__all__ = [
    "DataQualityReport",
    "Database",
    "Finding",
    "Problem",
    "Source",
    "catalogue",
    "check",
    "find_measure",
    "load_measure",
    "split",
    "summarise",
]
