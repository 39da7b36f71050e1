"""What the import contracts of pyproject.toml cannot say."""

import ast
from pathlib import Path

from tests.architecture import sources

EMBEDDERS_ONLY = ("fedqi.simulation", "fedqi.flower", "fedqi.cli", "fedqi.demo")
INTERNAL = ("tests", "benchmarks")
EXAMPLES = sources.ROOT / "fedqi/examples"  # data, and the scripts that made them


def is_the_server_app(file: Path, name: str) -> bool:
    """The one module of a service that Flower loads shares the form of the records."""
    return file == sources.ROOT / "aggregator/flower.py" and name.startswith("fedqi.flower.records")


def test_services_use_neither_the_simulator_nor_flower() -> None:
    found = [
        f"{sources.place(file, line)} imports {name}"
        for file in sources.modules("site_agent", "aggregator")
        for line, name in sources.imported(file)
        if name.startswith(EMBEDDERS_ONLY) and not is_the_server_app(file, name)
    ]
    assert found == []


def test_nothing_that_ships_imports_the_tests() -> None:
    found = [
        f"{sources.place(file, line)} imports {name}"
        for file in sources.modules()
        for line, name in sources.imported(file)
        if name.split(".")[0] in INTERNAL
    ]
    assert found == []


def only_re_exports(node: ast.stmt) -> bool:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return True
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.If):  # imports that only the type checker follows
        return ast.unparse(node.test) == "TYPE_CHECKING" and all(map(only_re_exports, node.body))
    return isinstance(node, ast.Assign | ast.AnnAssign)


def lazy_export(node: ast.stmt) -> bool:
    """Accept the hook by which a package loads a heavy name only where it is used."""
    return isinstance(node, ast.FunctionDef) and node.name in {"__getattr__", "__dir__"}


def test_package_files_only_re_export() -> None:
    found = [
        sources.place(file, node.lineno)
        for file in sources.modules()
        if file.name == "__init__.py"
        for node in sources.tree(file).body
        if not only_re_exports(node) and not lazy_export(node)
    ]
    assert found == []


def test_every_folder_with_code_is_a_package() -> None:
    files = sources.modules(*sources.PACKAGES, "tests", "benchmarks")
    folders = {file.parent for file in files if EXAMPLES not in file.parents}
    assert [str(each) for each in folders if not (each / "__init__.py").exists()] == []


def typed(package: str) -> Path:
    return sources.ROOT / package / "py.typed"


def test_packages_declare_that_they_are_typed() -> None:
    assert all(typed(package).exists() for package in sources.PACKAGES)
