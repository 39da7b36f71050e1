"""No file or function grows without anybody noticing."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture import sources

FILE_LINES = 400
FUNCTION_LINES = 60
USUAL_FUNCTION_LINES = 30
USUAL_SHARE = 0.9


def functions(file: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(sources.tree(file)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines of a function without its docstring."""
    assert node.end_lineno is not None
    first = node.body[0]
    documented = ast.get_docstring(node) is not None and first.end_lineno is not None
    docstring = (first.end_lineno or 0) - first.lineno + 1 if documented else 0
    return node.end_lineno - node.lineno + 1 - docstring


def lengths() -> list[tuple[int, str]]:
    return [
        (body_lines(node), f"{sources.place(file, node.lineno)} {node.name}")
        for file in sources.modules()
        for node in functions(file)
    ]


def test_files_stay_readable() -> None:
    sizes = [(len(file.read_text("utf-8").splitlines()), file) for file in sources.modules()]
    assert [(n, sources.place(file, 1)) for n, file in sizes if n > FILE_LINES] == []


def test_functions_stay_readable() -> None:
    assert [each for each in lengths() if each[0] > FUNCTION_LINES] == []


def test_nine_of_ten_functions_are_short() -> None:
    sizes = [size for size, _ in lengths()]
    assert sum(size < USUAL_FUNCTION_LINES for size in sizes) >= USUAL_SHARE * len(sizes)
