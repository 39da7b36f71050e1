"""The Python and YAML of the documents run as they stand."""

import gzip
import inspect
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

import fedqi
from fedqi import errors
from fedqi.measures import parse_measure
from tests.architecture import sources

DOCUMENTS = [file for file in sources.documents() if "```python" in file.read_text("utf-8")]
EXAMPLE = sources.ROOT / "fedqi/examples/cms-hrrp"
HOSPITALS = 24
"""As many as stand for a benchmark; the documents take the whole state, which takes longer."""


def blocks(file: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", file.read_text("utf-8"), re.S | re.M)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a working directory with the files that the examples name."""
    shutil.copy(EXAMPLE / "hf-readmission.yaml", tmp_path)
    lines = gzip.decompress((EXAMPLE / "hrrp_fy2024.csv.gz").read_bytes()).decode().splitlines()
    state = [line for line in lines if ",MI,READM-30-HF" in line]
    (tmp_path / "hospitals.csv").write_text("\n".join([lines[0], *state[:HOSPITALS]]) + "\n")
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


def test_the_readme_s_files_come_out_of_the_examples(tmp_path: Path) -> None:
    (block,) = [b for b in blocks(sources.ROOT / "README.md", "sh") if "gzip" in b]
    taking = [line for line in block.splitlines() if line.startswith(("cp", "gzip"))]
    script = "\n".join(taking).replace("../", f"{sources.ROOT}/")
    subprocess.run(["sh", "-ec", script], cwd=tmp_path, check=True)
    shipped = (EXAMPLE / "hf-readmission.yaml").read_text("utf-8")
    assert (tmp_path / "hf-readmission.yaml").read_text("utf-8") == shipped
    table = (tmp_path / "hospitals.csv").read_text("utf-8").splitlines()
    assert table[0].startswith("facility_id,")
    assert len([line for line in table if "READM-30-HF" in line]) == 72


def measures() -> list[str]:
    # Those of the tutorial stand beside a code list: test_tutorial.py.
    files = [file for file in sources.documents() if file.name != "tutorial-measure.md"]
    found = (block for file in files for block in blocks(file, "ya?ml"))
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
