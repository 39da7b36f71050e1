"""Derivations in plain words."""

from fedqi.measures.definition import Measure
from fedqi.measures.derive import Derivation
from fedqi.measures.phrases import condition


def derivation_words(measure: Measure) -> list[str]:
    """Return one sentence per derivation of a checked measure, in the order of the file."""
    return [f"{name}: {_sentence(measure, each)}." for name, each in measure.derive.items()]


def _sentence(measure: Measure, derivation: Derivation) -> str:
    forwards = derivation.after is not None
    other = f"{'later' if forwards else 'earlier'} {measure.dataset.grain} of the same patient"
    window = f"that starts {_near(derivation.within)} {'after' if forwards else 'before'}"
    which = f"{window} {derivation.anchor}{_condition(derivation)}"
    article = "a" if forwards else "an"
    if derivation.kind == "exists":
        return f"whether there is {article} {other} {which}"
    if derivation.kind == "count":
        most = f"; more than {derivation.at_most} count as {derivation.at_most}"
        return (
            f"how many times there is {article} {other} {which}{most if derivation.at_most else ''}"
        )
    if derivation.kind == "days_to":
        end = f"from {derivation.anchor} to" if forwards else f"to {derivation.anchor} from"
        return f"the days {end} the start of the nearest {other} {which}; missing without one"
    return f"{derivation.taken} of the {derivation.kind} {other} {which}; missing without one"


def _near(within: int | None) -> str:
    return "on the day of or any time" if within is None else f"0 to {within} days"


def _condition(derivation: Derivation) -> str:
    return "" if derivation.where == "TRUE" else f", where {condition(derivation.where)}"
