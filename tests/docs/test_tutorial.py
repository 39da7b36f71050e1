"""The tutorial runs as it stands: its files are written, its commands answer what it says."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from fedqi.cli import main
from tests.architecture import sources

TEXT = (sources.ROOT / "docs/tutorial-measure.md").read_text("utf-8")
FILE = re.compile(r"^`([\w.-]+)`\n\n```\w+\n(.*?)^```", re.S | re.M)
STEP = re.compile(r"^```(py|console)\n(.*?)^```", re.S | re.M)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, content in FILE.findall(TEXT):
        (tmp_path / name).write_text(content, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def answer(command: str) -> str:
    program, *arguments = command.split()
    assert program == "fedqi"
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.usefixtures("folder")
def test_every_step_gives_what_the_page_says() -> None:
    steps = STEP.findall(TEXT)
    assert [language for language, _ in steps] == [
        *("console", "py", "console", "py", "console", "console")
    ]
    for language, block in steps:
        if language == "py":
            exec(compile(block, "tutorial-measure.md", "exec"), {})
            continue
        command, _, told = block.partition("\n")
        assert answer(command.removeprefix("$ ")) == told


def test_a_misspelt_column_is_answered_as_the_page_says(folder: Path) -> None:
    file = folder / "came-back.yaml"
    wrong = file.read_text("utf-8").replace('numerator: "readmitted"', 'numerator: "readmited"')
    file.write_text(wrong, encoding="utf-8")
    failed = CliRunner().invoke(main, ["measure", "check", "came-back.yaml"])
    assert failed.exit_code == 3
    (told,) = re.findall(r"`(numerator, 1:1: [^`]*)`", TEXT)
    assert told in failed.output
