"""How each question of a survey was answered, own beside all hospitals."""

from collections.abc import Sequence
from textwrap import fill

from matplotlib.axes import Axes

from fedqi.reports.data import MeasureReport
from fedqi.reports.data_parts import Answers, ItemAnswers
from fedqi.reports.numbers import decimal
from fedqi.reports.style import INK, NETWORK, OWN, canvas, to_markup

ROW = 0.46
"""Inches of one question."""

LIGHT, DARK = (0.88, 0.905, 0.93), (0.16, 0.24, 0.32)
"""Of the answers, the least and the most agreeable; lightness survives a grey printer."""

STEP = 0.2
"""Depths left out in the middle: on them neither dark nor white text can be read."""

LIGHT_FROM = 1.5
"""Sum of the three parts of a shade from which dark text reads better."""

ROOM = 0.09
"""Share of a bar from which its percentage has room inside."""

WORDS = 24
"""Letters of a line of a question."""


def items_figure(measure: MeasureReport, name: str) -> str | None:
    """Draw the answers to every item; None where the measure has none."""
    if not measure.items:
        return None
    rows = len(measure.items)
    height = ROW * rows + 0.4
    with canvas(height) as figure:
        axes = figure.add_axes((0.24, 0.2 / height, 0.56, ROW * rows / height))
        for place, item in enumerate(reversed(measure.items)):
            _item(axes, item, place)
        axes.set_xlim(0, 1)
        axes.set_ylim(-0.5, rows - 0.5)
        axes.set_axis_off()
        _scale(axes, measure.items[0], rows)
        return to_markup(figure, name, "Answers to each question", describe(measure.items))


def describe(items: Sequence[ItemAnswers]) -> str:
    """Say in words what the picture shows."""
    return " ".join(
        f"{item.label.capitalize()}{' (a low answer is good)' if item.reverse else ''}: your "
        f"hospital {_told(item, item.own)}; all hospitals {_told(item, item.network)}."
        for item in items
    )


def _told(item: ItemAnswers, found: Answers | None) -> str:
    if found is None:
        return "no answers to show"
    parts = [
        f"{group_words(group)}: {decimal(100 * share, 0)} %"
        for group, share in zip(item.groups, shares(found), strict=True)
    ]
    return f"mean {decimal(found.mean, 2)} of {found.answered:,} answers ({', '.join(parts)})"


def group_words(group: tuple[int, int]) -> str:
    """Write one answer, or several that stand together."""
    first, last = group
    return f"{first}" if first == last else f"{first} to {last}"


def shares(found: Answers) -> list[float]:
    """Return the share of each group."""
    return [count / found.answered for count in found.counts]


def shade(item: ItemAnswers, place: int) -> tuple[float, float, float]:
    """Return the colour of a group: the better the answer, the darker."""
    lowest, highest = item.groups[0][0], item.groups[-1][1]
    middle = sum(item.groups[place]) / 2
    depth = 1.0 if lowest == highest else (middle - lowest) / (highest - lowest)
    depth = 1 - depth if item.reverse else depth
    depth = (1 - STEP) * depth + (STEP if depth > 0.5 else 0.0)
    red, green, blue = (
        light + depth * (dark - light) for light, dark in zip(LIGHT, DARK, strict=True)
    )
    return red, green, blue


def ink_on(face: tuple[float, float, float]) -> str:
    """Return the colour of text on a shade."""
    return "white" if sum(face) < LIGHT_FROM else INK


def _item(axes: Axes, item: ItemAnswers, place: int) -> None:
    for answers, height, colour, whose in (
        (item.own, place + 0.2, OWN, "yours"),
        (item.network, place - 0.16, NETWORK, "all"),
    ):
        if answers is None:
            axes.text(0.01, height, f"{whose}: too few answers", va="center", color=colour)
            continue
        _bar(axes, item, answers, height)
        axes.annotate(
            f"{whose} {decimal(answers.mean, 2)}",
            (1.0, height),
            xytext=(8, 0),
            textcoords="offset points",
            va="center",
            color=colour,
            weight="bold" if whose == "yours" else "normal",
        )
    mark = " (a low answer is good)" if item.reverse else ""
    lines = fill(f"{item.label}{mark}", WORDS).splitlines()
    for i, line in enumerate(lines):
        axes.annotate(
            line,
            (0.0, place + 0.02),
            xytext=(-9, 10.5 * ((len(lines) - 1) / 2 - i)),
            textcoords="offset points",
            ha="right",
            va="center",
            color=INK,
        )


def _bar(axes: Axes, item: ItemAnswers, answers: Answers, height: float) -> None:
    left = 0.0
    for place, share in enumerate(shares(answers)):
        face = shade(item, place)
        axes.barh(height, share, left=left, height=0.32, color=face, edgecolor="white", lw=0.8)
        if share >= ROOM:
            axes.text(
                left + share / 2,
                height,
                f"{decimal(100 * share, 0)}",
                ha="center",
                va="center_baseline",
                fontsize=7.5,
                color=ink_on(face),
            )
        left += share


def _scale(axes: Axes, item: ItemAnswers, rows: int) -> None:
    """Say what the ends of a bar are."""
    lowest, highest = item.groups[0][0], item.groups[-1][1]
    for at, words, side in (
        (0.0, f"answer {lowest}", "left"),
        (1.0, f"answer {highest}", "right"),
    ):
        axes.text(at, -0.56, words, ha=side, va="center", fontsize=7.5, color=NETWORK)
    axes.text(0.0, rows - 0.42, "answers in per cent; darker is better", fontsize=8.5, color=INK)
