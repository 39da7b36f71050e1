"""Every measure of the catalogue through the commands, on generated hospitals."""

import csv
import json
from pathlib import Path

import pytest

from fedqi.engine import catalogue
from fedqi.measures import Measure
from fedqi.synthetic import synthetic_rows
from tests.unit.commands.files import fedqi

MEASURES = catalogue()
HOSPITALS, ROWS = 16, 480


def table(folder: Path, measure: Measure) -> Path:
    path = folder / "rows.csv"
    sites = [f"h{number:02}" for number in range(HOSPITALS)]
    made = synthetic_rows(measure, sites, ROWS, seed=1)
    rows = [{"hospital": site} | row for site, own in made.items() for row in own]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.mark.parametrize("name", [*MEASURES])
def test_a_measure_by_name_runs_masked_on_generated_hospitals(tmp_path: Path, name: str) -> None:
    out = tmp_path / "all.json"
    data = ("--data", table(tmp_path, MEASURES[name]), "--site-column", "hospital")
    done = fedqi("benchmark", name, *data, "--seed", 1, "--json", out)
    assert done.exit_code == 0, done.output
    run = json.loads(out.read_text("utf-8"))
    result = run["results"][-1]
    assert (result["measure"], result["period"]) == (name, "all")
    assert len(result["survivors"]) == HOSPITALS
    assert result["observed"] > 0
    assert result["denominator"] > 0
    own = [each for site in run["positions"].values() for each in site if each["period"] == "all"]
    assert len(own) == HOSPITALS
    assert {each["analyses"]["crude"]["band"] for each in own} - {"insufficient"}


def test_the_list_names_them_all() -> None:
    told = fedqi("measure", "list").output
    assert "falls: Falls of inpatients, per bed day (rate)" in told
    found = json.loads(fedqi("measure", "list", "--json").output)
    assert {each["name"] for each in found} == set(MEASURES)
    assert all(len(each["digest"]) == 64 for each in found)


def test_names_are_checked_and_explained_like_files() -> None:
    done = fedqi("measure", "check", *MEASURES)
    assert done.exit_code == 0
    assert done.output.count(" is valid") == len(MEASURES)
    told = " ".join(fedqi("measure", "explain", "readmission-30-day-hf").output.split())
    assert "planned of the first later hospital stay of the same patient" in told
    failed = fedqi("measure", "explain", "fals")
    assert failed.exit_code == 3
    assert "did you mean falls?" in failed.output
