"""Signs of other languages and of word processors that people write into a condition."""

import re
from collections.abc import Mapping
from typing import NamedTuple

_QUOTED = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|/\*.*?\*/""", re.DOTALL)
"""Texts, names and remarks, in which every sign may stand."""

_QUOTES = "straight quotation marks, as in 'text'"
MEANT: Mapping[str, str] = {
    "≤": "<=",
    "≥": ">=",
    "≠": "<>",
    "=<": "<=",
    "=>": ">=",
    "||": "OR",
    "&&": "AND",
    "|": "OR",
    "&": "AND",
    **dict.fromkeys("“”„‘’‚«»`´", _QUOTES),
}
"""Sign -> what to write instead."""

_FOREIGN = re.compile("|".join(map(re.escape, MEANT)))


class Foreign(NamedTuple):
    """A sign that the language has not, and where it begins in the text."""

    sign: str
    start: int


def foreign_sign(text: str) -> Foreign | None:
    """Return the first sign of :data:`MEANT` outside of texts, names and remarks."""
    bare = _QUOTED.sub(lambda found: " " * len(found[0]), text)
    found = _FOREIGN.search(bare)
    return None if found is None else Foreign(found[0], found.start())
