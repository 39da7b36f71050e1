"""Proposes which column of a hospital's tables is which of a measure; a person decides."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from fedqi.mapping.synonyms import likeness, meaning
from fedqi.measures import Column, Measure

ENOUGH = 0.4
"""Below this nothing is proposed."""
_NAMES = ((0.9, "sure"), (0.6, "likely"), (0.0, "a guess"))


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """What is known of a column without looking at single values.

    Parameters
    ----------
    readable
        Type to the share of its filled cells that read as this type.
    filled
        Share of rows with a value.
    codes
        Codes of a column of few, common ones; none otherwise.
    """

    readable: Mapping[str, float] = field(default_factory=dict)
    filled: float = 1.0
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TableProfile:
    """A table and its columns.

    Parameters
    ----------
    name
        Its name.
    columns
        Column -> what is known of it.
    """

    name: str
    columns: Mapping[str, ColumnProfile]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A column that is proposed for one of the measure.

    Parameters
    ----------
    table, column
        Where it is.
    score
        From 0 to 1.
    """

    table: str
    column: str
    score: float

    @property
    def confidence(self) -> str:
        """The score in words."""
        return next(words for least, words in _NAMES if self.score >= least)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What is proposed for a measure.

    Parameters
    ----------
    base
        The table whose rows are taken for those of the dataset; None if no table has anything.
    found
        Column of the measure to what is proposed for it; None where nothing fits.
    keys
        Other table to the column by which it is joined and the one of the base that it equals.
    birth
        A date of birth, where no column fits ``age``.
    hints
        Column of the measure to one whose name is like it and whose cells are of another type.
    """

    base: str | None
    found: Mapping[str, Proposal | None]
    keys: Mapping[str, tuple[str, str]]
    birth: Proposal | None = None
    hints: Mapping[str, Proposal] = field(default_factory=dict)


def candidates(measure: Measure, names: Iterable[str]) -> dict[str, bool]:
    """Return the columns of a table that are worth looking at, and whether for their codes."""
    wanted = {name: _coded(column) for name, column in measure.dataset.columns.items()}
    found = {}
    for name in names:
        alike = [each for each in (*wanted, "birth") if likeness(each, name) >= ENOUGH]
        if alike:
            found[name] = any(wanted.get(each, False) for each in alike)
    return found


def _coded(column: Column) -> bool:
    return column.type == "boolean" or column.allowed is not None


def suggest(measure: Measure, tables: Sequence[TableProfile]) -> Suggestion:
    """Propose a mapping.

    Parameters
    ----------
    measure
        Whose dataset.
    tables
        What is there.
    """
    wanted = measure.dataset.columns
    best = {
        table.name: {name: _best(name, column, table) for name, column in wanted.items()}
        for table in tables
    }
    scores = {name: sum(p.score for p in own.values() if p) for name, own in best.items()}
    base = max(scores, key=lambda name: scores[name], default=None)
    if base is None or not scores[base]:
        return Suggestion(None, dict.fromkeys(wanted), {})
    keys = _keys(base, tables)
    near = [table for table in tables if table.name == base or table.name in keys]
    found: dict[str, Proposal | None] = {}
    for name in wanted:
        others = [best[table.name][name] for table in near if table.name != base]
        known = [each for each in others if each is not None]
        found[name] = best[base][name] or max(known, key=lambda p: p.score, default=None)
    birth = None
    if "age" in found and found["age"] is None:
        dated = [_best("birth", Column(type="date"), table) for table in near]
        birth = next((each for each in dated if each is not None), None)
    used = {each.table for each in [*found.values(), birth] if each is not None}
    hints = _hints((name for name, each in found.items() if each is None), near)
    return Suggestion(base, found, {t: k for t, k in keys.items() if t in used}, birth, hints)


def _hints(names: Iterable[str], tables: Sequence[TableProfile]) -> dict[str, Proposal]:
    hints = {}
    for name in names:
        alike = [
            Proposal(table.name, own, likeness(name, own))
            for table in tables
            for own in table.columns
        ]
        top = max(alike, key=lambda each: each.score, default=None)
        if top is not None and top.score >= ENOUGH:
            hints[name] = top
    return hints


def _best(name: str, column: Column, table: TableProfile) -> Proposal | None:
    found = [
        Proposal(table.name, own, _score(name, column, own, profile))
        for own, profile in table.columns.items()
    ]
    top = max(found, key=lambda each: each.score, default=None)
    return top if top is not None and top.score >= ENOUGH else None


def _score(name: str, column: Column, own: str, profile: ColumnProfile) -> float:
    """Weigh the name by the share of cells that can be read as the type, or have few codes."""
    if not profile.filled:
        return 0.0
    readable = profile.readable.get(column.type, 1.0)
    if column.type == "boolean" and profile.codes:
        readable = 1.0
    # What may be missing is often empty where it is the right column: that settles ties only.
    least = 0.5 if column.required else 0.9
    filled = least + (1 - least) * profile.filled
    return likeness(name, own) * (0.25 + 0.75 * readable) * filled


def _keys(base: str, tables: Sequence[TableProfile]) -> dict[str, tuple[str, str]]:
    """Return how other tables may be joined: a column that both have, or that names the other."""
    columns = {table.name: list(table.columns) for table in tables}
    found = {}
    for name, own in columns.items():
        if name == base:
            continue
        # The patient's number is in every table; that of the stay joins more closely.
        pairs = [
            (mine, theirs)
            for theirs in columns[base]
            for mine in own
            if "id" in meaning(theirs) and _same(mine, theirs, name)
        ]
        if pairs:
            found[name] = min(pairs, key=lambda pair: "stay" not in meaning(pair[1]))
    return found


def _same(mine: str, theirs: str, table: str) -> bool:
    if mine.casefold() == theirs.casefold():
        return mine.casefold() != "id"
    return meaning(mine) == {"id"} and meaning(theirs) == meaning(table) | {"id"}
