"""What each analysis found, in a few lines for a terminal."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from fedqi.benchmarking.result import MeasureResult, Position
from fedqi.benchmarking.standardised_result import FailedAnalysis

FIGURES = (
    ("phi", "φ {:.2f}"),
    ("i2", "I² {:.1%}"),
    ("sigma", "σ {:.4f}"),
    ("c_statistic", "c-statistic {:.3f}"),
    ("r_squared", "R² {:.3f}"),
    ("compared", "{:,} with patients in every stratum"),
    ("steps", "{} secure sums"),
)
"""Figures of any analysis, and how they are said."""


def analysis_lines(result: MeasureResult, positions: Sequence[Position]) -> Iterator[str]:
    """Yield lines for every analysis of a released unit.

    Parameters
    ----------
    result
        What was released.
    positions
        Where its providers stand; a rehearsal holds them all.
    """
    for name, found in result.analyses.items():
        if isinstance(found, FailedAnalysis):
            yield f"  {name} failed: {found.failed}"
            continue
        figures = [f"{count} {band}" for band, count in bands(name, positions)]
        yield f"  {name}: {'; '.join([', '.join(figures), *said(found)])}"
        yield from coefficient_lines(found)


def bands(analysis: str, positions: Sequence[Position]) -> list[tuple[str, int]]:
    """Return how many providers an analysis put into each band, the most frequent first."""
    found = (getattr(position.analyses.get(analysis), "band", None) for position in positions)
    return Counter(str(band) for band in found if band is not None).most_common()


def said(found: Any) -> Iterator[str]:
    """Yield what is known of the network, of whatever analysis."""
    benchmark = getattr(found, "benchmark", None)
    if benchmark is not None:
        yield f"benchmark {benchmark.value:.4g} of {benchmark.sites} sites"
    interval = getattr(found, "interval", None)
    if interval is not None:
        yield f"typical {found.rate:.4g} ({interval.lower:.4g} to {interval.upper:.4g})"
    for name, words in FIGURES:
        value = getattr(found, name, None)
        if value is not None:
            yield words.format(value)


def coefficient_lines(found: Any) -> Iterator[str]:
    """Yield a risk model as a table; nothing of an analysis without one."""
    coefficients = getattr(found, "coefficients", None)
    if not coefficients:
        return
    width = max(map(len, coefficients))
    yield f"    {'':{width}}  coefficient  standard error"
    for name, value in coefficients.items():
        yield f"    {name:{width}}  {value:11.4f}  {found.standard_errors[name]:14.4f}"
    for term, levels in found.joined.items():
        yield f"    {term}: at too few sites, so taken for the reference: {', '.join(levels)}"
    if found.left_out:
        yield f"    at too few sites, so not in the model: {', '.join(found.left_out)}"
