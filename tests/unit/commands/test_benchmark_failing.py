"""An analysis that cannot be done, beside one that can, over several periods."""

from pathlib import Path

import pytest

from tests.unit.commands.files import SITES, counted, fedqi

COLUMNS = {
    "day": {"type": "date"},
    "age": {"type": "integer", "min": 18, "max": 100},
    "died": {"type": "boolean"},
}


def options(folder: Path) -> tuple[object, ...]:
    measure = counted(
        folder,
        dataset={"columns": COLUMNS, "time": {"anchor": "day", "grain": "year"}},
        denominator=None,
        numerator="died",
        risk_model={"terms": [{"term": "age"}]},
    )
    rows = [
        f"{site},{year}-03-0{1 + n % 9},{40 + n % 50},{(n * n + year) % 5 == 0}"
        for site in SITES
        for year in (2023, 2024)
        for n in range(40)
    ]
    data = folder / "rows.csv"
    data.write_text("\n".join(["hospital,day,age,died", *rows]), encoding="utf-8")
    return "benchmark", measure, "--data", data, "--site-column", "hospital"


@pytest.mark.parametrize("besides", ["standardised", "crude"])
def test_all_periods_are_told_though_an_analysis_ends_early(tmp_path: Path, besides: str) -> None:
    done = fedqi(*options(tmp_path), "--analysis", "hierarchical", "--analysis", besides)
    assert done.exit_code == 3
    lines = done.output.splitlines()
    assert lines[0].startswith("m, all: ")
    assert any(line.startswith("  hierarchical failed: ") for line in lines)
    assert any(line.startswith(f"  {besides}: ") for line in lines)
    assert "  and 2 single periods" in lines
    assert "ConvergenceError: hierarchical found nothing; the reason stands above" in lines


def test_what_was_found_by_every_analysis_ends_well(tmp_path: Path) -> None:
    done = fedqi(*options(tmp_path), "--analysis", "standardised")
    assert done.exit_code == 0
    assert done.output.startswith("m, all: ")
