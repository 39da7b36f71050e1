"""The appendix on a risk model: what each covariate does, and whether it expects what comes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log

from fedqi.reports.data import MeasureReport
from fedqi.reports.data_model import CalibrationRow, Coefficient, Effect, RiskModel
from fedqi.reports.model_words import SPLINE_MARK, model_words
from fedqi.reports.numbers import count, decimal
from fedqi.reports.pictures import Picture, calibration
from fedqi.reports.verdict import BASIS_WORDS
from fedqi.stats import normal_quantile

INTERCEPT = "(Intercept)"
LEVEL = 0.95
MOST = 1e6

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
    low, middle, high = (
        decimal(end, 2) if effect == "difference" else _multiple(end) for end in ends
    )
    return each.name, middle, f"{low} to {high}"


def _multiple(logarithm: float) -> str:
    """Return by how much something multiplies; beyond a million the figure says nothing."""
    if logarithm > log(MOST):
        return f"over {count(MOST)}"
    return decimal(exp(logarithm), 2)


def _group(place: int, row: CalibrationRow) -> tuple[str, str, str, str]:
    expected, observed = (100 * x / row.patients for x in (row.expected, row.observed))
    return str(place), f"{row.patients:,}", decimal(expected), decimal(observed)
