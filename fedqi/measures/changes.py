"""What differs between two definitions, and whether their figures can still be compared."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fedqi.measures.definition import Measure
from fedqi.measures.versions import Comparable

TOLD_OTHERWISE = frozenset(
    {"title", "steward", "references", "targets", "words", "minimum_denominator"}
    | {"ascertainment", "supersedes"}
)
"""Keys that change how a figure is told and never what is counted; all others may."""

_NESTED = ("dataset", "dataset.time", "dataset.columns", "words", "targets", "code_lists", "derive")


@dataclass(frozen=True, slots=True)
class Change:
    """One key that differs.

    Parameters
    ----------
    key
        As the document names it: ``dataset.columns.age``.
    old, new
        Plain values; None where the key is absent.
    comparable
        Whether figures before and after it can be compared.
    """

    key: str
    old: Any
    new: Any
    comparable: bool


def changes(old: Measure, new: Measure) -> tuple[Change, ...]:
    """Return what differs, in the order of the keys of the format; the version is no change.

    Parameters
    ----------
    old, new
        Checked measures, code lists read.
    """
    before, after = (
        dict(_keys(old.model_dump(mode="json"))),
        dict(_keys(new.model_dump(mode="json"))),
    )
    return tuple(
        Change(key, before.get(key), after.get(key), key.split(".")[0] in TOLD_OTHERWISE)
        for key in dict.fromkeys([*before, *after])
        if key != "version" and before.get(key) != after.get(key)
    )


def declared(old: Measure, new: Measure) -> Comparable | None:
    """Return what the author of the newer version says of comparing it with the older one.

    None where nothing is said, or of another version than `old`.
    """
    said = new.supersedes
    if said is None or new.id != old.id or said.version != old.version:
        return None
    return said.comparable


def _keys(document: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in document.items():
        key = f"{prefix}{name}"
        if key in _NESTED and isinstance(value, Mapping):
            yield from _keys(value, f"{key}.")
        else:
            yield key, value
