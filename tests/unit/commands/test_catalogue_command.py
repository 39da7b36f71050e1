"""Every measure of the catalogue through the commands, on generated hospitals."""

import csv
import json
import random
from pathlib import Path

import pytest

from fedqi.engine import catalogue
from tests.unit.catalogue_cases import CASES, CHAINS, Cells
from tests.unit.commands.files import SITES, fedqi

ROWS = 40
MEASURES = catalogue()


def drawn(name: str, random_rows: random.Random, index: int) -> Cells:
    """Return one row, made of the cases; of stays that follow one another, both."""
    if name in CHAINS:
        rows = random_rows.choice(CHAINS[name])[0]
        row = dict(rows[index % len(rows)])
        return row | {"stay_id": str(index), "patient_id": f"p{index // 2}"}
    base, cases = CASES[name]
    row = base | random_rows.choice(cases)[0]
    return row | {key: str(index) for key in MEASURES[name].dataset.key or () if key != "month"}


def hospitals(name: str, folder: Path) -> Path:
    """Write one table of six hospitals, in which every one has patients of every kind."""
    chance = random.Random(name)
    rows = [{"site": site, **drawn(name, chance, index)} for site in SITES for index in range(ROWS)]
    path = folder / "rows.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.mark.parametrize("name", [*MEASURES])
def test_a_measure_by_name_runs_masked_on_generated_hospitals(tmp_path: Path, name: str) -> None:
    out = tmp_path / "all.json"
    options = ("--data", hospitals(name, tmp_path), "--site-column", "site", "--json", out)
    done = fedqi("benchmark", name, *options)
    assert done.exit_code == 0, done.output
    result = json.loads(out.read_text("utf-8"))["results"][-1]
    assert result["sites"] == len(SITES)
    assert 0 < result["observed"] < result["denominator"]


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
