"""The appendix on a risk model: what each covariate does, and whether it expects what comes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp

from fedqi.reports.data import MeasureReport
from fedqi.reports.data_model import CalibrationRow, Coefficient, Effect, RiskModel
from fedqi.reports.model_words import SPLINE_MARK, model_words
from fedqi.reports.numbers import decimal
from fedqi.reports.pictures import Picture, calibration
from fedqi.reports.verdict import BASIS_WORDS
from fedqi.stats import normal_quantile

INTERCEPT = "(Intercept)"
LEVEL = 0.95

MEANINGS: Mapping[Effect, str] = {
    "odds ratio": "By how much the odds of the event multiply",
    "rate ratio": "By how much the rate of events multiplies",
    "difference": "By how much the mean is higher",
}
"""What an effect says, before "per unit of a number or against the reference level"."""


@dataclass(frozen=True, slots=True)
class Appendix:
    """A model of one measure in tables."""

    title: str
    kind: str
    told: tuple[str, ...]
    effect: str
    meaning: str
    effects: tuple[tuple[str, str, str], ...]
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
        effect=model.effect,
        meaning=MEANINGS[model.effect],
        effects=tuple(_effect(model.effect, each) for each in shown),
        pieces=any(each.name.endswith(SPLINE_MARK) for each in shown),
        calibration=tuple(_group(i, row) for i, row in enumerate(model.calibration, start=1)),
        picture=calibration(measure, model, name),
    )


def _effect(effect: Effect, each: Coefficient) -> tuple[str, str, str]:
    reach = normal_quantile(LEVEL) * each.standard_error
    ends = (each.estimate + shift for shift in (-reach, 0.0, reach))
    low, middle, high = ends if effect == "difference" else map(exp, ends)
    return each.name, decimal(middle, 2), f"{decimal(low, 2)} to {decimal(high, 2)}"


def _group(place: int, row: CalibrationRow) -> tuple[str, str, str, str]:
    expected, observed = (100 * x / row.patients for x in (row.expected, row.observed))
    return str(place), f"{row.patients:,}", decimal(expected), decimal(observed)
