"""Rows of a grouped question as tables of covariate patterns."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from fedqi.measures import Cell, Measure, PatternTable
from fedqi.measures.covariates import covariate_names


def cells_of(
    tables: Mapping[str, Mapping[str, Mapping[str, PatternTable]]],
) -> dict[str, dict[str, dict[str, Cell]]]:
    """Return the counts that patterns add up to: site -> provider -> period -> cell."""
    return {
        site: {
            provider: {
                period: Cell(sum(table.events), sum(table.patients))
                for period, table in series.items()
            }
            for provider, series in providers.items()
        }
        for site, providers in tables.items()
    }


def read_patterns(
    measure: Measure, rows: Iterable[tuple[Any, ...]]
) -> Mapping[str, Mapping[str, Mapping[str, PatternTable]]]:
    """Return site -> provider -> period -> patterns with patients, or exposure.

    Events of a rate without any exposure stay, to be refused by name.

    Parameters
    ----------
    measure
        With a risk model.
    rows
        Site, provider, period, covariates, numerator, denominator; sorted.
    """
    names = covariate_names(measure)
    found: dict[str, dict[str, dict[str, PatternTable]]] = {}
    kept = (row for row in rows if row[-1] or row[-2])
    for (site, provider, period), group in groupby(kept, key=lambda row: row[:3]):
        columns = tuple(zip(*group, strict=True))[3:]
        values = {
            name: tuple(float(value) for value in column)
            for name, column in zip(names, columns[:-2], strict=True)
        }
        events, patients = (tuple(int(count) for count in column) for column in columns[-2:])
        table = PatternTable(values, patients, events)
        found.setdefault(site, {}).setdefault(provider, {})[period] = table
    return found
