"""The wheel installs without any extra, holds what it needs, and says what is missing."""

import os
import re
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from tests.architecture import sources

pytestmark = pytest.mark.slow

PIP = ("-m", "pip", "--disable-pip-version-check", "--quiet")


def run(*command: str | Path) -> str:
    """Run without the working tree on the path, so that only what is installed is found."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        list(command), capture_output=True, text=True, env=environment, cwd=Path(command[0]).parent
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = ("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, sources.ROOT)
    run(sys.executable, *PIP, *command)
    return next(folder.glob("fedqi-*.whl"))


@pytest.fixture(scope="module")
def binaries(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel and its base dependencies in the locked versions."""
    folder = tmp_path_factory.mktemp("minimal")
    venv.create(folder / "venv", with_pip=True)
    lock = (sources.ROOT / "requirements/run.txt").read_text("utf-8")
    constraints = folder / "constraints.txt"
    constraints.write_text("\n".join(re.findall(r"^\S+==[^\\\n]+", lock, re.MULTILINE)))
    python = folder / "venv/bin/python"
    run(python, *PIP, "install", "--constraint", constraints, wheel)
    return python.parent


def test_the_wheel_holds_the_data_of_the_packages(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if not name.endswith("/")}
    data = {
        file.relative_to(sources.ROOT).as_posix()
        for package in sources.PACKAGES
        for file in (sources.ROOT / package).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert data - inside == set()
    assert {name.split("/")[0] for name in inside - data} == {
        f"{'-'.join(wheel.name.split('-')[:2])}.dist-info"
    }


@pytest.mark.parametrize("command", ["fedqi", "fedqi-site"])
def test_commands_of_the_plain_install_start(binaries: Path, command: str) -> None:
    assert "Usage:" in run(binaries / command, "--help")


def test_no_extra_came_along(binaries: Path) -> None:
    installed = run(binaries / "python", "-m", "pip", "list", "--format", "freeze").lower()
    assert "numpy==" in installed
    assert not re.search(r"^(sqlalchemy|matplotlib|jinja2|flwr|psycopg)==", installed, re.MULTILINE)


@pytest.mark.parametrize("module", ["fedqi", "fedqi.api", "fedqi.cli", "site_agent.cli"])
def test_modules_of_the_plain_install_load(binaries: Path, module: str) -> None:
    run(binaries / "python", "-c", f"import {module}")
