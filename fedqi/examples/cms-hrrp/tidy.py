"""Make hrrp_fy2024.csv.gz from the file as CMS published it: python tidy.py [TARGET]."""

import csv
import gzip
import io
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

HERE = Path(__file__).parent
ORIGINAL = HERE / "original" / "cms_hrrp_fy2024.csv.gz"
TIDY = HERE / "hrrp_fy2024.csv.gz"
NAMES = {
    "facility_id": "Facility ID",
    "facility_name": "Facility Name",
    "state": "State",
    "measure": "Measure Name",
    "discharges": "Number of Discharges",
    "readmissions": "Number of Readmissions",
    "expected_rate": "Expected Readmission Rate",
    "predicted_rate": "Predicted Readmission Rate",
}
RATES = ("expected_rate", "predicted_rate")
COUNTS = ("discharges", "readmissions")


def tidy_rows() -> Iterator[dict[str, str]]:
    """Yield the rows with counts, rates as proportions."""
    with gzip.open(ORIGINAL, "rt", encoding="utf-8", newline="") as lines:
        for published in csv.DictReader(lines):
            row = {name: published[theirs] for name, theirs in NAMES.items()}
            if all(row[name].isdigit() and int(row[name]) > 0 for name in COUNTS):
                rates = {name: str(Decimal(row[name]).scaleb(-2)) for name in RATES}
                yield {**row, **rates}


def tidy_text() -> str:
    """Return the tidy table, in the order of hospitals and measures."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(NAMES), lineterminator="\n")
    writer.writeheader()
    writer.writerows(sorted(tidy_rows(), key=lambda row: (row["facility_id"], row["measure"])))
    return text.getvalue()


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else TIDY
    # No time stamp: the same input gives the same file.
    target.write_bytes(gzip.compress(tidy_text().encode(), compresslevel=9, mtime=0))
