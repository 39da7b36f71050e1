"""One section a measure: verdict, what the other analyses say, pictures, and what it is worth."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fedqi.reports.completeness_words import (
    ascertainment_words,
    completeness_words,
    share_words,
)
from fedqi.reports.data import MeasureReport
from fedqi.reports.model_words import quality_words, reference_words
from fedqi.reports.pictures import LeadPictures, Picture, histogram, other_pictures
from fedqi.reports.readings import Readings, readings_table
from fedqi.reports.tables import Table, units_table
from fedqi.reports.verdict import certainty, disagreement
from fedqi.reports.wording import BAND_SYMBOLS, BAND_WORDS, headline


@dataclass(frozen=True, slots=True)
class Section:
    """A measure in detail; None and empty is left out.

    Parameters
    ----------
    title, symbol, word, band
        Heading and position.
    facts
        How complete the figures are, before any of them, and the shares that stand beside a mean.
    told, certainty
        The verdict and how sure it is; None for the measure that the first page speaks of.
    readings, disagreement
        What the analyses say beside each other, where there are several.
    pictures, histogram
        Those that the first page does not show.
    notes
        What the measure is worth here.
    units
        Every provider of the hospital, where there are several.
    """

    title: str
    symbol: str
    word: str
    band: str
    facts: tuple[str, ...]
    told: str | None
    certainty: str | None
    readings: Readings | None
    disagreement: str | None
    pictures: tuple[Picture, ...]
    histogram: Picture | None
    notes: tuple[str, ...]
    units: Table | None


def sections(
    measures: Sequence[MeasureReport],
    first: MeasureReport,
    shared: LeadPictures,
    sites: int,
) -> tuple[Section, ...]:
    """Return the sections, the lead measure's first, with the pictures left over for it."""
    others = [m for m in measures if m is not first]
    return (
        _section(first, shared.others, "lead"),
        *(
            replace(
                _section(m, other_pictures(m, f"m{place}"), f"m{place}"),
                told=headline(m),
                certainty=certainty(m, sites),
            )
            for place, m in enumerate(others)
        ),
    )


def _section(m: MeasureReport, shown: tuple[Picture, ...], name: str) -> Section:
    shares = (share_words(m, share) for share in m.shares)
    notes = (quality_words(m), reference_words(m))
    return Section(
        title=m.title,
        symbol=BAND_SYMBOLS[m.band],
        word=BAND_WORDS[m.band],
        band=m.band,
        facts=tuple(
            fact for fact in (ascertainment_words(m), completeness_words(m), *shares) if fact
        ),
        told=None,
        certainty=None,
        readings=readings_table(m),
        disagreement=disagreement(m),
        pictures=shown,
        histogram=histogram(m, f"{name}-histogram"),
        notes=tuple(note for note in notes if note),
        units=units_table(m.units) if m.units else None,
    )
