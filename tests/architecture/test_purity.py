"""Pure packages are given entropy, time and text; they never fetch them themselves.

import-linter guards the same boundary along chains of imports; this looks at what the code does.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture import sources

PURE = ("measures", "stats", "benchmarking", "secagg", "disclosure", "charter", "errors")
FORBIDDEN_MODULES = {
    "aiohttp", "asyncio", "concurrent", "duckdb", "flwr", "google", "grpc", "http", "logging",
    "multiprocessing", "os", "pathlib", "random", "requests", "secrets", "shutil", "signal",
    "socket", "sqlite3", "ssl", "subprocess", "tempfile", "threading", "time", "urllib", "uuid",
}  # fmt: skip
FORBIDDEN_FUNCTIONS = {"open", "print", "input", "exec", "eval", "__import__"}
FORBIDDEN_METHODS = {
    "now", "today", "utcnow", "monotonic",
    "urandom", "token_bytes", "default_rng", "generate", "generate_key",
    "read_text", "read_bytes", "write_text", "write_bytes",
}  # fmt: skip


def impurity(node: ast.Call) -> str | None:
    """Return the name of a call that reaches outside, or None."""
    function = node.func
    if isinstance(function, ast.Attribute):
        return function.attr if function.attr in FORBIDDEN_METHODS else None
    name = function.id if isinstance(function, ast.Name) else ""
    return name if name in FORBIDDEN_FUNCTIONS | FORBIDDEN_METHODS else None


def impure_imports(file: Path) -> Iterator[str]:
    for line, name in sources.imported(file):
        if name.split(".")[0] in FORBIDDEN_MODULES or name.startswith("numpy.random"):
            yield f"{sources.place(file, line)} imports {name}"


def impure_calls(file: Path) -> Iterator[str]:
    for node in ast.walk(sources.tree(file)):
        if isinstance(node, ast.Call) and (name := impurity(node)):
            yield f"{sources.place(file, node.lineno)} calls {name}"


def findings(*packages: str) -> list[str]:
    files = list(sources.modules(*packages))
    assert files, packages
    return [each for file in files for each in (*impure_imports(file), *impure_calls(file))]


def test_pure_packages_reach_for_nothing() -> None:
    assert findings(*(f"fedqi/{package}" for package in PURE)) == []


def test_the_check_can_fail() -> None:
    assert any("imports" in each for each in findings("site_agent"))
    assert any("calls" in each for each in findings("site_agent"))
