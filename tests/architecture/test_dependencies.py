"""What is declared is used, what is used is declared, and each is explained and locked."""

import re
import sys
import tomllib
from collections.abc import Iterable
from functools import cache
from typing import Any

import pytest

from tests.architecture import sources

# Where the name one imports is not the name one installs.
DISTRIBUTION = {
    "google": "protobuf",
    "grpc": "grpcio",
    "pydantic_core": "pydantic",
    "yaml": "pyyaml",
}
# Extra -> where its packages may be imported.
EXTRA_PLACES = {
    "sqlalchemy": ("aggregator/", "fedqi/engine/"),
    "psycopg": ("aggregator/",),
    "matplotlib": ("fedqi/reports/",),
    "jinja2": ("fedqi/reports/",),
    "markupsafe": ("fedqi/reports/",),
    "flwr": ("fedqi/flower/", "aggregator/flower.py"),
}
# Reached through another package by name: SQLAlchemy loads psycopg for its URL, the generated
# stubs need protobuf.
LOADED_BY_NAME = {"psycopg", "protobuf"}
# Its pins do not fit beside those of the development environment.
OWN_LOCK = {"flwr"}


@cache
def project() -> dict[str, Any]:
    return tomllib.loads((sources.ROOT / "pyproject.toml").read_text("utf-8"))


def names(requirements: Iterable[str]) -> set[str]:
    found = (re.match(r"[A-Za-z0-9_.-]+", each) for each in requirements)
    return {match.group().lower() for match in found if match} - {"fedqi"}


def base() -> set[str]:
    return names(project()["project"]["dependencies"])


def extras() -> set[str]:
    groups = project()["project"]["optional-dependencies"]
    return names(each for group in groups.values() for each in group)


def third_party() -> dict[str, set[str]]:
    """Return distribution -> files that import it."""
    found: dict[str, set[str]] = {}
    for file in sources.modules():
        for _, name in sources.imported(file):
            top = name.split(".")[0]
            if top not in sys.stdlib_module_names and top not in sources.PACKAGES:
                path = file.relative_to(sources.ROOT).as_posix()
                found.setdefault(DISTRIBUTION.get(top, top), set()).add(path)
    return found


def locked(name: str) -> set[str]:
    text = (sources.ROOT / "requirements" / name).read_text("utf-8")
    return set(re.findall(r"^([a-z0-9.-]+)==", text, re.MULTILINE))


def test_everything_imported_is_declared() -> None:
    assert set(third_party()) - base() - extras() == set()


def test_everything_declared_is_imported() -> None:
    assert (base() | extras()) - set(third_party()) - LOADED_BY_NAME == set()


@pytest.mark.parametrize("package", sorted(EXTRA_PLACES))
def test_an_extra_is_imported_only_where_it_belongs(package: str) -> None:
    files = third_party().get(package, set())
    assert {file for file in files if not file.startswith(EXTRA_PLACES[package])} == set()


def test_every_extra_has_its_place() -> None:
    assert extras() == set(EXTRA_PLACES)


def test_every_dependency_is_explained() -> None:
    text = (sources.ROOT / "docs/adr/0008-dependencies.md").read_text("utf-8")
    explained = set(re.findall(r"^\| ([a-z0-9]+) \|", text, re.MULTILINE)) - {"package"}
    assert explained == base() | extras()


def test_locks_hold_what_is_declared() -> None:
    development = names(project()["dependency-groups"]["dev"])
    assert base() <= locked("run.txt")
    assert (base() | extras() | development) - OWN_LOCK <= locked("dev.txt")
    assert locked("flower.txt") >= OWN_LOCK | base()


@pytest.mark.parametrize("name", ["run.txt", "dev.txt"])
def test_locks_pin_hashes_and_name_no_index(name: str) -> None:
    text = (sources.ROOT / "requirements" / name).read_text("utf-8")
    lines = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    pins = [line for line in lines if not line.startswith(" ")]
    assert all(re.match(r"[a-z0-9.-]+==\S+( ; .+)? \\$", line) for line in pins)
    assert all(line.strip().startswith("--hash=sha256:") for line in lines if line[0] == " ")
    assert "://" not in text


def test_both_locks_agree() -> None:
    pins = [
        set(re.findall(r"^\S+==[^\\]+", (sources.ROOT / "requirements" / name).read_text(), re.M))
        for name in ("run.txt", "dev.txt")
    ]
    assert pins[0] <= pins[1]
