"""The Python and YAML of the documents run as they stand."""

import inspect
import re
from pathlib import Path

import pytest
import yaml

import fedqi
from fedqi import errors
from fedqi.measures import parse_measure
from tests.architecture import sources

DOCUMENTS = [file for file in sources.documents() if "```python" in file.read_text("utf-8")]
MEASURE = """\
fedqi: 1
id: hf-readmission
version: 1.0.0
title: Readmission within 30 days of discharge after heart failure
direction: lower
scoring: proportion
dataset:
  columns:
    discharges: {type: integer}
    readmissions: {type: integer}
denominator: {sum: discharges}
numerator: {sum: readmissions}
"""
HOSPITALS = ["230019", "230038", *(f"2301{number:02}" for number in range(22))]


def blocks(file: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", file.read_text("utf-8"), re.S | re.M)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a working directory with the files that the examples name."""
    (tmp_path / "hf-readmission.yaml").write_text(MEASURE)
    rows = (f"{site},{300 + 10 * i},{50 + 3 * i}" for i, site in enumerate(HOSPITALS))
    table = "\n".join(["hospital,discharges,readmissions", *rows])
    (tmp_path / "hospitals.csv").write_text(table + "\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda each: str(each.relative_to(sources.ROOT)))
def test_python_runs(file: Path) -> None:
    for block in blocks(file, "python"):
        exec(compile(block, str(file), "exec"), {})


def test_the_readme_s_example_writes_its_report(folder: Path) -> None:
    (block,) = blocks(sources.ROOT / "README.md", "python")
    assert len([line for line in block.splitlines() if line.strip()]) <= 10
    exec(compile(block, "README.md", "exec"), {})
    assert "<html" in (folder / "230019.html").read_text("utf-8")


def measures() -> list[str]:
    found = (block for file in sources.documents() for block in blocks(file, "ya?ml"))
    return [block for block in found if block.startswith("fedqi: 1")]


@pytest.mark.parametrize("text", measures(), ids=lambda text: yaml.safe_load(text)["id"])
def test_measures_are_valid(text: str) -> None:
    assert parse_measure(yaml.safe_load(text)).title


def test_every_public_name_is_in_the_reference() -> None:
    page = (sources.ROOT / "docs/reference.md").read_text("utf-8")
    assert [name for name in fedqi.__all__ if f"| `fedqi.{name}` |" not in page] == []
    assert [name for name in fedqi.__all__ if not hasattr(fedqi, name)] == []


def test_every_error_is_in_the_reference_with_its_exit_code() -> None:
    page = (sources.ROOT / "docs/reference.md").read_text("utf-8")
    listed = dict(re.findall(r"^\| `(\w+Error)` \| .* \| (\d) \|$", page, re.MULTILINE))
    classes = inspect.getmembers(errors, inspect.isclass)
    defined = {n: str(c.exit_code) for n, c in classes if issubclass(c, errors.FedQIError)}
    assert listed == defined


def test_every_argument_of_benchmark_is_in_the_reference() -> None:
    page = (sources.ROOT / "docs/reference.md").read_text("utf-8")
    arguments = inspect.signature(fedqi.benchmark).parameters
    assert [name for name in arguments if f"| `{name}` |" not in page] == []
