"""The appendix on a risk model: odds ratios, and whether its expectations come true."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

from fedqi.reports.data import MeasureReport
from fedqi.reports.data_model import CalibrationRow, Coefficient, RiskModel
from fedqi.reports.model_words import SPLINE_MARK, model_words
from fedqi.reports.numbers import decimal
from fedqi.reports.pictures import Picture, calibration
from fedqi.reports.verdict import BASIS_WORDS
from fedqi.stats import normal_quantile

INTERCEPT = "(Intercept)"
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Appendix:
    """A model of one measure in tables."""

    title: str
    kind: str
    told: tuple[str, ...]
    odds: tuple[tuple[str, str, str], ...]
    pieces: bool
    calibration: tuple[tuple[str, str, str, str], ...]
    picture: Picture | None


def appendices(measures: Sequence[MeasureReport]) -> tuple[Appendix, ...]:
    """Return one appendix a fitted model."""
    return tuple(
        appendix(m, m.model, f"calibration-{i}") for i, m in enumerate(measures) if m.model
    )


def appendix(measure: MeasureReport, model: RiskModel, name: str) -> Appendix:
    """Return the tables of one model."""
    shown = [each for each in model.coefficients if each.name != INTERCEPT]
    return Appendix(
        title=measure.title,
        kind=BASIS_WORDS[model.analysis],
        told=tuple(model_words(model)),
        odds=tuple(_odds(each) for each in shown),
        pieces=any(each.name.endswith(SPLINE_MARK) for each in shown),
        calibration=tuple(_group(i, row) for i, row in enumerate(model.calibration, start=1)),
        picture=calibration(measure, model, name),
    )


def _odds(each: Coefficient) -> tuple[str, str, str]:
    reach = normal_quantile(LEVEL) * each.standard_error
    low, middle, high = (exp(each.estimate + shift) for shift in (-reach, 0.0, reach))
    return each.name, decimal(middle, 2), f"{decimal(low, 2)} to {decimal(high, 2)}"


def _group(place: int, row: CalibrationRow) -> tuple[str, str, str, str]:
    expected, observed = (100 * x / row.patients for x in (row.expected, row.observed))
    return str(place), f"{row.patients:,}", decimal(expected), decimal(observed)
