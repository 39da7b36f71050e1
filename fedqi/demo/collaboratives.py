"""The collaboratives that the demonstration knows."""

from fedqi.demo.examples import Example, Row
from fedqi.errors import ConfigurationError


def _michigan(row: Row) -> bool:
    return row["state"] == "MI"


def _type_1(row: Row) -> bool:
    return row["type"] == "1"


EXAMPLES: dict[str, Example] = {
    "cms-hrrp": Example(
        name="cms-hrrp",
        title="Michigan readmissions collaborative (demonstration on public CMS data)",
        folder="cms-hrrp",
        data="hrrp_fy2024.csv.gz",
        measures=(
            "hf-readmission.yaml",
            "pneumonia-readmission.yaml",
            "copd-readmission.yaml",
            "ami-readmission.yaml",
        ),
        site_column="facility_id",
        name_column="facility_name",
        keep=_michigan,
        story_measure="hf-readmission",
        attribution=(
            "Data: Centers for Medicare & Medicaid Services, Hospital Readmissions Reduction "
            "Program, fiscal year 2024 (public domain)."
        ),
    ),
    "nhs-ae": Example(
        name="nhs-ae",
        title="NHS four-hour collaborative (demonstration on public NHS England data)",
        folder="nhs-ae",
        data="nhs_ae_attendances.csv",
        measures=("ae-four-hour-breach.yaml",),
        site_column="org_code",
        name_column="org_code",
        keep=_type_1,
        story_measure="ae-four-hour-breach",
        periods="2016-04..2019-03",
        attribution=(
            "Contains public sector information licensed under the Open Government Licence v3.0."
        ),
    ),
}


def example_named(name: str) -> Example:
    """Return an example.

    Raises
    ------
    ConfigurationError
        If there is none of this name.
    """
    if name not in EXAMPLES:
        known = ", ".join(sorted(EXAMPLES))
        raise ConfigurationError(f"no example is called {name!r}; there are: {known}")
    return EXAMPLES[name]
