"""Generated hospitals with a value, a change, a survey and composites: a table per measure.

The first hospital stands out: longer stays, lower scores, less of the care that is due. The last
has few patients.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

SITES = tuple(f"h{k:02}" for k in range(20))
MONTHS = tuple(f"{2023 + k // 12}-{1 + k % 12:02}" for k in range(14))

Row = Mapping[str, Any]


def document(name: str, title: str, scoring: str, columns: str, **keys: Any) -> dict[str, Any]:
    """Return a definition over these columns, `name:type` each, with months."""
    types = dict(pair.split(":") for pair in columns.split())
    named: dict[str, dict[str, Any]] = {column: {"type": type_} for column, type_ in types.items()}
    for column in ("kind", "heard", "informed", "waited"):
        if column in named:
            named[column]["required"] = False
    return {
        "fedqi": 1,
        "id": name,
        "version": "1.0.0",
        "title": title,
        "direction": "higher",
        "minimum_denominator": 10,
        "scoring": scoring,
        "dataset": {
            "time": {"anchor": "day", "grain": "month"},
            "columns": {"day": {"type": "date"}, **named},
        },
        **keys,
    }


STAYS = document(
    "stays", "Length of stay after heart failure", "continuous", "days:number",
    direction="lower", words={"patients": "stays", "unit": "days"},
    value={
        "expression": "days", "bounds": [0, 200], "limit": 14,
        "grid": [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 17, 21, 28, 60],
    },
)  # fmt: skip

KNEES = document(
    "knees", "Knee score gained by an operation", "continuous", "before:number after:number",
    words={"patients": "operated knees", "unit": "points"},
    value={"change": ["before", "after"], "bounds": [-48, 48], "responder": 7,
           "grid": [*range(-24, 48, 3)]},
)  # fmt: skip

VOICES = document(
    "voices", "What patients say of their stay", "survey",
    "kind:integer heard:integer informed:integer waited:integer",
    words={"patients": "questionnaires"},
    items=[
        *({"item": name, "range": [1, 5]} for name in ("kind", "heard", "informed")),
        {"item": "waited", "range": [1, 5], "reverse": True},
    ],
)  # fmt: skip

PARTS = "aspirin:boolean statin:boolean advice:boolean smoker:boolean"

COMPONENTS = [
    {"component": "aspirin-at-discharge", "numerator": "aspirin"},
    {"component": "statin-at-discharge", "numerator": "statin"},
    {"component": "advice-to-stop-smoking", "denominator": "smoker", "numerator": "advice"},
]

WHOLE = document(
    "whole", "Heart attack: all care that was due", "composite", PARTS,
    rule="all_or_none", components=COMPONENTS, words={"patients": "heart-attack patients"},
)  # fmt: skip

REGISTER = WHOLE | {
    "id": "register",
    "ascertainment": {"expected": {"sum": "CASE WHEN smoker THEN 2 ELSE 1 END"}},
}
"""Cases to be expected: one a row, and another one for each smoker."""

CHANCES = WHOLE | {
    "id": "chances",
    "title": "Heart attack: care given when it was due",
    "rule": "opportunity",
}


def beyond(site: str) -> float:
    """Return how far a hospital truly lies from the others, in units of its own."""
    place = SITES.index(site)
    return 2.2 if place == 0 else (place % 5 - 2) / 4


def stay(chance: Random, off: float) -> Row:
    """Return one stay: skewed, as stays are."""
    return {"days": max(1, round(chance.lognormvariate(1.6 + 0.13 * off, 0.6)))}


def knee(chance: Random, off: float) -> Row:
    """Return a score before and after, 0 to 48."""
    before = min(48, max(0, round(chance.gauss(20, 7))))
    after = min(48, max(0, round(before + chance.gauss(15 - 1.6 * off, 8))))
    return {"before": before, "after": after}


def voice(chance: Random, off: float) -> Row:
    """Return four answers; one in four patients does not reply."""
    if chance.random() < 0.25 + 0.05 * off:
        return dict.fromkeys(("kind", "heard", "informed", "waited"), "")
    mood = chance.gauss(0, 0.6) - 0.25 * off
    answers = [round(level + mood + chance.gauss(0, 0.7)) for level in (4.4, 4.1, 3.6)]
    late = round(2.2 - mood + chance.gauss(0, 0.8))
    return {
        name: min(5, max(1, answer))
        for name, answer in zip(("kind", "heard", "informed", "waited"), [*answers, late],
                                strict=True)
    }  # fmt: skip


def care(chance: Random, off: float) -> Row:
    """Return who was due what, and received it; one patient's care goes together."""
    good = chance.gauss(0, 0.08) - 0.05 * off
    given = {name: chance.random() < level + good
             for name, level in (("aspirin", 0.93), ("statin", 0.88), ("advice", 0.7))}  # fmt: skip
    return {
        name: str(value).lower()
        for name, value in {**given, "smoker": chance.random() < 0.4}.items()
    }


MAKERS: Mapping[str, Callable[[Random, float], Row]] = {
    "stays": stay,
    "knees": knee,
    "voices": voice,
    "whole": care,
    "chances": care,
    "register": care,
}


def rows(measure: str) -> Iterator[Row]:
    """Yield the rows of all hospitals; the same ones every time."""
    for site in SITES:
        chance = Random(f"{MAKERS[measure].__name__}/{site}")
        size = 4 if site == SITES[-1] else 16 + 3 * (SITES.index(site) % 4)
        for month in MONTHS if site != SITES[-1] else MONTHS[:3]:
            for number in range(size):
                row = MAKERS[measure](chance, beyond(site))
                yield {"hospital": site, "day": f"{month}-{1 + number % 28:02}", **row}


def table(measure: str, folder: Path) -> Path:
    """Write the rows of a measure, and return where."""
    found = list(rows(measure))
    path = folder / f"{measure}.csv"
    lines = [",".join(found[0]), *(",".join(map(str, row.values())) for row in found)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
