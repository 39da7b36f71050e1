"""The action box: what there is to gain, in patients, and where to begin."""

from collections.abc import Sequence
from dataclasses import dataclass

from fedqi.reports.data import MeasureReport
from fedqi.reports.data_basic import Target
from fedqi.reports.numbers import base_of, count, in_unit, places_of, written


@dataclass(frozen=True, slots=True)
class Action:
    """One message: ``label`` and ``before`` lead to ``strong``, ``after`` ends the sentence."""

    label: str
    before: str
    strong: str = ""
    after: str = ""


def action(measure: MeasureReport) -> Action:
    """Return the one thing to do next with this measure."""
    if measure.band == "insufficient" or measure.rate is None:
        reason = measure.reason or "There are too few data for a comparison."
        return Action("For now", f"{reason} Keep recording completely; the next report may tell.")
    if measure.direction == "none":
        return Action(
            "To discuss",
            "Neither direction is better as such: ask whether the difference is wanted.",
        )
    if measure.basis != "crude" and measure.gap is not None:
        return _towards_expected(measure, measure.gap)
    if measure.benchmark is not None and measure.gap is not None:
        return _towards(measure, measure.benchmark.label, measure.benchmark.value, measure.gap)
    missed = [target for target in measure.targets if shortfall(measure, target) > 0]
    if missed:
        nearest = min(missed, key=lambda target: shortfall(measure, target))
        return _towards(measure, nearest.label, nearest.value, shortfall(measure, nearest))
    if measure.targets:
        return Action("Keep", f"You meet {_list([t.label for t in measure.targets])}.")
    if measure.scale == "rate":
        return Action(
            "To compare", "Rates have no benchmark: your own past is the best comparator."
        )
    return Action(
        "To compare",
        "Too few hospitals stand together for a benchmark: your own past is the best comparator.",
    )


def strengths(measures: Sequence[MeasureReport]) -> str | None:
    """Name the measures from which others could learn; None where nothing stands out."""
    titles = [m.title for m in measures if m.band == "exemplary"]
    if not titles:
        return None
    return f"{', '.join(titles)}. Write down what you do: others can learn from it."


def shortfall(measure: MeasureReport, target: Target) -> float:
    """Return how many patients lie between the own count and a target; negative if it is met."""
    excess = measure.observed - target.value * measure.denominator
    return -excess if measure.direction == "higher" else excess


def _towards_expected(measure: MeasureReport, gap: float) -> Action:
    """Count against what the risk model expects: an unadjusted benchmark would be unfair here."""
    negligible = is_negligible(measure, gap) if measure.scale == "mean" else gap < 0.5
    if negligible:
        return Action(
            "Keep",
            "Your hospital does as well as is expected with these patients, or better.",
        )
    if measure.scale == "mean":
        return _mean_towards(measure, "average hospital with patients like yours", gap)
    return Action(
        "To gain",
        "as the average hospital does with patients like yours, about ",
        f"{count(gap)} {_more(measure)} {_counted(measure, gap)}",
        f" out of your {measure.denominator:,} would have been {measure.event}.",
    )


def _more(measure: MeasureReport) -> str:
    return "more" if measure.direction == "higher" else "fewer"


def _counted(measure: MeasureReport, gap: float) -> str:
    noun = "patient" if round(gap) == 1 else "patients"
    return measure.patients if "patients" not in measure.patients else noun


def _towards(measure: MeasureReport, label: str, value: float, gap: float) -> Action:
    base, of = base_of(measure), "per" if measure.scale == "rate" else "of"
    aim = f"{label} ({written(value, measure)} {of} {base:,})"
    if measure.scale == "mean":
        return _mean_towards(measure, f"{label} ({written(value, measure)}{in_unit(measure)})", gap)
    if gap < 0.5:
        return Action(
            "Keep",
            f"You have reached the {aim}. Write down what you do: others can learn from it.",
        )
    if measure.scale == "rate":
        strong = f"{count(gap)} {_more(measure)} {measure.event}"
        return Action("To gain", f"at the level of the {aim}, about ", strong, " in the period.")
    return Action(
        "To gain",
        f"at the level of the {aim}, about ",
        f"{count(gap)} {_more(measure)} {_counted(measure, gap)}",
        f" out of your {measure.denominator:,} would have been {measure.event}.",
    )


def _mean_towards(measure: MeasureReport, aim: str, gap: float) -> Action:
    """Say the distance of the mean, and its sum over the patients where that is a quantity."""
    if is_negligible(measure, gap):
        return Action(
            "Keep",
            f"You have reached the {aim}. Write down what you do: others can learn from it.",
        )
    way = "higher" if measure.direction == "higher" else "lower"
    strong = f"{written(gap / measure.size, measure)}{in_unit(measure)} {way}"
    after = "."
    if measure.from_zero and measure.unit:
        after = (
            f": {count(gap)} {_more(measure)} {measure.unit} over your {measure.size:,} "
            f"{measure.patients}."
        )
    return Action("To gain", f"at the level of the {aim}, the mean would be ", strong, after)


def is_negligible(measure: MeasureReport, gap: float) -> bool:
    """Whether the distance of a mean would be written as 0."""
    return gap / measure.size < 0.5 * 10.0 ** -places_of(measure)


def _list(labels: list[str]) -> str:
    if len(labels) == 1:
        return f"the {labels[0]}"
    return f"the {', the '.join(labels[:-1])} and the {labels[-1]}"
