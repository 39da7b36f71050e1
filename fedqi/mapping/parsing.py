"""From a document to a checked mapping; every refusal names the place."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from fedqi.errors import DefinitionError
from fedqi.mapping.model import (
    DataMapping,
    DatasetMapping,
    Join,
    MappedColumn,
    Otherwise,
    SourceTable,
    TableColumn,
)
from fedqi.mapping.plan import plan
from fedqi.mapping.terms import AUTHOR
from fedqi.measures.refusals import nearest

Place = Callable[[Sequence[str | int]], str]
"""Steps of keys into the document -> ``line:column`` there, with what separates it; or nothing."""

_WORDS: Mapping[str, str] = {
    "model_type": "expected keys and values",
    "dict_type": "expected keys and values",
    "string_type": "expected text; put it in quotes",
    "int_type": "expected a whole number",
}
_INNER: Mapping[tuple[type[BaseModel], str | int], tuple[type[BaseModel], bool]] = {
    (DataMapping, "tables"): (SourceTable, True),
    (DataMapping, "datasets"): (DatasetMapping, True),
    (SourceTable, "columns"): (TableColumn, True),
    (DatasetMapping, "joins"): (Join, True),
    (DatasetMapping, "columns"): (MappedColumn, True),
    (MappedColumn, "otherwise"): (Otherwise, False),
}
"""Part and key to the part below it, and whether the author's own names come between."""
_BRANCHES = frozenset({"literal['refuse','missing','keep']", "Otherwise"})
_KINDS = frozenset({"str", "bool", "int", "float", "constrained-str"})


def nowhere(_: Sequence[str | int]) -> str:
    """Know no place: the document comes from no file."""
    return ""


def parse_mapping(document: Mapping[str, object], place: Place = nowhere) -> DataMapping:
    """Check a mapping.

    Parameters
    ----------
    document
        The mapping as it stands in YAML.
    place
        Where keys stand in the file.

    Raises
    ------
    DefinitionError
        Naming line and column of the key, or of the place in an expression, what was found and
        what is expected.
    """
    found = document.get("id")
    where = f"mapping {found}" if isinstance(found, str) else "mapping"
    try:
        mapping = DataMapping.model_validate(dict(document))
    except ValidationError as error:
        faults = [_fault(fault, place) for fault in error.errors(include_url=False)]
        lines = list(dict.fromkeys(fault for fault in faults if fault))
        joined = lines[0] if len(lines) == 1 else "\n  " + "\n  ".join(lines)
        raise DefinitionError(f"{where}: {joined}; {AUTHOR}") from None
    _check_zones(mapping, where, place)
    for grain in mapping.datasets:
        plan(mapping, grain, place=place)
    return mapping


def _check_zones(mapping: DataMapping, where: str, place: Place) -> None:
    """Refuse a zone that is none; that one is missing is told when the data are opened."""
    zones: dict[tuple[str, ...], str | None] = {("time_zone",): mapping.time_zone}
    for name, table in mapping.tables.items():
        for own, column in table.columns.items():
            zones["tables", name, "columns", own, "zone"] = column.zone
    for steps, zone in zones.items():
        if zone is not None and not _known(zone, steps):
            raise DefinitionError(
                f"{where}: {place(steps)}{'.'.join(steps)}: {zone!r} is no time zone, expected one "
                f"such as Europe/Amsterdam or UTC; {AUTHOR}"
            )


def _known(zone: str, steps: Sequence[str]) -> bool:
    from zoneinfo import available_timezones

    zones = available_timezones()
    return not zones or zone in zones or (zone == "offset" and steps[-1] == "zone")


def _fault(fault: Any, place: Place) -> str | None:
    """Return a fault in words, or None if another tells it already."""
    steps = [step for step in fault["loc"] if step not in _BRANCHES and step != "[key]"]
    if fault["loc"] and fault["loc"][-1] in _KINDS:
        steps = steps[:-1]
    of_word = fault["type"] == "literal_error" and isinstance(fault["input"], dict)
    if of_word or ("Otherwise" in fault["loc"] and fault["type"] == "model_type"):
        return None
    path = ".".join(map(str, steps))
    start = f"{place(steps)}{path}"
    if fault["type"] == "extra_forbidden":
        return f"{start}: is an unknown key: {nearest(str(steps[-1]), _keys_beside(steps))}"
    if fault["type"] == "missing":
        return f"{place(steps[:-1])}{path}: is missing"
    message = _WORDS.get(fault["type"]) or fault["msg"].removeprefix("Value error, ")
    value = fault["input"]
    shown = f" (found {value!r})" if isinstance(value, str | int | float) else ""
    return f"{start}: {message}{shown}"


def _keys_beside(steps: Sequence[str | int]) -> list[str]:
    """Return the keys that may stand where an unknown one does."""
    model: type[BaseModel] = DataMapping
    named = False
    for step in steps[:-1]:
        if named:  # a name that the author chose, and no key
            named = False
        elif (model, step) in _INNER:
            model, named = _INNER[model, step]
    return [field.alias or name for name, field in model.model_fields.items()]
