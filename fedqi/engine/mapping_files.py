"""A mapping from its YAML file, or one of those that come with the library."""

import csv
from collections.abc import Iterable, Mapping
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from fedqi.engine.loading import beside, read_text, read_yaml
from fedqi.engine.yaml_places import YamlPlaces
from fedqi.errors import DefinitionError
from fedqi.mapping import DataMapping, parse_mapping
from fedqi.mapping.terms import AUTHOR
from fedqi.measures.refusals import nearest

_SUFFIX = ".yaml"
_FOLDER = files("fedqi").joinpath("mappings")


def mapping_names() -> tuple[str, ...]:
    """Return the names of the mappings that come with the library."""
    found = (entry.name for entry in _FOLDER.iterdir() if entry.name.endswith(_SUFFIX))
    return tuple(sorted(name.removesuffix(_SUFFIX) for name in found))


def find_mapping(wanted: str | Path, time_zone: str | None = None) -> DataMapping:
    """Read a mapping from a file, or one that comes with the library.

    Parameters
    ----------
    wanted
        Path of a YAML file; or a name such as ``omop-5.4``, where no such file is.
    time_zone
        The hospital's own zone, instead of what the mapping says.

    Raises
    ------
    DefinitionError
        If there is neither such a file nor such a name, or the mapping is not valid.
    """
    file, name = Path(wanted), str(wanted)
    if file.is_file() or file.suffix in (_SUFFIX, ".yml") or len(file.parts) > 1:
        return load_mapping(file, time_zone)
    if name in mapping_names():
        with as_file(_FOLDER) as folder:
            return load_mapping(folder / f"{name}{_SUFFIX}", time_zone)
    raise DefinitionError(
        f"{name}: no file, and no mapping that comes with FedQI: {nearest(name, mapping_names())}"
    )


def ready_for(tables: Iterable[str]) -> tuple[str, str] | None:
    """Return name and text of the mapping that comes with the library and is made for tables.

    Parameters
    ----------
    tables
        Names of tables; it is made for them if the first two of its first dataset are among them.
    """
    known = {table.casefold() for table in tables}
    for name in mapping_names():
        mapping = find_mapping(name)
        first = next(iter(mapping.datasets.values())).tables[:2]
        if {(mapping.tables[each].table or each).casefold() for each in first} <= known:
            return name, _FOLDER.joinpath(f"{name}{_SUFFIX}").read_text("utf-8")
    return None


def load_mapping(path: str | Path, time_zone: str | None = None) -> DataMapping:
    """Read a mapping from its YAML file and the crosswalks beside it.

    Parameters
    ----------
    path
        The file. Codes named there are a CSV file relative to it, with columns ``code`` and
        ``value``.
    time_zone
        The hospital's own zone, instead of what the mapping says.

    Raises
    ------
    DefinitionError
        Naming file, line and column, and what is wrong there.
    """
    file = Path(path)
    document = read_yaml(file, "a mapping, such as id: and tables:", AUTHOR)
    if time_zone is not None:
        document = {**document, "time_zone": time_zone}
    places = YamlPlaces(read_text(file))
    try:
        return parse_mapping(_with_crosswalks(file, document), places.of)
    except DefinitionError as error:
        raise DefinitionError(f"{file}: {error}") from None


def _with_crosswalks(file: Path, document: dict[str, Any]) -> dict[str, Any]:
    """Read the crosswalks that are named as files."""
    datasets = _keys(document.get("datasets"))
    if not datasets:
        return document
    return {**document, "datasets": {k: _dataset(file, k, v) for k, v in datasets.items()}}


def _dataset(file: Path, grain: str, body: Any) -> Any:
    columns = _keys(_keys(body).get("columns"))
    if not columns:
        return body
    read = dict(columns)
    for name, column in columns.items():
        codes = _keys(column).get("codes")
        if isinstance(codes, str):
            place = f"datasets.{grain}.columns.{name}.codes"
            read[name] = {**column, "codes": _crosswalk(file, place, codes)}
    return {**body, "columns": read}


def _keys(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _crosswalk(file: Path, place: str, relative: str) -> dict[str, str]:
    """Read a crosswalk; the hash of a mapping is not needed, so its order is the file's."""
    rows = csv.DictReader(read_text(beside(file, place, relative)).splitlines())
    if not {"code", "value"} <= set(rows.fieldnames or ()):
        raise DefinitionError(
            f"{place}: {relative} has no columns named code and value in its first line; {AUTHOR}"
        )
    found: dict[str, str] = {}
    for row in rows:
        code, value = (row["code"] or "").strip(), (row["value"] or "").strip()
        if found.setdefault(code, value) != value:
            raise DefinitionError(
                f"{place}: {relative}, line {rows.line_num}: the code {code!r} comes twice with "
                f"different values; {AUTHOR}"
            )
    return found
