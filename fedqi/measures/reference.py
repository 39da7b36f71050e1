"""The reference of every key of a format, written from the models themselves."""

import inspect
import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel

from fedqi.measures.definition import Measure

HEAD = """\
# Every key of a measure

Written by `fedqi measure reference` from the models that check a definition; do not edit. What the
keys mean together: [measures](measures.md). A key that stands in no table here is refused.
"""

Schema = Mapping[str, Any]


def reference(
    model: type[BaseModel] = Measure, head: str = HEAD, itself: str = "The measure itself"
) -> str:
    """Return the reference in Markdown: one table per part, in the order of the format.

    Parameters
    ----------
    model
        Of the whole; its docstrings say what each key means.
    head
        Title and introduction.
    itself
        Heading of the keys of the whole.
    """
    schema, root = model.model_json_schema(by_alias=True), model.__name__
    parts = {root: schema, **schema["$defs"]}
    models = dict(_models(model))
    paths = _paths(parts, root)
    sections = [_section(models[name], parts[name], paths[name], itself) for name in paths]
    return "\n".join([head, *sections])


def _models(model: type[BaseModel]) -> Iterator[tuple[str, type[BaseModel]]]:
    yield model.__name__, model
    for field in model.model_fields.values():
        for part in _parts_of(field.annotation):
            yield from _models(part)


def _parts_of(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _parts_of(argument)


def _paths(parts: Mapping[str, Schema], root: str) -> dict[str, list[str]]:
    """Return where each part stands, in the order in which a reader meets them."""
    found: dict[str, list[str]] = {root: []}

    def walk(name: str, path: str) -> None:
        for key, schema in parts[name]["properties"].items():
            for other, steps in _refs(schema):
                place = f"{path}{key}{steps}"
                found.setdefault(other, []).append(place)
                walk(other, f"{place}.")

    walk(root, "")
    return found


def _refs(schema: Schema, steps: str = "") -> Iterator[tuple[str, str]]:
    """Return the parts that a value may be, and the steps to them: names, or places in a list."""
    if "$ref" in schema:
        yield schema["$ref"].rpartition("/")[2], steps
    for each in schema.get("anyOf", ()):
        yield from _refs(each, steps)
    if isinstance(schema.get("additionalProperties"), Mapping):
        yield from _refs(schema["additionalProperties"], f"{steps}.NAME")
    for each in schema.get("patternProperties", {}).values():
        yield from _refs(each, f"{steps}.NAME")
    if isinstance(schema.get("items"), Mapping):
        yield from _refs(schema["items"], f"{steps}[]")


def _section(model: type[BaseModel], schema: Schema, paths: list[str], itself: str) -> str:
    title = ", ".join(f"`{path}`" for path in paths) or itself
    told = _told(model)
    required = schema.get("required", ())
    rows = [
        f"| `{key}` | {_kind(value)} | {_default(value, key in required)} | {told[key]} |"
        for key, value in schema["properties"].items()
    ]
    head = ["| key | value | default | what |", "|---|---|---|---|"]
    return "\n".join([f"## {title}", "", _summary(model), "", *head, *rows, ""])


def _summary(model: type[BaseModel]) -> str:
    return _plain((inspect.getdoc(model) or "").partition("\n")[0])


def _told(model: type[BaseModel]) -> dict[str, str]:
    """Return what the docstring says of each key, by the name that a definition writes."""
    _, _, section = (inspect.getdoc(model) or "").partition("Parameters\n----------\n")
    described: dict[str, str] = {}
    for names, text in re.findall(r"^(\w[\w, ]*)\n((?:    .*\n?|\n)+)", section, re.M):
        for name in names.split(", "):
            described[name] = _plain(" ".join(text.split()))
    return {field.alias or name: described[name] for name, field in model.model_fields.items()}


def _plain(text: str) -> str:
    """Turn the marks of a docstring into those of Markdown."""
    return re.sub(r":\w+:`~?(?:\w+\.)*(\w+)`", r"`\1`", text).replace("``", "`").replace("|", "\\|")


def _kind(schema: Schema) -> str:
    if "anyOf" in schema:
        kinds = [_kind(each) for each in schema["anyOf"] if each.get("type") != "null"]
        return " or ".join(dict.fromkeys(kinds))
    if "$ref" in schema:
        return "keys, see below"
    if "const" in schema or "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema.get("enum", [schema.get("const")]))
    if "examples" in schema:
        return f"such as `{schema['examples'][0]}`"
    if "prefixItems" in schema:
        return f"[{', '.join(_kind(each) for each in schema['prefixItems'])}]"
    if schema["type"] == "array":
        return f"list of {_kind(schema['items'])}"
    if schema["type"] == "object":
        return f"name → {_kind(_values(schema))}"
    words = {"string": "text", "integer": "whole number", "number": "number", "boolean": "boolean"}
    return words[schema["type"]] + _range(schema)


def _values(schema: Schema) -> Schema:
    values = schema.get("additionalProperties") or next(iter(schema["patternProperties"].values()))
    assert isinstance(values, Mapping)
    return values


def _range(schema: Schema) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    told = f" from {low:,}" if low is not None else ""
    return f"{told} to {high:,}" if high is not None else told


def _default(schema: Schema, required: bool) -> str:
    if "default_in_words" in schema:
        return str(schema["default_in_words"])
    if required:
        return "required"
    default = schema.get("default")
    if default is None or default in ([], {}) or isinstance(default, Mapping):
        return "none"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"
