"""The page on mappings runs as it stands, and the reference of its keys is current."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fedqi.mapping.model import DataMapping, Join, MappedColumn, SourceTable, TableColumn
from site_agent.cli import main
from tests.architecture import sources

PAGE = (sources.ROOT / "docs/mapping.md").read_text("utf-8")
REFERENCE = sources.ROOT / "docs/mapping-reference.md"
FILE = re.compile(r"^`([\w.-]+)`\n\n```\w+\n(.*?)^```", re.S | re.M)
CHECKED = re.compile(r"^```console\n\$ fedqi-site (.*?)\n(.*?)^```", re.S | re.M)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, content in FILE.findall(PAGE):
        (tmp_path / name).write_text(content, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(command: str) -> Result:
    return CliRunner().invoke(main, command.split())


@pytest.mark.usefixtures("folder")
def test_the_mapping_of_the_page_fits_as_it_says() -> None:
    ((command, told),) = CHECKED.findall(PAGE)
    done = run(command)
    assert (done.exit_code, done.stdout) == (0, told)


def test_a_code_that_nobody_named_is_refused_as_it_says(folder: Path) -> None:
    own = folder / "own.yaml"
    own.write_text(own.read_text("utf-8").replace("otherwise: {value: false}", "otherwise: refuse"))
    ((command, _),) = CHECKED.findall(PAGE)
    done = run(command)
    (told,) = re.findall(r"^> `(must be mended: .*)`$", PAGE, re.M)
    assert (done.exit_code, told in done.output) == (4, True)


def test_the_proposal_has_what_the_page_says(folder: Path) -> None:
    (folder / "own.yaml").unlink()
    (command,) = re.findall(r"^fedqi-site (map suggest .*)$", PAGE, re.M)
    assert run(command).exit_code == 0
    found = (folder / "own.yaml").read_text("utf-8")
    wanted = ("stay_id: episodes.case_no", "admitted_on: episodes.date_in", "from a date of birth")
    assert [words for words in wanted if words not in found] == []
    assert 'also there: "kind", "left_to"' in found


def test_the_reference_is_current() -> None:
    told = run("map reference").stdout
    assert REFERENCE.read_text("utf-8") == told, "write it anew with: fedqi-site map reference"


def test_every_key_has_a_row_of_its_own() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", REFERENCE.read_text("utf-8"), re.M)
    for model in (DataMapping, SourceTable, TableColumn, Join, MappedColumn):
        keys = {field.alias or name for name, field in model.model_fields.items()}
        assert keys <= set(rows)
