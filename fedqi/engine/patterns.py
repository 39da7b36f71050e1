"""Rows of a grouped question as counts, and as tables of covariate patterns."""

from collections.abc import Iterable, Mapping
from typing import Any

from fedqi.measures import Cell, Measure, PatternTable
from fedqi.measures.compile import period_name
from fedqi.measures.covariates import covariate_names

Places = Mapping[str, Mapping[str, Mapping[str, PatternTable]]]
"""Site -> provider -> period -> patterns."""


def cells_of(tables: Places) -> dict[str, dict[str, dict[str, Cell]]]:
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


def read_cells(
    measure: Measure, rows: Iterable[tuple[Any, ...]]
) -> dict[str, dict[str, dict[str, Cell]]]:
    """Return site -> provider -> period -> cell, in this order.

    Parameters
    ----------
    measure
        What was counted.
    rows
        Site, provider, period, numerator, denominator, and last the expected events.
    """
    found: dict[str, dict[str, dict[str, Cell]]] = {}
    for row in sorted(rows, key=lambda row: row[:3]):
        site, provider, period, observed, denominator = row[:5]
        # Events of a rate without any exposure stay, to be refused by name.
        if denominator or observed:
            series = found.setdefault(site, {}).setdefault(provider, {})
            cell = Cell(int(observed or 0), int(denominator or 0), row[-1])
            series[period_name(measure, period)] = cell
    return found


def read_patterns(measure: Measure, rows: Iterable[tuple[Any, ...]]) -> Places:
    """Return site -> provider -> period -> patterns with patients, or exposure, in this order.

    Events of a rate without any exposure stay, to be refused by name.

    Parameters
    ----------
    measure
        With a risk model.
    rows
        Site, provider, period, numerator, denominator, and last the covariates; of one place
        sorted by the covariates.
    """
    names = covariate_names(measure)
    places: dict[tuple[str, str, int], list[tuple[Any, ...]]] = {}
    for row in rows:
        if row[4] or row[3]:
            places.setdefault(row[:3], []).append(row[3:])
    found: dict[str, dict[str, dict[str, PatternTable]]] = {}
    for place in sorted(places):
        site, provider, period = place
        events, patients, *columns = zip(*places[place], strict=True)
        values = {
            name: tuple(map(float, column))
            for name, column in zip(names, columns[-len(names) :], strict=True)
        }
        table = PatternTable(values, tuple(map(int, patients)), tuple(map(int, events)))
        series = found.setdefault(site, {}).setdefault(provider, {})
        series[period_name(measure, period)] = table
    return found
