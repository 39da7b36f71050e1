"""What a definition is refused for, in words: key, path, what was found, what is expected."""

from collections.abc import Iterable, Mapping
from datetime import date
from difflib import get_close_matches
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from fedqi.measures.definition import Measure, Sum

AUTHOR = "the measure's author must correct it"
SHORTEST_PART = 4
MOST_NAMED = 3
ALIKE = 0.75
"""How much of two names must agree, by difflib's ratio."""

_WORDS: Mapping[str, str] = {
    "model_type": "expected keys and values",
    "dict_type": "expected keys and values",
    "string_type": "expected text",
    "string_too_short": "expected a text that is not empty",
    "text_or_number": (
        "expected texts or whole numbers; yes, no, on and off need quotation marks in YAML"
    ),
}
"""Kinds of faults that the parser would tell in words of its own language."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a hint at the nearest known names, or at all of them.

    Names that the given one is a part of come first: ``exclusions`` may be one of two.
    """
    names = {each.casefold(): each for each in sorted(known)}
    stem = name.casefold().removesuffix("s")
    parts = [each for each in names if len(stem) >= SHORTEST_PART and stem in each]
    close = (
        [stem]
        if stem in names
        else parts or get_close_matches(name.casefold(), names, n=1, cutoff=ALIKE)
    )
    if not 0 < len(close) <= MOST_NAMED:
        return f"known are {', '.join(names.values())}"
    return f"did you mean {' or '.join(names[each] for each in close)}?"


def describe(where: str, error: ValidationError) -> str:
    """Return all faults of a document, one to a line."""
    faults = [fault for fault in error.errors(include_url=False) if not _other_branch(fault)]
    lines = list(dict.fromkeys(map(_fault, faults)))
    joined = lines[0] if len(lines) == 1 else "\n  " + "\n  ".join(lines)
    return f"{where}: {joined}; {AUTHOR}"


def _fault(fault: Any) -> str:
    steps = [str(step) for step in fault["loc"] if not _is_branch(step)]
    path = ".".join(steps)
    if fault["type"] == "extra_forbidden":
        return f"{path}: is an unknown key: {nearest(steps[-1], _fields(steps[:-1]))}"
    if fault["type"] == "missing":
        return f"{path} is missing"
    if _is_choice(fault["loc"]):
        path, fault = ".".join(steps[:-1]), fault | {"type": "text_or_number"}
    message = _WORDS.get(fault["type"]) or fault["msg"].removeprefix("Value error, ")
    found = fault["input"]
    plain = isinstance(found, str | int | float | date)
    shown = f" (found {found if isinstance(found, date) else repr(found)})" if plain else ""
    hint = "; quote it in YAML" if fault["type"] == "string_type" and shown else ""
    return f"{path}: {message}{shown}{hint}".removeprefix(": ")


def _other_branch(fault: Any) -> bool:
    """Whether a text is held against ``{sum: ...}``: its fault as a criterion is told already."""
    return fault["type"] == "model_type" and Sum.__name__ in fault["loc"]


def _is_branch(step: object) -> bool:
    """Whether a step of pydantic's path names a branch of a union and not a key."""
    return step == Sum.__name__ or (isinstance(step, str) and step.startswith("constrained-"))


def _is_choice(path: tuple[str | int, ...]) -> bool:
    """Whether a path ends in an item of a list that is a text or a number, and one of these."""
    return len(path) > 1 and isinstance(path[-2], int) and path[-1] in ("str", "int")


def _fields(steps: list[str]) -> Iterable[str]:
    model: type[BaseModel] | None = Measure
    for step in steps:
        if model is not None and step in model.model_fields:
            model = _model(model.model_fields[step].annotation) or model
    if model is None:
        return ()
    return [field.alias or name for name, field in model.model_fields.items()]


def _model(annotation: object) -> type[BaseModel] | None:
    """Find the model in ``Model``, ``Model | None``, a tuple of models or ``dict[str, Model]``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (dict, tuple, Union, UnionType):
        return next((found for arg in get_args(annotation) if (found := _model(arg))), None)
    return None
