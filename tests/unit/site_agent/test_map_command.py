"""``fedqi-site map``, and an agent whose source has a mapping."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fedqi.engine import find_measure
from site_agent.cli import main
from site_agent.config import load_config
from site_agent.sources import check_source, summarise_source
from tests.unit.engine.mapping.small import folder, mapping_file
from tests.unit.engine.mapping.stays import FHIR, OMOP, counted, fhir_stays, readmissions

ZONE = "America/New_York"


def fedqi_site(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments])


def configured(path: Path, source: str) -> Path:
    file = path / "agent.yaml"
    text = f"site: a\naggregator: localhost:7443\nstate_dir: state\ndata: {{default: {source}}}\n"
    file.write_text(text)
    return file


def test_check_of_a_ready_mapping() -> None:
    found = fedqi_site(
        "map", "check", "readmission-30-day", "--source", OMOP, "--mapping", "omop-5.4"
    )
    assert found.exit_code == 0
    assert f"readmission-30-day 1.0.0: mapping omop-5.4 fits {OMOP} (13 rows)" in found.stdout
    assert "to know: planned: note: OMOP has no field for it" in found.stdout


def test_check_of_what_does_not_fit() -> None:
    command = ("map", "check", "length-of-stay", "--source", FHIR, "--mapping", "fhir-r4")
    plain, data = fedqi_site(*command), fedqi_site(*command, "--json")
    assert (plain.exit_code, data.exit_code) == (4, 4)
    assert "must be mended: mapping fhir-r4: tables.encounter.columns.ended" in plain.stdout
    assert json.loads(data.stdout)["ok"] is False
    assert fedqi_site(*command, "--time-zone", ZONE).exit_code == 0


def test_what_is_suggested_can_be_checked(tmp_path: Path) -> None:
    lines = ["Case No,PatientID,Admission Date,DischargeDate,Age,Elective,Died,Transferred"]
    lines += [f"{n},{n % 4},2024-01-01,2024-01-0{2 + n % 7},70,J,N,0" for n in range(12)]
    data = tmp_path / "ADT.csv"
    data.write_text("\n".join(lines) + "\n")
    proposal = tmp_path / "own.yaml"
    command = ("map", "suggest", "readmission-30-day", "--source", data, "--out", proposal)
    assert fedqi_site(*command).exit_code == 0
    assert "exists already" in fedqi_site(*command).stderr
    found = fedqi_site(
        "map", "check", "readmission-30-day", "--source", data, "--mapping", proposal
    )
    assert found.exit_code == 0, found.output


@pytest.mark.parametrize(("place", "name"), [(OMOP, "omop-5.4"), (FHIR, "fhir-r4")])
def test_tables_that_are_known_get_the_ready_mapping(place: Path, name: str) -> None:
    found = fedqi_site("map", "suggest", "length-of-stay", "--source", place)
    assert f"the mapping '{name}', which comes with FedQI" in found.stdout
    assert f"id: {name}" in found.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--source", "/nowhere", "--mapping", "omop-5.4"), 2, "no such file or folder"),
        (("--source", OMOP), 2, "no mapping of tables: name one with --mapping"),
        (("--source", OMOP, "--table", "t"), 2, "only a database has tables"),
        (("--source", OMOP, "--mapping", "omop"), 3, "did you mean omop-5.4"),
        (("--source", "postgresql://a:b@h/d", "--mapping", "omop-5.4"), 2, "has a password in it"),
    ],
)
def test_what_cannot_be_checked(arguments: tuple[object, ...], code: int, words: str) -> None:
    found = fedqi_site("map", "check", "length-of-stay", *arguments)
    assert (found.exit_code, words in found.stderr) == (code, True)


def test_documents_without_a_ready_mapping(tmp_path: Path) -> None:
    (tmp_path / "Claim.ndjson").write_text('{"id": "1"}\n')
    found = fedqi_site("map", "suggest", "length-of-stay", "--source", tmp_path)
    assert (found.exit_code, "Claim: documents have no columns" in found.stderr) == (2, True)


def test_the_agent_reads_its_source_through_a_mapping(tmp_path: Path) -> None:
    source = f"{{path: {FHIR}, mapping: fhir-r4, time_zone: {ZONE}}}"
    file = configured(tmp_path, source)
    given = load_config(file).source("any")
    measure = find_measure("readmission-30-day")
    assert check_source(measure, given).ok
    expected = readmissions(fhir_stays(FHIR, ZONE))
    assert counted(summarise_source(measure, given)) == expected
    found = fedqi_site("--config", file, "map", "check", "readmission-30-day")
    assert found.exit_code == 0


def test_a_mapping_file_is_found_beside_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    folder(tmp_path / "tables")
    mapping_file(tmp_path / "own.yaml")
    given = load_config(configured(tmp_path, "{path: tables, mapping: own.yaml}")).source("any")
    assert check_source(find_measure("length-of-stay"), given).rows == 3


def test_a_folder_without_a_mapping_is_no_table(tmp_path: Path) -> None:
    given = load_config(configured(tmp_path, f"{{path: {OMOP}}}")).source("any")
    with pytest.raises(Exception, match="no such file; expected the table"):
        check_source(find_measure("length-of-stay"), given)
