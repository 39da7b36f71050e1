"""Every security property names code and tests that exist."""

import ast
import re

from tests.architecture import sources

ROW = re.compile(r"^\| (?P<property>[^|]+) \| (?P<code>`[^|]+`) \| (?P<tests>`[^|]+`) \|$", re.M)
MINIMUM = 20


def rows() -> list[re.Match[str]]:
    return list(ROW.finditer((sources.ROOT / "SECURITY.md").read_text("utf-8")))


def spans(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def functions_of(path: str) -> set[str]:
    tree = sources.tree(sources.ROOT / path)
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def missing_test(span: str) -> bool:
    path, _, name = span.partition("::")
    file = sources.ROOT / path
    return not file.exists() or name not in functions_of(path)


def test_the_list_is_read() -> None:
    assert len(rows()) >= MINIMUM


def test_the_code_that_upholds_a_property_exists() -> None:
    found = [span for row in rows() for span in spans(row["code"])]
    assert [span for span in found if not (sources.ROOT / span).exists()] == []


def test_the_test_that_guards_a_property_exists() -> None:
    found = [span for row in rows() for span in spans(row["tests"])]
    assert [span for span in found if missing_test(span)] == []
