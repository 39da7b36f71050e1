"""What a measure and a risk model are worth, in words."""

from collections.abc import Sequence
from math import exp

from fedqi.reports.data import MeasureReport
from fedqi.reports.data_model import Quality, RiskModel
from fedqi.reports.numbers import count, decimal

SPLINE_MARK = "'"
"""Ends the name of a column that is a piece of a curve."""


def quality_words(measure: MeasureReport) -> str | None:
    """Say whether this measure can tell hospitals of this size apart."""
    found = measure.quality
    if found is None:
        return None
    if not found.differs:
        return (
            "What this measure can tell: hospitals differ no more than chance alone explains, so "
            "it sets none apart, whatever its size."
        )
    told = "What this measure can tell: "
    if found.reliability is not None:
        told += (
            f"among hospitals of your size {_share(found.reliability)} of the differences are "
            "real, the rest is chance"
        )
    return f"{told}{_volume(measure, found)}."


def _share(reliability: float) -> str:
    # Rounded to 100 % it would read as certainty, which no number of patients gives.
    if reliability > 0.99:
        return "more than 99 %"
    return f"about {decimal(100 * reliability, 0)} %"


def _volume(measure: MeasureReport, found: Quality) -> str:
    if found.minimum_volume is None:
        return ""
    like = " like yours" if found.own_case_mix else ""
    asked = decimal(100 * found.threshold, 0)
    told = f"; {asked} %, as is usually asked for, takes about {count(found.minimum_volume)} "
    told += f"{measure.patients}{like} (you have {measure.size:,})"
    if found.share_below is None:
        return told
    return f"{told}, and {_fewer(found.share_below)} fewer"


def _fewer(share: float) -> str:
    if share in (0, 1):
        return "all hospitals have" if share else "no hospital has"
    return f"{decimal(100 * share, 0 if 0.005 <= share < 0.995 else 1)} % of the hospitals have"


def reference_words(measure: MeasureReport) -> str | None:
    """Say the ratio against the frozen model, where the measure brings one."""
    found = None if measure.model is None else measure.model.reference
    if found is None:
        return None
    return (
        f"Against the measure's frozen model, which stays the same from year to year: "
        f"{decimal(found.value, 2)} times the events expected "
        f"({decimal(found.interval.lower, 2)} to {decimal(found.interval.upper, 2)})."
    )


def model_words(model: RiskModel) -> list[str]:
    """Say how well the model tells patients apart, how hospitals differ, and what is not in it."""
    told = []
    if model.c_statistic is not None:
        pairs = count(100 * model.c_statistic)
        told.append(
            f"Of two patients, one with the event and one without, the model gives the higher risk "
            f"to the right one in {pairs} of 100 pairs (c-statistic "
            f"{decimal(model.c_statistic, 2)}; 50 would be a guess)."
        )
    if model.r_squared is not None:
        told.append(
            f"The model explains {decimal(100 * model.r_squared, 0)} % of how values vary between "
            f"patients (R² {decimal(model.r_squared, 2)})."
        )
    if model.sigma is not None:
        told.append(_between(model.sigma))
    for covariate, levels in model.joined.items():
        told.append(
            f"{covariate}: too few hospitals have {_list(levels)}; counted with the reference."
        )
    if model.left_out:
        told.append(f"Left out, since too few hospitals support it: {_list(model.left_out)}.")
    return told


def _between(sigma: float) -> str:
    if sigma == 0:
        return "Between hospitals: no difference beyond case mix and chance (σ 0)."
    return (
        f"Between hospitals: the same patient has {decimal(exp(sigma), 2)} times the odds in a "
        f"hospital one standard deviation above average (σ {decimal(sigma, 2)})."
    )


def _list(names: Sequence[str]) -> str:
    return ", ".join(names)
