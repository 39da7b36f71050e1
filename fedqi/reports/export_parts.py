"""The figures behind a mean or a composite, as rows of the CSV."""

from collections.abc import Iterator
from itertools import pairwise

from fedqi.reports.data import MeasureReport
from fedqi.reports.data_basic import Interval
from fedqi.reports.data_parts import Answers, Distribution, ItemAnswers, Share
from fedqi.reports.items_figure import group_words
from fedqi.reports.numbers import plainly

Row = tuple[str, str, float | str | None, Interval | tuple[float, float] | None]
"""Analysis, figure, value, interval."""


def part_rows(m: MeasureReport) -> Iterator[Row]:
    """Yield everything that the pictures of the parts are drawn from."""
    if m.ascertainment is not None:
        yield "", "cases found", m.ascertainment.found, None
        yield "", "cases expected", m.ascertainment.expected, None
    named = [*((m.completeness,) if m.completeness else ()), *m.shares]
    for share in named:
        yield from _share("share", share)
    for share in m.components:
        yield from _share("component", share)
    if m.distribution is not None:
        yield from _distribution(m.distribution)
    for item in m.items:
        for whose, answers in (("", item.own), ("network ", item.network)):
            if answers is not None:
                yield from _answers(item, whose, answers)
    if m.persistence is not None:
        yield m.basis, "periods to review", m.persistence.beyond, None
        yield m.basis, "periods judged", m.persistence.periods, None
        yield m.basis, "network: flagged", m.persistence.flagged, None
        yield m.basis, "network: flagged and returned", m.persistence.returned, None


def _share(kind: str, share: Share) -> Iterator[Row]:
    yield "crude", f"{kind} {share.label}", share.own, share.interval
    yield "crude", f"{kind} {share.label}: patients", share.size, None
    yield "crude", f"network {kind} {share.label}", share.network, share.network_range


def _distribution(found: Distribution) -> Iterator[Row]:
    for name, values in (("quantile", found.own), ("network quantile", found.network)):
        for share, value in zip(found.shares, values, strict=False):
            yield "crude", f"{name} {plainly(share)}", value, None
    for ends, values_in_bin in zip(pairwise(found.edges), found.counts, strict=True):
        yield "crude", "network values", values_in_bin, ends


def _answers(item: ItemAnswers, whose: str, answers: Answers) -> Iterator[Row]:
    yield "crude", f"{whose}mean answer: {item.label}", answers.mean, None
    for group, answered in zip(item.groups, answers.counts, strict=True):
        yield "crude", f"{whose}answers {group_words(group)}: {item.label}", answered, None
