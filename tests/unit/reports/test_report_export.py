import csv
import json
from dataclasses import replace
from io import StringIO
from pathlib import Path

from fedqi.reports import report_files
from fedqi.reports.data import ReportData
from fedqi.reports.export import COLUMNS, report_csv, report_json
from tests.unit.reports.reported import FAILED, hierarchical, measure, monthly, report


def rows(data: ReportData) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(report_csv(data))))


def cell(data: ReportData, analysis: str, figure: str) -> dict[str, str]:
    found = [r for r in rows(data) if (r["analysis"], r["figure"]) == (analysis, figure)]
    assert len(found) == 1
    return found[0]


def test_json_holds_everything_unrounded() -> None:
    read = json.loads(report_json(report(hierarchical())))
    assert read["schema_version"] == 1
    own = read["measures"][0]
    assert own["rate"] == 182 / 638
    assert own["shrinkage"]["probability_worse"] == 0.993
    assert "reason" not in own


def test_csv_has_one_row_a_figure() -> None:
    data = report(hierarchical())
    assert tuple(rows(data)[0]) == COLUMNS
    assert float(cell(data, "", "rate")["value"]) == 182 / 638
    ratio = cell(data, "hierarchical", "ratio")
    assert (ratio["value"], ratio["lower"], ratio["upper"]) == ("1.2", "1.04", "1.37")
    assert cell(data, "hierarchical", "probability of being worse")["value"] == "0.993"
    assert cell(data, "hierarchical", "log odds: age")["value"] == "1.0"
    assert all(row["value"] for row in rows(data))


def test_csv_holds_the_periods_and_what_failed() -> None:
    data = report(measure(series=monthly([0.2, 0.22]), readings=(FAILED,)))
    months = [row for row in rows(data) if row["period"] == "2016-02"]
    assert {row["figure"]: row["value"] for row in months} == {
        "observed": "44",
        "size (proportion)": "200",
        "comparator": "0.2",
    }
    assert "too alike" in cell(data, "hierarchical", "failed")["value"]


def test_no_cell_is_a_formula() -> None:
    data = report(replace(measure(), measure="=1+1", version="@x"), site="-2")
    first = rows(data)[0]
    assert (first["site"], first["measure"], first["version"]) == ("'-2", "'=1+1", "'@x")


def test_the_files_stand_beside_each_other() -> None:
    files = report_files(report(), Path("out") / "h1.html")
    assert [path.name for path in files] == ["h1.html", "h1.json", "h1.csv"]
