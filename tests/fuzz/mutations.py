"""Strategies that damage valid bytes and values as an adversary or a bad line would."""

from dataclasses import fields, is_dataclass, replace
from typing import Any

from hypothesis import strategies as st

KINDS = ("cut", "flip", "double", "insert", "huge")
HUGE_LENGTH = b"\xff\xff\xff\xff\x07"  # 2**31 - 1 as a varint
SUBSTITUTES: dict[type, st.SearchStrategy[Any]] = {
    bytes: st.binary(max_size=40),
    str: st.text(max_size=8) | st.sampled_from(["s000", "s001", "hf"]),
    int: st.integers(0, 2**32 - 1),
    bool: st.booleans(),
}


@st.composite
def damaged(draw: st.DrawFn, valid: bytes) -> bytes:
    """Cut, flip, repeat, insert, or declare a huge length somewhere; one to three times."""
    data = valid
    for kind in draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=3)):
        place = draw(st.integers(0, max(len(data) - 1, 0)))
        match kind:
            case "cut":
                data = data[:place]
            case "flip":
                data = data[:place] + draw(st.binary(min_size=1, max_size=1)) + data[place + 1 :]
            case "double":
                data = data + data[place:]
            case "insert":
                data = data[:place] + draw(st.binary(max_size=12)) + data[place:]
            case "huge":
                data = data[:place] + HUGE_LENGTH + data[place:]
    return data


@st.composite
def altered(draw: st.DrawFn, value: Any) -> Any:
    """Return ``value`` with one thing changed, dropped, repeated or renamed, at any depth."""
    if is_dataclass(value) and not isinstance(value, type):
        name = draw(st.sampled_from([item.name for item in fields(value)]))
        return replace(value, **{name: draw(altered(getattr(value, name)))})
    if isinstance(value, tuple | list):
        return draw(_altered_items(tuple(value)))
    if isinstance(value, dict):
        keys = draw(_altered_items(tuple(value.items())))
        return dict(pair for pair in keys if isinstance(pair, tuple) and len(pair) == 2)
    if isinstance(value, bytes) and value and draw(st.booleans()):
        return draw(damaged(value))
    return draw(SUBSTITUTES.get(type(value), st.just(value)))


@st.composite
def _altered_items(draw: st.DrawFn, items: tuple[Any, ...]) -> tuple[Any, ...]:
    if not items:
        return items
    place = draw(st.integers(0, len(items) - 1))
    before, item, after = items[:place], items[place], items[place + 1 :]
    match draw(st.sampled_from(["change", "drop", "repeat", "reverse"])):
        case "change":
            return (*before, draw(altered(item)), *after)
        case "drop":
            return before + after
        case "repeat":
            return (*before, item, item, *after)
    return items[::-1]
