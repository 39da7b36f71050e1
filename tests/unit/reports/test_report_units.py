"""A hospital with several wards: the page speaks of one by name and has a table of them all."""

import csv
import json
from pathlib import Path

import pytest

import fedqi
from fedqi.errors import PolicyError
from fedqi.measures import Measure, parse_measure

SITES = tuple(f"h{number:02}" for number in range(7))
WARDS = {"east": 90, "north": 240, "west": 60}


def definition(name: str, **dataset: str) -> Measure:
    columns = {"ward": {"type": "string"}, "fell": {"type": "boolean"}}
    return parse_measure(
        {
            "fedqi": 1,
            "id": name,
            "version": "1.0.0",
            "title": f"Fell ({name})",
            "direction": "lower",
            "scoring": "proportion",
            "dataset": {"columns": columns, **dataset},
            "numerator": "fell" if dataset else "NOT fell",
        }
    )


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> fedqi.Run:
    """Hospitals with three wards each, but one with the ward ``north`` alone."""
    folder, tables = tmp_path_factory.mktemp("wards"), {}
    for place, site in enumerate(SITES):
        wards = {"north": 240} if place == 6 else WARDS
        rows = [
            f"{ward},{'yes' if each % (7 + place) == 0 else 'no'}\n"
            for ward, size in wards.items()
            for each in range(size)
        ]
        tables[site] = folder / f"{site}.csv"
        tables[site].write_text("ward,fell\n" + "".join(rows))
    return fedqi.benchmark([definition("by-ward", provider="ward"), definition("whole")], tables)


def page(run: fedqi.Run, folder: Path, site: str = "h00", provider: str | None = None) -> str:
    return run.site(site).report(folder / "page.html", provider=provider).read_text("utf-8")


def test_the_largest_is_shown_and_said_to_be(run: fedqi.Run, tmp_path: Path) -> None:
    shown = page(run, tmp_path)
    assert "Fell (by-ward): this page speaks of north, one of 3 that are compared at your" in shown
    assert "Fell (whole): this page" not in shown
    assert all(f'<tr><th scope="row">{ward}</th>' in shown for ward in WARDS)
    document = json.loads((tmp_path / "page.json").read_text("utf-8"))
    wards, whole = document["measures"]
    assert (wards["provider"], wards["denominator"], len(wards["units"])) == ("north", 240, 3)
    assert (whole.get("provider"), whole["denominator"]) == (None, 390)


def test_another_can_be_named(run: fedqi.Run, tmp_path: Path) -> None:
    assert "speaks of west, one of 3" in page(run, tmp_path, provider="west")
    with pytest.raises(PolicyError, match=r"called 'south' .* there are: east, h00, north, west"):
        page(run, tmp_path, provider="south")


def test_the_csv_has_every_ward(run: fedqi.Run, tmp_path: Path) -> None:
    page(run, tmp_path)
    with (tmp_path / "page.csv").open(encoding="utf-8", newline="") as file:
        rows = [*csv.DictReader(file)]
    sizes = {
        row["provider"]: int(row["value"])
        for row in rows
        if (row["measure"], row["period"], row["figure"]) == ("by-ward", "all", "denominator")
    }
    assert sizes == WARDS


def test_a_single_ward_is_named_without_a_table(run: fedqi.Run, tmp_path: Path) -> None:
    shown = page(run, tmp_path, site="h06")
    assert "this page speaks of north, and calls it your hospital." in shown
    assert "Compared at your hospital" not in shown
