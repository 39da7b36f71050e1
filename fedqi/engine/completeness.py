"""How complete the cases of a site are, shown before its figures."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from fedqi.engine.report import Completeness, Finding, Problem, rows_in_words
from fedqi.measures import Cell


def completeness(
    asked: Iterable[tuple[Any, ...]], counts: Mapping[str, Mapping[str, Mapping[str, Cell]]]
) -> tuple[dict[str, tuple[Completeness, ...]], dict[str, list[Finding]]]:
    """Set what was found beside what was expected.

    Parameters
    ----------
    asked
        Site, period, expected cases, rows without a usable number of them.
    counts
        Site, provider and period to counts.

    Returns
    -------
    tuple
        Per site the completeness of its periods, and findings; none of them blocks, because the
        figures do not depend on it.
    """
    told: dict[str, list[Completeness]] = defaultdict(list)
    unusable: dict[str, int] = defaultdict(int)
    for site, period, expected, lacking in asked:
        cells = [series[period] for series in counts.get(site, {}).values() if period in series]
        found = sum(cell.denominator for cell in cells)
        told[site].append(Completeness(period, found, expected))
        unusable[site] += lacking
    findings = {
        site: [Finding(Problem.ASCERTAINMENT, None, rows, _words(rows), blocking=False)]
        for site, rows in unusable.items()
        if rows
    }
    return {site: tuple(each) for site, each in told.items()}, findings


def _words(rows: int) -> str:
    return f"no usable number of expected cases in {rows_in_words(rows)}; they count as none"
