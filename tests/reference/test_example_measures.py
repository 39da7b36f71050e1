"""The shipped examples on the published data, beside sums taken without the engine."""

import csv
import gzip
import runpy
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from fedqi.engine import check, load_measure, split, summarise
from fedqi.measures import Cell

EXAMPLES = Path(str(files("fedqi"))) / "examples"
CMS, AE = EXAMPLES / "cms-hrrp", EXAMPLES / "nhs-ae"
CONDITIONS = {"hf": ("HF", 2305, 72), "pneumonia": ("PN", 2213, 69)} | {
    "copd": ("COPD", 1513, 53),
    "ami": ("AMI", 1180, 41),
}


def cms_rows() -> Iterator[dict[str, str]]:
    with gzip.open(CMS / "hrrp_fy2024.csv.gz", "rt", encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


@pytest.mark.parametrize("name", CONDITIONS)
def test_every_hospital_of_the_country(name: str) -> None:
    code, hospitals, _ = CONDITIONS[name]
    measure = load_measure(CMS / f"{name}-readmission.yaml")
    sources = split(CMS / "hrrp_fy2024.csv.gz", by="facility_id")
    found = {site: summarise(measure, source).cells for site, source in sources.items()}
    cells = {site: series[""]["all"] for site, series in found.items() if series}
    assert len(cells) == hospitals
    rows = [row for row in cms_rows() if row["measure"] == f"READM-30-{code}-HRRP"]
    assert {site: (cell.observed, cell.denominator) for site, cell in cells.items()} == {
        row["facility_id"]: (int(row["readmissions"]), int(row["discharges"])) for row in rows
    }
    expected = {r["facility_id"]: float(r["expected_rate"]) * int(r["discharges"]) for r in rows}
    assert {site: cell.expected for site, cell in cells.items()} == pytest.approx(expected)


def test_michigan() -> None:
    having: dict[str, set[str]] = {}
    for row in cms_rows():
        if row["state"] == "MI":
            having.setdefault(row["measure"].split("-")[2], set()).add(row["facility_id"])
    for code, _, hospitals in CONDITIONS.values():
        assert len(having[code]) == hospitals >= 24
    assert len(set.intersection(*(having[code] for code, _, _ in CONDITIONS.values()))) == 41


def test_the_tidy_file_is_what_its_script_makes() -> None:
    made = runpy.run_path(str(CMS / "tidy.py"))["tidy_text"]()
    with gzip.open(CMS / "hrrp_fy2024.csv.gz", "rt", encoding="utf-8", newline="") as shipped:
        assert shipped.read() == made


def test_all_major_emergency_departments() -> None:
    measure = load_measure(AE / "ae-four-hour-breach.yaml")
    sources = split(AE / "nhs_ae_attendances.csv", by="org_code")
    assert len(sources) == 274
    assert all(check(measure, source).ok for source in sources.values())
    summaries = {site: summarise(measure, source) for site, source in sources.items()}
    trusts = {site: summary for site, summary in summaries.items() if summary.cells}
    totals = [summary.provider_totals()[""] for summary in trusts.values()]
    assert len(trusts) == 140
    assert sum(cell.denominator for cell in totals) == 46_315_223
    assert len({period for summary in trusts.values() for period in summary.periods}) == 36


def test_one_trust_in_one_month() -> None:
    measure = load_measure(AE / "ae-four-hour-breach.yaml")
    summary = summarise(measure, AE / "nhs_ae_attendances.csv", site_filter=("org_code", "RF4"))
    assert summary.cells[""]["2017-03"] == Cell(2879, 21289)


def test_single_stays(tmp_path: Path) -> None:
    measure = load_measure(EXAMPLES / "stays" / "readmission-stays.yaml")
    stay = "{},p,2016-05-01,{},{},{},{},{}"
    rows = [
        stay.format(1, 70, "I50.9", "no", "2016-05-31", "no"),
        stay.format(2, 70, "I50.9", "no", "2016-06-01", "no"),
        stay.format(3, 70, "I50.9", "no", "2016-05-02", "yes"),
        stay.format(4, 70, "I50.9", "yes", "", ""),
        stay.format(5, 17, "I50.9", "no", "", ""),
        stay.format(6, 70, "J18.9", "no", "", ""),
        stay.format(7, 70, "I11.0", "no", "", ""),
    ]
    table = tmp_path / "stays.csv"
    table.write_text("\n".join([",".join(measure.dataset.columns), *rows]))
    assert summarise(measure, table).cells == {"": {"2016-Q2": Cell(1, 4)}}
