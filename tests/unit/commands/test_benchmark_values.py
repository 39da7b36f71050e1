"""The example measures of a value and of a survey, from a file to JSON."""

import json
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from tests.unit.commands.files import fedqi

EXAMPLES = Path(str(files("fedqi"))) / "examples"
SITES = 20


def benchmark(measure: Path, header: str, rows: list[str], folder: Path) -> dict[str, Any]:
    table, out = folder / "rows.csv", folder / "out.json"
    table.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    told = fedqi(
        *("benchmark", measure, "--data", table, "--site-column", "hospital", "--seed", 1),
        *("--json", out),
    )
    assert told.exit_code == 0, told.output
    assert "values in" in told.output
    found: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return found


def test_length_of_stay(tmp_path: Path) -> None:
    rows = []
    for k in range(SITES * 30):
        left = date(2024, 1 + 3 * (k // SITES % 2), 10)
        came = left - timedelta(days=1 + (k * k) % 17 + k % SITES // 8)
        rows.append(f"h{k % SITES:02},{k},p{k},{came},{left},70,I50.9,no")
    header = "hospital,stay_id,patient_id,admitted_on,discharged_on,age,diagnosis,died"
    found = benchmark(EXAMPLES / "stays" / "length-of-stay.yaml", header, rows, tmp_path)
    days = [1 + (k * k) % 17 + k % SITES // 8 for k in range(SITES * 30)]
    periods = {each["period"]: each["analyses"]["crude"] for each in found["results"]}
    assert set(periods) == {"2024-Q1", "2024-Q2", "all"}
    first = [each for k, each in enumerate(days) if not k // SITES % 2]
    assert periods["2024-Q1"]["mean"] == pytest.approx(sum(first) / len(first), rel=1e-12)
    assert periods["all"]["mean"] == pytest.approx(sum(days) / len(days), rel=1e-12)
    assert periods["all"]["quantiles"]["0.5"]["lower"] < sorted(days)[len(days) // 2]
    assert periods["all"]["persistence"]["flagged"] >= 0
    assert set(found["positions"]) == {f"h{site:02}" for site in range(SITES)}


def test_experience(tmp_path: Path) -> None:
    rows = [
        f"h{k % SITES:02},{k},2024-02-01,{1 + k // 7 % 5},{1 + k // 5 % 5},,{1 + k // 3 % 5},"
        for k in range(SITES * 30)
    ]
    header = (
        "hospital,questionnaire,sent_on,treated_kindly,listened_to,pain_relieved,told_what_next,"
        "felt_in_the_way"
    )
    measure = EXAMPLES / "experience" / "inpatient-experience.yaml"
    crude = benchmark(measure, header, rows, tmp_path)["results"][-1]["analyses"]["crude"]
    assert set(crude["items"]) == {"treated_kindly", "listened_to", "told_what_next"}
    assert crude["completeness"]["share"] == 1
