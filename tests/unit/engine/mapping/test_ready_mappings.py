"""The mappings that come with the library, on the samples that come with it."""

import pytest

from fedqi.engine import catalogue, check
from fedqi.engine.mapping_files import find_mapping, mapping_names
from fedqi.errors import ConfigurationError, DefinitionError
from tests.unit.engine.mapping.stays import (
    FHIR,
    OMOP,
    counts_of,
    fhir_stays,
    omop_stays,
    plain_counts,
)

ZONES = ("America/New_York", "Asia/Tokyo", "UTC")


def test_both_are_there() -> None:
    assert mapping_names() == ("fhir-r4", "omop-5.4")


def test_stays_of_omop() -> None:
    found = counts_of(OMOP, find_mapping("omop-5.4"))
    assert found == plain_counts(omop_stays(OMOP)) == ((1, 13), (16, 13))


@pytest.mark.parametrize("zone", ZONES)
def test_stays_of_fhir_in_the_hospitals_own_days(zone: str) -> None:
    assert counts_of(FHIR, find_mapping("fhir-r4", zone)) == plain_counts(fhir_stays(FHIR, zone))


def test_the_zone_moves_stays_to_other_days() -> None:
    stays = [{(s.key, s.came, s.went) for s in fhir_stays(FHIR, zone)} for zone in ZONES]
    assert stays[0] != stays[1] != stays[2]


def test_fhir_without_a_zone_is_refused() -> None:
    with pytest.raises(
        ConfigurationError, match=r"tables\.encounter\.columns\.ended: .* time_zone"
    ):
        counts_of(FHIR, find_mapping("fhir-r4"))


@pytest.mark.parametrize("name", ["omop-5.4", "fhir-r4"])
def test_measures_of_single_stays_fit(name: str) -> None:
    folder = OMOP if name == "omop-5.4" else FHIR
    mapping = find_mapping(name, "America/New_York")
    fits = {"length-of-stay", "prolonged-stay", "readmission-30-day", "in-hospital-mortality"}
    for measure in (each for each in catalogue().values() if each.id in fits):
        report = check(measure, folder, mapping=mapping)
        assert (report.findings, report.counted) == ((), report.rows)


def test_a_measure_of_another_grain_is_refused_by_name() -> None:
    with pytest.raises(DefinitionError, match="one row per 'arrival', and no dataset of the map"):
        check(catalogue()["door-to-balloon"], OMOP, mapping=find_mapping("omop-5.4"))


def test_a_name_that_is_none() -> None:
    with pytest.raises(
        DefinitionError, match=r"no mapping that comes with FedQI: did you mean omop"
    ):
        find_mapping("omop-5.3")
