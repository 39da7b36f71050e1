import json
from pathlib import Path

import pytest
from click.testing import Result

from tests.unit.commands.files import SITES, counted, fedqi, table


def run(folder: Path, *more: object, sites: tuple[str, ...] = SITES) -> Result:
    data = ("--data", table(folder, sites), "--site-column", "hospital")
    return fedqi("benchmark", counted(folder), *data, *more)


def test_results_and_reports_are_where_the_command_says(tmp_path: Path) -> None:
    out, pages = tmp_path / "new/all.json", tmp_path / "pages"
    done = run(tmp_path, "--json", out, "--report", pages)
    assert done.exit_code == 0
    assert "m, all: 75 of 600 (12.50 %) at 6 sites" in done.output
    assert f"6 reports are in {pages}" in done.output
    assert len(json.loads(out.read_text("utf-8"))["positions"]) == 6
    for suffix in ("html", "json", "csv"):
        assert sorted(page.stem for page in pages.glob(f"*.{suffix}")) == list(SITES)


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        (["--period", "2018-04"], 2, "no site has figures in period '2018-04'"),
        (["--drop", "h99"], 2, "dropped site 'h99' is none of the 6 sites"),
        (["--analysis", "crude", "--analysis", "crude"], 2, "each once"),
        (["--analysis", "curde"], 3, "no analysis is called 'curde'"),
        (["--json", "."], 2, "is a directory"),
        (["--report", __file__], 2, "is a file"),
        (["--json", f"{__file__}/x.json"], 2, "ConfigurationError: "),
        (["--report", f"{__file__}/pages"], 2, "ConfigurationError: "),
    ],
)
def test_options_that_cannot_be(tmp_path: Path, options: list[str], code: int, told: str) -> None:
    failed = run(tmp_path, *options)
    assert failed.exit_code == code
    assert told in failed.output


@pytest.mark.parametrize("name", ["a b", "../x", "Köln", " ", "O'Brien", "x" * 65])
def test_names_of_sites_are_refused_without_being_shown(tmp_path: Path, name: str) -> None:
    failed = run(tmp_path, sites=(*SITES, name))
    assert failed.exit_code == 4
    assert "1 of 7 sites have names that cannot be used" in failed.output
    assert not name.strip() or name not in failed.output


def test_too_few_sites_and_nothing_written(tmp_path: Path) -> None:
    failed = run(tmp_path, "--json", tmp_path / "all.json", sites=SITES[:2])
    assert failed.exit_code == 5
    assert "2 sites found" in failed.output
    assert not (tmp_path / "all.json").exists()


def test_a_table_without_rows_is_a_fault_of_the_data(tmp_path: Path) -> None:
    failed = run(tmp_path, sites=())
    assert failed.exit_code == 4
    assert "no rows below the header" in failed.output


def test_nobody_in_the_denominator_is_told_as_that(tmp_path: Path) -> None:
    measure = counted(tmp_path, initial_population="n > 1000")
    failed = fedqi("benchmark", measure, "--data", table(tmp_path), "--site-column", "hospital")
    assert failed.exit_code == 5
    assert "found at none of 6 sites, 4 are needed" in failed.output


def test_two_measures_of_the_same_events_are_not_run_together(tmp_path: Path) -> None:
    other = counted(tmp_path, "other.yaml", id="other", lineage="m")
    failed = run(tmp_path, other)
    assert failed.exit_code == 5
    assert "m 1.0.0 and other 1.0.0 count the same events" in failed.output
    assert "each needs a run of its own" in failed.output
    assert "measure m is named twice" in run(tmp_path, tmp_path / "m.yaml").output


def test_a_period_that_is_not_over_is_refused_with_the_day(tmp_path: Path) -> None:
    columns = {"n": {"type": "integer"}, "r": {"type": "integer"}, "d": {"type": "date"}}
    time = {"anchor": "d", "grain": "year", "follow_up": "30 days"}
    measure = counted(tmp_path, dataset={"columns": columns, "time": time})
    rows = [f"{site},100,10,{year}-05-01" for site in SITES for year in (2019, 2199)]
    data = tmp_path / "years.csv"
    data.write_text("\n".join(["hospital,n,r,d", *rows]) + "\n", encoding="utf-8")
    options = ("benchmark", measure, "--data", data, "--site-column", "hospital")
    failed = fedqi(*options)
    assert failed.exit_code == 5
    assert "period 2199 may be summed from 2200-01-31 on" in failed.output
    assert fedqi(*options, "--period", "2019").exit_code == 0
