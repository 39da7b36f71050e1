"""The patients of the reference data as covariate patterns; who made which file: data/README.md."""

import csv
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np

from fedqi.stats.regression_blocks import Patterns
from tests.reference.statistics_data import surgical

PPROF = Path(str(files("fedqi"))) / "examples/pprof/pprof_example_binary.csv"
PPROF_NAMES = ("(Intercept)", "z1", "z2", "z3", "z4", "z5")


@cache
def pprof() -> dict[str, Patterns]:
    """Return provider -> its patients, each a pattern of its own, in the order of the file."""
    found: dict[str, list[list[float]]] = {}
    with PPROF.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            numbers = [float(row[name]) for name in ("y", *PPROF_NAMES[1:])]
            found.setdefault(row["prov"], []).append(numbers)
    return {provider: _patterns(np.array(numbers)) for provider, numbers in found.items()}


def _patterns(numbers: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Patterns:
    design = np.column_stack([np.ones(len(numbers)), numbers[:, 1:]])
    return Patterns.of(design, np.ones(len(numbers)), numbers[:, 0])


def surgical_providers() -> list[Patterns]:
    return [Patterns.of([[1.0]], [n], [r]) for r, n in surgical()]
