"""A measure from its YAML file and the code lists beside it."""

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from fedqi.engine.yaml_places import YamlPlaces
from fedqi.errors import DefinitionError
from fedqi.measures import Measure, parse_measure
from fedqi.measures.refusals import AUTHOR

MAXIMUM_BYTES = 1_000_000
"""A larger definition or code list is refused unread."""

MAXIMUM_DEPTH = 50
"""No definition is nested more deeply."""


_ADVICE = {
    "mapping values are not allowed": (
        "; a text with a colon in it needs quotation marks, and the keys of one block stand one "
        "below the other, indented alike"
    ),
    "but found '<scalar>'": "; is a quotation mark open before it, or one too many?",
    "expected <block end>": "; the keys of one block stand one below the other, indented alike",
    "found unexpected end of stream": "; a quotation mark is not closed",
    "found character '\\t'": "; indent with blanks, not with tabs",
}
"""Words of the parser -> what people have done."""


def load_measure(path: str | Path) -> Measure:
    """Read a measure.

    Parameters
    ----------
    path
        Its YAML file. A code list named there is a CSV file relative to it, with a
        column ``code``.

    Returns
    -------
    Measure
        The definition, with the codes themselves in it.

    Raises
    ------
    DefinitionError
        Naming the file, line and column of the key, and what is wrong there.
    """
    file = Path(path)
    document = read_yaml(file, "a measure, such as id: and title:", AUTHOR)
    try:
        return parse_measure(_with_coefficients(file, _with_codes(file, document)))
    except DefinitionError as error:
        places = YamlPlaces(read_text(file))
        raise DefinitionError(f"{file}: {places.in_text(str(error))}") from None


def read_yaml(file: Path, what: str, author: str) -> dict[str, Any]:
    """Read the keys and values of a YAML file.

    Parameters
    ----------
    file
        The file.
    what
        What its keys should be those of, in words.
    author
        Who must act, in words.

    Raises
    ------
    DefinitionError
        Naming file and line.
    """
    try:
        # A subclass of the safe loader: it builds plain values only.
        document = yaml.load(read_text(file), Loader=_UniqueKeys)
    except yaml.YAMLError as error:
        raise DefinitionError(f"{file}{_yaml_fault(error)}; {author}") from None
    if not isinstance(document, dict) or not all(isinstance(key, str) for key in document):
        raise DefinitionError(f"{file}: expected the keys of {what}; {author}")
    return document


def _yaml_fault(error: yaml.YAMLError) -> str:
    """Return line and reason; and where the text began that has no end."""
    mark, begin = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    place = f", line {mark.line + 1}" if mark is not None else ""
    why = getattr(error, "problem", None) or "it cannot be parsed"
    context = getattr(error, "context", None)
    if context is not None and begin is not None and mark is not None and begin.line != mark.line:
        why += f" ({context} that begins in line {begin.line + 1})"
    advice = next((each for words, each in _ADVICE.items() if words in why), "")
    return f"{place}: not valid YAML: {why}{advice}"


class _UniqueKeys(yaml.SafeLoader):
    """Refuses a key that comes twice; plain YAML would silently take the last.

    What plain YAML lets fail in Python's own words (a thirtieth of February, nesting without
    end) is a fault of YAML here, with its line.
    """

    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        self._depth += 1
        if self._depth > MAXIMUM_DEPTH:
            begin = self.peek_event().start_mark  # type: ignore[no-untyped-call] # of PyYAML
            why = f"nested more than {MAXIMUM_DEPTH} deep"
            raise yaml.composer.ComposerError(None, None, why, begin)
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (ValueError, LookupError, AttributeError, TypeError):
            kind = node.tag.rpartition(":")[2]
            raise yaml.constructor.ConstructorError(
                None, None, f"found {str(node.value)[:40]!r}, which is no {kind}", node.start_mark
            ) from None

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(
                    None, None, "a key must be a word", key.start_mark
                )
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value!r} comes twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _with_codes(file: Path, document: dict[str, Any]) -> dict[str, Any]:
    lists = document.get("code_lists")
    if not isinstance(lists, Mapping):
        return document
    read = {
        name: _codes(file, str(name), value) if isinstance(value, str) else value
        for name, value in lists.items()
    }
    return {**document, "code_lists": read}


def _with_coefficients(file: Path, document: dict[str, Any]) -> dict[str, Any]:
    """Read the frozen coefficients of a risk model from the JSON file that it names."""
    model = document.get("risk_model")
    if not isinstance(model, Mapping) or not isinstance(model.get("coefficients"), str):
        return document
    place = "risk_model.coefficients"
    try:
        found = json.loads(read_text(beside(file, place, model["coefficients"])))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise DefinitionError(
            f"{place}: {model['coefficients']} is not JSON with a number for each column"
        )
    return {**document, "risk_model": {**model, "coefficients": found}}


def beside(file: Path, place: str, relative: str) -> Path:
    """Return the file that a definition names; never one above or elsewhere.

    Raises
    ------
    DefinitionError
        Naming the key.
    """
    if Path(relative).is_absolute() or ".." in Path(relative).parts:
        raise DefinitionError(
            f"{place}: found {relative!r}, expected a file beside or below this one"
        )
    return file.parent / relative


def _codes(file: Path, name: str, relative: str) -> list[str]:
    path = beside(file, f"code_lists.{name}", relative)
    if not path.is_file():
        raise DefinitionError(
            f"code_lists.{name}: {relative} is no file beside or below this one; the measure's "
            "author must bring the list along"
        )
    rows = [row for row in _lines(f"code_lists.{name}: {relative}", read_text(path)) if any(row)]
    header = [cell.strip().lower() for cell in rows[0]] if rows else []
    if "code" not in header:
        found = ", ".join(header) if header else "nothing"
        raise DefinitionError(
            f"code_lists.{name}: {relative} has no column named code in its first line, separated "
            f"by commas (found {found}); the measure's author must name it"
        )
    column = header.index("code")
    codes = [row[column].strip() for row in rows[1:] if len(row) > column]
    return [code for code in codes if code]


def _lines(place: str, text: str) -> Iterator[list[str]]:
    """Yield the cells of each line; an open quotation mark would swallow the codes behind it."""
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            yield next(csv.reader([line], strict=True), [])
        except csv.Error:
            raise DefinitionError(
                f"{place}, line {number}: a quotation mark is open or out of place, expected each "
                "code in a line of its own; the measure's author must correct it"
            ) from None


def read_text(path: Path) -> str:
    """Return the text of a definition.

    Raises
    ------
    DefinitionError
        If it is too large, not UTF-8 or cannot be read.
    """
    try:
        if path.stat().st_size > MAXIMUM_BYTES:
            raise DefinitionError(f"{path}: larger than {MAXIMUM_BYTES} bytes, no definition is")
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise DefinitionError(f"{path}: not UTF-8") from None
    except OSError as error:
        raise DefinitionError(f"{path}: cannot be read ({error.strerror})") from None
