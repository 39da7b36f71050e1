"""British spelling in what people read, and nothing that belongs to one machine."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture import sources

# Proper names keep their spelling, and so does what stands in code spans.
PROPER = re.compile(r"Centers for Medicare|University of [A-Z]\w+ Center|`[^`]*`|https?://\S+")
AMERICAN = re.compile(
    r"\b\w*(?:organiz|standardiz|summariz|recogniz|normaliz|analyz|winsoriz|minimiz|maximiz"
    r"|authoriz|utiliz|initializ|finaliz|serializ|randomiz|emphasiz|categoriz|optimiz|penaliz"
    r"|behavior|neighbor|favor(?!it)|honor(?!ar)|color|labeled|modeled|canceled|signaled"
    r"|\bcenter|\bgray\b|fulfill\b|\bdefense)\w*",
    re.IGNORECASE,
)
# Written in two halves, so that this file does not contain what it looks for.
LEAKS = ["../sha" + "red", "design " + "page", "/op" + "t/", "/wor" + "k/", "/root" + "/",
         "pypi" + ".org", "python" + "hosted", "language " + "model", "file" + ":///"]  # fmt: skip
UNFINISHED = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|X" + r"XX|HA" + r"CK)\b")
EXCUSE = re.compile(r"#\s*(?:type: ignore|noqa)(?!\[[\w, -]+\]\s+\S|: [A-Z0-9, ]+\s+\S)")


def prose_of_code(file: Path) -> Iterator[tuple[int, str]]:
    """Yield comments and docstrings with their lines."""
    source = file.read_text("utf-8")
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    for node in ast.walk(sources.tree(file)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield getattr(node, "lineno", 1), ast.get_docstring(node) or ""


def prose_of_document(file: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines of a document outside its code blocks."""
    inside_code = False
    for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
        inside_code ^= line.lstrip().startswith("```")
        if not inside_code:
            yield number, line


def american(prose: Iterator[tuple[int, str]], file: Path) -> list[str]:
    return [
        f"{sources.place(file, line)}: {match.group()}"
        for line, text in prose
        for match in AMERICAN.finditer(PROPER.sub("", text))
    ]


def test_documents_are_british() -> None:
    assert [
        w for file in sources.documents() for w in american(prose_of_document(file), file)
    ] == []


def test_comments_and_docstrings_are_british() -> None:
    assert [w for file in sources.modules() for w in american(prose_of_code(file), file)] == []


@pytest.mark.parametrize("text", ["standardized rates", "a neighboring site", "the center"])
def test_american_spelling_is_noticed(text: str) -> None:
    assert american(iter([(1, text)]), sources.ROOT / "README.md")


def test_proper_names_keep_their_spelling() -> None:
    text = "Centers for Medicare & Medicaid Services; `scipy.optimize`"
    assert american(iter([(1, text)]), sources.ROOT / "README.md") == []


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{sources.place(file, number)}: {line.strip()[:80]}"
        for file in sources.texts()
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1)
        if pattern.search(line)
    ]


def test_nothing_belongs_to_one_machine() -> None:
    assert lines_with(re.compile("|".join(map(re.escape, LEAKS)))) == []


def test_nothing_is_left_unfinished() -> None:
    assert lines_with(UNFINISHED) == []


def test_every_exception_from_a_check_gives_its_reason() -> None:
    assert lines_with(EXCUSE) == []
