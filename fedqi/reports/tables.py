"""The tables: counts and position on the first page, every comparator on the second."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from fedqi.reports.data import MeasureReport
from fedqi.reports.data_basic import Interval
from fedqi.reports.forest_figure import is_adjusted
from fedqi.reports.numbers import base_of, count, decimal, in_unit, written
from fedqi.reports.verdict import decisive_z
from fedqi.reports.wording import BAND_SYMBOLS, BAND_WORDS

KEPT_SPACE = "\u00a0"
"""A space at which no line breaks."""

NONE = "–"
"""What a cell says where there is nothing to say."""


LONGEST_NOUN = 12
"""Letters that the heading of a narrow column has room for."""

NOT_ADJUSTED = "Rates in this table are as counted, not adjusted for case mix."

INTERVAL = f"95{KEPT_SPACE}%{KEPT_SPACE}interval"


@dataclass(frozen=True, slots=True)
class TableRow:
    """A measure in the overview: its title, cells, and the class of its position."""

    title: str
    cells: tuple[str, ...]
    symbol: str
    word: str
    band: str


@dataclass(frozen=True, slots=True)
class Table:
    """The overview: headings of the cells between the title and the position."""

    headings: tuple[str, ...]
    rows: tuple[TableRow, ...]
    persistence: tuple[str, ...]
    """One per row, or empty where no earlier periods are known."""


@dataclass(frozen=True, slots=True)
class Comparisons:
    """Every comparator that some measure has: headings, and (title, cells) per measure.

    ``note`` says what the rates are, where ratios stand beside them.
    """

    headings: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    note: str


def overview(measures: Sequence[MeasureReport]) -> Table:
    """Return one row per measure, with ratios where every measure has one."""
    adjusted = is_adjusted(measures)
    counted = _counted({m.patients for m in measures})
    headings = (counted, "observed", "expected", "ratio", INTERVAL)
    if not adjusted:
        headings = (counted, *_figure_headings(measures), INTERVAL, "network")
    known = [m.persistence for m in measures]
    return Table(
        headings=headings,
        rows=tuple(_row(m, adjusted) for m in measures),
        persistence=tuple(NONE if p is None else f"{p.beyond} of last {p.periods}" for p in known)
        if any(known)
        else (),
    )


def units_table(units: Sequence[MeasureReport]) -> Table:
    """Return one row per provider of the hospital, by its name."""
    return overview([replace(each, title=each.provider or "") for each in units])


def _counted(nouns: set[str]) -> str:
    """Return what was counted in one short word, as far as all measures share it."""
    if all("patients" in noun for noun in nouns):
        return "patients"
    shared = next(iter(nouns))
    return shared if len(nouns) == 1 and len(shared) <= LONGEST_NOUN else "counted"


def _figure_headings(measures: Sequence[MeasureReport]) -> tuple[str, str]:
    """Return what the counts and the figures are: rates, means, or some of both."""
    means = {m.scale == "mean" for m in measures}
    if means == {True}:
        return "with a value", "mean"
    return "observed", "rate or mean" if True in means else "rate"


def _row(m: MeasureReport, adjusted: bool) -> TableRow:
    cells = _ratio_cells(m) if adjusted else _rate_cells(m)
    counts = (f"{m.denominator:,}", f"{m.observed:,}")
    return TableRow(m.title, (*counts, *cells), BAND_SYMBOLS[m.band], BAND_WORDS[m.band], m.band)


def _ratio_cells(m: MeasureReport) -> tuple[str, str, str]:
    if m.ratio is None:
        return (NONE, NONE, NONE)
    interval = m.ratio.interval
    ends = f"{decimal(interval.lower, 2)} to {decimal(interval.upper, 2)}"
    expected = NONE if m.expected is None else decimal(m.expected)
    return (expected, decimal(m.ratio.value, 2), ends)


def _rate_cells(m: MeasureReport) -> tuple[str, str, str]:
    own = NONE if m.rate is None else f"{written(m.rate, m)}{in_unit(m)}"
    ends = NONE if m.interval is None else _ends(m.interval, m)
    return (own, ends, _rate(m.network_rate, m))


def _rate(rate: float | None, m: MeasureReport) -> str:
    return NONE if rate is None else written(rate, m)


def _ends(interval: Interval, m: MeasureReport) -> str:
    return f"{written(interval.lower, m)} to {written(interval.upper, m)}"


def comparisons(measures: Sequence[MeasureReport]) -> Comparisons:
    """Return one row per measure with patients; comparators that none has are left out."""
    shown = [m for m in measures if m.rate is not None]
    filled = {heading: [cell(m) for m in shown] for heading, cell in COMPARATORS.items()}
    columns = {heading: cells for heading, cells in filled.items() if set(cells) - {NONE}}
    titles = [m.title for m in shown]
    rows = zip(titles, zip(*columns.values(), strict=True), strict=True)
    note = NOT_ADJUSTED if any(m.ratio for m in shown) else ""
    return Comparisons(tuple(columns), tuple(rows), note)


def _unit(m: MeasureReport) -> str:
    return (m.unit or NONE) if m.scale == "mean" else f"per {base_of(m):,}"


def _benchmark(m: MeasureReport) -> str:
    return NONE if m.benchmark is None else written(m.benchmark.value, m)


def _targets(m: MeasureReport) -> str:
    named = [f"{written(target.value, m)} ({target.label})" for target in m.targets]
    return ", ".join(named) or NONE


def _gain(m: MeasureReport) -> str:
    # The sum of a score over patients is nothing that anybody could picture.
    if m.gap is None or m.direction == "none" or not m.from_zero:
        return NONE
    return f"{count(m.gap)}{in_unit(m) if m.scale == 'mean' else ''}".replace(" ", KEPT_SPACE)


def _percentiles(m: MeasureReport) -> str:
    if m.percentile_band is None:
        return NONE
    low, high = (decimal(end, 0) for end in m.percentile_band)
    return f"{low} to {high} %".replace(" ", KEPT_SPACE)


def _steadied(m: MeasureReport) -> str:
    # Beside a risk model a second, unadjusted shrinkage would only confuse.
    return NONE if m.basis != "crude" else _rate(m.shrunken, m)


def _weight(m: MeasureReport) -> str:
    if m.reliability is None or m.basis != "crude":
        return NONE
    # Rounded to 100 % it would read as certainty, which no number of patients gives.
    share = ">99" if m.reliability > 0.99 else decimal(100 * m.reliability, 0)
    return f"{share}{KEPT_SPACE}%"


def _distance(m: MeasureReport) -> str:
    z = decisive_z(m)
    return NONE if z is None or m.band == "insufficient" else decimal(z, 1)


COMPARATORS: dict[str, Callable[[MeasureReport], str]] = {
    "unit": _unit,
    "yours": lambda m: _rate(m.rate, m),
    "network": lambda m: _rate(m.network_rate, m),
    "benchmark": _benchmark,
    "target": _targets,
    "to gain": _gain,
    "percentile band": _percentiles,
    "steadied": _steadied,
    "weight of own data": _weight,
    "distance (z)": _distance,
}
"""Heading to what a measure says under it, in its unit."""
