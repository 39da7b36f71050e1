"""``rehearse``: a measure end to end on made-up rows, and nothing of the agent touched."""

import csv
import json
import os
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fedqi import engine
from fedqi.engine import catalogue
from site_agent.cli import main
from site_agent.ledger import verify
from site_agent.state import StateDirectory
from tests.unit.site_agent.lone_agent import LoneAgent

MARK = "They say nothing about any hospital or patient."


def rehearse(folder: Path, *arguments: object) -> Result:
    config, out = folder / "fedqi-site.yaml", folder / "out"
    call = ["--config", str(config), "rehearse", *map(str, arguments), "--out", str(out)]
    return CliRunner().invoke(main, call)


def rehearsed(folder: Path, *arguments: object) -> Path:
    done = rehearse(folder, *arguments)
    assert done.exit_code == 0, done.output
    return folder / "out"


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    files = (each for each in folder.rglob("*") if each.is_file())
    return {str(each): (each.read_bytes(), each.stat().st_mtime_ns) for each in files}


@pytest.mark.parametrize("name", ["readmission-30-day-hf", "falls"])
def test_a_measure_runs_to_its_marked_page(tmp_path: Path, name: str) -> None:
    out = rehearsed(tmp_path, name)
    page = (out / "report.html").read_text("utf-8")
    assert MARK in page
    assert "<title>Synthetic rows: " in page
    sheets = page.count('<article class="page"')
    assert page.count('<div class="watermark" aria-hidden="true"') == sheets >= 2
    document = json.loads((out / "report.json").read_text("utf-8"))
    assert (document["synthetic"], document["site"]) == (True, "synthetic-07")
    assert document["measures"][0]["denominator"] > 0
    with (out / "report.csv").open(encoding="utf-8") as file:
        assert {row["site"] for row in csv.DictReader(file)} == {"synthetic-07"}


@pytest.mark.slow
@pytest.mark.parametrize("name", [*catalogue()])
def test_every_measure_of_the_catalogue_can_be_rehearsed(tmp_path: Path, name: str) -> None:
    out = rehearsed(tmp_path, name)
    assert MARK in (out / "report.html").read_text("utf-8")
    document = json.loads((out / "report.json").read_text("utf-8"))
    (measure,) = document["measures"]
    assert measure["measure"] == name
    assert measure["band"] != "insufficient"


def test_the_ledger_is_its_own_and_holds_what_would_have_left(tmp_path: Path) -> None:
    done = rehearse(tmp_path, "falls")
    out = tmp_path / "out"
    left = verify(StateDirectory(out))[0]
    kinds = [each.departure.kind for each in left]
    assert kinds[:3] == ["advert", "shares", "masked_input"]
    assert {"statement", "unmasking", "verdict"} <= set(kinds)
    assert {each.departure.job for each in left} == {"rehearsal"}
    assert f"{len(left)} masked or signed messages" in done.output
    assert not (out / "history.jsonl").exists()


def test_state_and_ledger_of_the_agent_are_untouched(tmp_path: Path) -> None:
    agent = LoneAgent(tmp_path)
    agent.announce()
    os.replace(tmp_path / "agent.yaml", tmp_path / "fedqi-site.yaml")
    before = contents(tmp_path / "state")
    assert str(tmp_path / "state" / "ledger.jsonl") in before
    # By the name that a job here knows it by.
    rehearsed(tmp_path, "hf")
    assert contents(tmp_path / "state") == before


def test_the_rows_are_those_of_the_dataset_and_the_same_again(tmp_path: Path) -> None:
    out = rehearsed(tmp_path, "falls")
    tables = sorted((out / "rows").iterdir())
    assert [each.stem for each in tables] == [f"synthetic-{n:02}" for n in range(1, 13)]
    assert tables[0].read_text("utf-8").startswith("ward,month,eligible,falls,bed_days\n")
    first = [each.read_bytes() for each in tables]
    os.replace(out, tmp_path / "first")
    again = sorted((rehearsed(tmp_path, "falls") / "rows").iterdir())
    assert [each.read_bytes() for each in again] == first


def test_the_folder_is_new_and_for_its_owner_alone(tmp_path: Path) -> None:
    out = rehearsed(tmp_path, "falls")
    assert stat.S_IMODE(out.stat().st_mode) == 0o700
    again = rehearse(tmp_path, "falls")
    assert (again.exit_code, "not overwritten" in again.output) == (2, True)


def test_criteria_that_no_made_up_row_meets_are_told_as_such(tmp_path: Path) -> None:
    text = (Path(engine.__file__).parents[1] / "catalogue" / "falls.yaml").read_text("utf-8")
    (tmp_path / "m.yaml").write_text(text.replace('"eligible"', '"bed_days > 90000"'), "utf-8")
    done = rehearse(tmp_path, tmp_path / "m.yaml")
    assert done.exit_code == 5
    assert "These rows are made up from the dataset" in done.output


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("falls", "--sites", "2"), 5),
        (("falls", "--analysis", "unheard-of"), 3),
        (("fals",), 3),
    ],
)
def test_a_rehearsal_that_fails_leaves_nothing(
    tmp_path: Path, arguments: tuple[str, ...], code: int
) -> None:
    assert rehearse(tmp_path, *arguments).exit_code == code
    assert list(tmp_path.iterdir()) == []
