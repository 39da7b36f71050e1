"""What the analyses of one measure say, beside each other."""

from dataclasses import dataclass

from fedqi.reports.data import MeasureReport
from fedqi.reports.data_model import Reading
from fedqi.reports.numbers import decimal, in_unit, written
from fedqi.reports.verdict import BASIS_WORDS
from fedqi.reports.wording import BAND_SYMBOLS, BAND_WORDS

NOTE = "The verdict rests on the row in bold: of those with figures it allows for most."
"""Below the table."""


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """One analysis; ``failed`` stands in the place of the cells."""

    title: str
    figure: str
    interval: str
    symbol: str
    word: str
    band: str
    failed: str | None
    decides: bool


@dataclass(frozen=True, slots=True)
class Readings:
    """The rows and the sentence below them."""

    rows: tuple[ReadingRow, ...]
    note: str


def readings_table(m: MeasureReport) -> Readings | None:
    """Return one row an analysis; None where there is one only, and it worked."""
    if len(m.readings) < 2 and not any(r.failed for r in m.readings):
        return None
    return Readings(tuple(_row(m, r) for r in m.readings), NOTE)


def _row(m: MeasureReport, reading: Reading) -> ReadingRow:
    band = reading.band or "insufficient"
    return ReadingRow(
        title=_capital(BASIS_WORDS[reading.analysis]),
        figure=figure(m, reading),
        interval=interval(m, reading),
        symbol=BAND_SYMBOLS[band],
        word=BAND_WORDS[band],
        band=band,
        failed=reading.failed,
        decides=reading.analysis == m.basis,
    )


def figure(m: MeasureReport, reading: Reading) -> str:
    """Write what an analysis found."""
    if reading.value is None:
        return "–"
    if reading.is_ratio:
        return f"{decimal(reading.value, 2)} × expected"
    return f"{written(reading.value, m)}{in_unit(m)}"


def interval(m: MeasureReport, reading: Reading) -> str:
    """Write its interval in the same unit."""
    if reading.interval is None:
        return "–"
    low, high = reading.interval.lower, reading.interval.upper
    if reading.is_ratio:
        return f"{decimal(low, 2)} to {decimal(high, 2)}"
    return f"{written(low, m)} to {written(high, m)}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
