"""Hundreds of hospitals of the heart-failure data in one masked job, beside the plain sums.

All 2,305 of them are `python -m benchmarks.hospitals`: more than ten minutes of one processor.
"""

import csv
import gzip

import pytest

from benchmarks.hospitals import FOLDER, measured


@pytest.mark.parametrize("most", [210, pytest.param(500, marks=pytest.mark.slow)])
def test_hospitals_of_the_country_in_one_masked_job(most: int) -> None:
    run, cost = measured(most)
    assert cost["sites"] == most
    with gzip.open(FOLDER / "hrrp_fy2024.csv.gz", "rt", encoding="utf-8", newline="") as lines:
        rows = [
            row
            for row in csv.DictReader(lines)
            if row["measure"] == "READM-30-HF-HRRP" and row["facility_id"] in set(run.cohort)
        ]
    (result,) = run.result.to_dict()["results"]
    assert result["observed"] == sum(int(row["readmissions"]) for row in rows)
    assert result["denominator"] == sum(int(row["discharges"]) for row in rows)
