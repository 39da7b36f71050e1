"""The page of ``fedqi-site check``: one HTML file that needs nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from fedqi.reports.check_data import CheckData, CheckedMeasure, CheckedPeriod
from fedqi.reports.check_figures import attrition_figure, periods_figure
from fedqi.reports.numbers import decimal
from fedqi.reports.pictures import Picture
from fedqi.reports.render import template


@dataclass(frozen=True, slots=True)
class _Part:
    """One measure as the page shows it."""

    measure: CheckedMeasure
    headline: str
    pictures: tuple[Picture, ...]
    ascertained: bool


def render_check(check: CheckData) -> str:
    """Return the page of a data check as one self-contained HTML document.

    The same data give the same bytes.

    Parameters
    ----------
    check
        At least one measure.
    """
    parts = [_part(measure, f"check-{n}") for n, measure in enumerate(check.measures)]
    return template("check.html.j2").render(
        check=check, parts=parts, expected_words=expected_words, share_words=share_words
    )


def _part(measure: CheckedMeasure, name: str) -> _Part:
    ascertained = any(period.expected is not None for period in measure.periods)
    return _Part(measure, headline(measure), tuple(_pictures(measure, name)), ascertained)


def headline(measure: CheckedMeasure) -> str:
    """Say in one sentence how it stands."""
    if not measure.ok:
        n = len(measure.blocking)
        things = "one thing has" if n == 1 else f"{n} things have"
        return f"{measure.title}: {things} to be corrected before it can be computed"
    return f"{measure.title}: {measure.counted or 0:,} of {measure.rows:,} rows count"


def _pictures(measure: CheckedMeasure, name: str) -> Iterator[Picture]:
    if (drawn := attrition_figure(measure.steps, f"{name}-attrition")) is not None:
        caption = (
            "Rows that are left after each criterion, in brackets how many it takes away (the "
            "paler end of a bar). A criterion that takes away nearly all, or nobody, is worth a "
            "look at its codes and units."
        )
        yield Picture("What is left after each criterion", Markup(drawn), caption)
    if (drawn := periods_figure(measure, f"{name}-periods")) is not None:
        yield Picture("Cases over periods", Markup(drawn), _told(measure.periods))


def _told(periods: tuple[CheckedPeriod, ...]) -> str:
    told = ["Rows that count, in each period."]
    if any(period.expected is not None for period in periods):
        told.append("Line: cases that were to be expected.")
    if any(period.waits for period in periods):
        told.append("Hatched: not to be summed yet.")
    return " ".join(told)


def expected_words(period: CheckedPeriod) -> str:
    """Write the cases expected."""
    return "–" if period.expected is None else decimal(period.expected, 0)


def share_words(period: CheckedPeriod) -> str:
    """Write the share of the cases expected that was found."""
    if not period.expected or period.found is None:
        return "–"
    return f"{decimal(100 * period.found / period.expected, 1)} %"
