"""The project's own files, as the tests of its architecture read them."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("fedqi", "site_agent", "aggregator")
GENERATED = ROOT / "fedqi/wire/v1"
TEXT_SUFFIXES = {
    ".cfg", ".in", ".j2", ".json", ".md", ".proto", ".py", ".pyi", ".service", ".sh", ".toml",
    ".txt", ".yaml", ".yml",
}  # fmt: skip


def modules(*packages: str) -> Iterator[Path]:
    """Yield the hand-written Python files of the packages, all three by default."""
    for package in packages or PACKAGES:
        single = ROOT / f"{package}.py"
        files = [single] if single.exists() else sorted((ROOT / package).rglob("*.py"))
        yield from (file for file in files if GENERATED not in file.parents)


@cache
def tree(file: Path) -> ast.Module:
    """Return the parsed file."""
    return ast.parse(file.read_text("utf-8"), str(file))


def imported(file: Path) -> Iterator[tuple[int, str]]:
    """Yield line and dotted name of everything the file imports, inside functions too."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def documents() -> Iterator[Path]:
    """Yield the Markdown files of the project."""
    yield from sorted(ROOT.glob("*.md"))
    yield from sorted((ROOT / "docs").rglob("*.md"))


def texts() -> Iterator[Path]:
    """Yield every text file that belongs to the project."""
    yield from (file for file in sorted(ROOT.glob("*")) if _is_text(file))
    for folder in (*PACKAGES, "protos", "docs", "tests", "benchmarks", ".ci", "requirements"):
        yield from (file for file in sorted((ROOT / folder).rglob("*")) if _is_text(file))


def _is_text(file: Path) -> bool:
    named = file.suffix in TEXT_SUFFIXES or file.name in {"Makefile", "run", "NOTICE"}
    return named and file.is_file() and "__pycache__" not in file.parts


def place(file: Path, line: int) -> str:
    """Return ``path:line`` as editors and people read it."""
    return f"{file.relative_to(ROOT)}:{line}"
