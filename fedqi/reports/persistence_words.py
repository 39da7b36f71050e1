"""Whether standing out lasts, in words."""

from fedqi.reports.data import MeasureReport
from fedqi.reports.numbers import count, decimal, plenty

FEWEST = 3
"""Judged periods from which persistence is worth a word."""


def persistence_words(measure: MeasureReport) -> str | None:
    """Say how often the own periods were to review, and what became of others that were."""
    found = measure.persistence
    if found is None:
        return None
    told = [
        f"{_times(found.beyond)} of the last {found.periods} periods with enough "
        f"{measure.patients} your hospital was to review."
    ]
    if found.beyond and found.by_chance is not None:
        told.append(
            "A hospital that is as expected throughout would be there at least as often with a "
            f"probability of {_probability(found.by_chance)}."
        )
    return " ".join([*told, *_others(measure)])


def _times(beyond: int) -> str:
    return "In none" if beyond == 0 else f"In {beyond}"


def _probability(share: float) -> str:
    return plenty(share) if share <= 0.5 else "more than a half"


def _others(measure: MeasureReport) -> list[str]:
    """Say how many of those flagged returned, in the whole collaborative."""
    found = measure.persistence
    if found is None or found.returned is None or not found.flagged:
        return []
    share = decimal(100 * found.returned / found.flagged, 0)
    return [
        f"In the network, of {count(found.flagged)} times that a hospital was to review, it was "
        f"no longer so in the next period {count(found.returned)} times ({share} %)."
    ]
