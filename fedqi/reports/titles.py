"""Short titles: what all measures of a collection share is said once, in a heading."""

from collections.abc import Sequence
from dataclasses import replace

from fedqi.reports.data import MeasureReport

FEWEST_WORDS = 2
"""A shorter common beginning is no burden and stays."""


def common_words(titles: Sequence[str]) -> list[str]:
    """Return the words with which all titles begin, leaving each at least one of its own."""
    if len(titles) < 2:
        return []
    split = [title.split() for title in titles]
    shared: list[str] = []
    for words in zip(*(parts[:-1] for parts in split), strict=False):
        if len(set(words)) > 1:
            break
        shared.append(words[0])
    return shared if len(shared) >= FEWEST_WORDS else []


def shortened(measures: Sequence[MeasureReport]) -> tuple[MeasureReport, ...]:
    """Return the measures with what their titles share taken off."""
    shared = len(common_words([m.title for m in measures]))
    if not shared:
        return tuple(measures)
    return tuple(replace(m, title=_capital(" ".join(m.title.split()[shared:]))) for m in measures)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
