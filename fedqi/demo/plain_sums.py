"""The plain sums straight from the published file, by nothing but the csv module.

Deliberately not the engine: a check that used the same code would share its mistakes.
"""

from collections.abc import Callable, Collection

from fedqi.demo.examples import Example, Row

Counts = Callable[[Row], tuple[int, int]]

MEASURES = {
    "hf-readmission": "READM-30-HF-HRRP",
    "pneumonia-readmission": "READM-30-PN-HRRP",
    "copd-readmission": "READM-30-COPD-HRRP",
    "ami-readmission": "READM-30-AMI-HRRP",
}
"""Measure id to what the CMS file calls it."""


def plain_sums(
    example: Example, measure: str, period: str, sites: Collection[str]
) -> tuple[int, int]:
    """Return numerator and denominator of a measure over some hospitals.

    Parameters
    ----------
    example
        The collaborative.
    measure, period
        Which total; "all" for every period.
    sites
        The cohort.
    """
    observed = denominator = 0
    for row in example.rows():
        if row[example.site_column] in sites and counts_for(row, measure, period):
            events, patients = counts_of(row)
            observed, denominator = observed + events, denominator + patients
    return observed, denominator


def counts_for(row: Row, measure: str, period: str) -> bool:
    """Whether a row belongs to a total."""
    if "discharges" in row:
        return row["measure"] == MEASURES[measure]
    return period in ("all", row["period"][:7])


def counts_of(row: Row) -> tuple[int, int]:
    """Return events and patients of a row."""
    if "discharges" in row:
        return int(row["readmissions"]), int(row["discharges"])
    return int(row["breaches"]), int(row["attendances"])
