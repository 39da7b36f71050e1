"""The same rows give the same counts: mapped by DuckDB, as CSV, and mapped in PostgreSQL."""

import csv
import json
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from fedqi.engine import Database, check, find_measure, summarise
from fedqi.engine.mapped import MappedTables
from fedqi.engine.mapping_files import find_mapping
from fedqi.engine.opening import open_table
from fedqi.errors import DataQualityError
from fedqi.mapping import DataMapping, parse_mapping
from tests.unit.engine.mapping.generated import generated, write
from tests.unit.engine.mapping.stays import (
    FHIR,
    OMOP,
    counts_of,
    documents,
    fhir_stays,
    omop_stays,
    plain_counts,
)
from tests.unit.engine.postgres.server import Server

ZONE = "Europe/Amsterdam"
DATED = {"date": "date", "time": "timestamp"}
NUMBERS = ("_id", "_of_birth")


def kind_of(column: str) -> str:
    """Return the type that OMOP's own definition gives a column."""
    if column.endswith(NUMBERS):
        return "integer"
    return DATED.get(column[-4:], "varchar(50)")


def in_database(server: Server, folder: Path, schema: str) -> Database:
    """Write every CSV file of a folder as a table of OMOP, names in small letters."""
    server.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
    for path in folder.glob("*.csv"):
        header, *rows = csv.reader(path.read_text("utf-8").splitlines())
        columns = {name: kind_of(name) for name in header}
        server.table(path.stem.lower(), columns, ([c or None for c in row] for row in rows))
    return moved(server, schema, [path.stem.lower() for path in folder.glob("*.csv")])


def moved(server: Server, schema: str, tables: Iterable[str]) -> Database:
    server.execute(f"CREATE SCHEMA {schema}")
    server.execute(f"GRANT USAGE ON SCHEMA {schema} TO reader")
    for name in tables:
        server.execute(f"ALTER TABLE public.{name} SET SCHEMA {schema}")
    return server.database(f"{schema}.*")


def dataset_file(folder: Path, target: Path) -> Path:
    """Write what OMOP tables become under the mapping as CSV, in the shape of the dataset."""
    mapped = MappedTables(folder, find_mapping("omop-5.4")).of_measure(
        find_measure("readmission-30-day")
    )
    with open_table(mapped) as opened:
        columns = list(opened.columns)
        rows = opened.ask(f"SELECT {', '.join(columns)} FROM {opened.rows}")
    with target.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([columns, *rows])
    return target


@pytest.fixture(params=["sample", "generated"])
def omop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    yield OMOP if request.param == "sample" else generated(tmp_path)


def test_readmission_and_length_of_stay_three_ways(
    server: Server, omop: Path, tmp_path: Path
) -> None:
    mapping = find_mapping("omop-5.4")
    as_csv = dataset_file(omop, tmp_path / "stays.csv")
    kinds = {"admitted_on": "date", "discharged_on": "date", "age": "float8", "died": "boolean"}
    expected = plain_counts(omop_stays(omop))
    assert counts_of(omop, mapping) == expected
    assert counts_of(as_csv) == expected
    assert counts_of(server.copy_of(as_csv, "stays_of_omop", **kinds)) == expected
    assert counts_of(in_database(server, omop, "cdm"), mapping) == expected
    assert expected[0][0] > 0


def test_whole_summaries_are_equal(server: Server, tmp_path: Path) -> None:
    mapping, folder = find_mapping("omop-5.4"), generated(tmp_path)
    database = in_database(server, folder, "cdm")
    for name in ("readmission-30-day", "length-of-stay", "in-hospital-mortality"):
        measure = find_measure(name)
        of_files = summarise(measure, folder, mapping=mapping)
        assert summarise(measure, database, mapping=mapping) == of_files
        assert len(of_files.periods) >= 5


def test_fhir_documents_in_a_column(server: Server) -> None:
    for kind in ("jsonb", "json"):
        for name in ("Encounter", "Patient"):
            rows = ([json.dumps(each)] for each in documents(FHIR, name))
            server.table(name.lower(), {"resource": kind}, rows)
        server.execute("DROP SCHEMA IF EXISTS fhir CASCADE")
        database = moved(server, "fhir", ["encounter", "patient"])
        mapping = find_mapping("fhir-r4", ZONE)
        expected = plain_counts(fhir_stays(FHIR, ZONE))
        assert counts_of(database, mapping) == counts_of(FHIR, mapping) == expected


def test_a_table_that_may_not_be_seen(server: Server) -> None:
    in_database(server, OMOP, "cdm")
    server.execute("DROP TABLE cdm.death")
    with pytest.raises(DataQualityError, match=r"no table 'death': .*administrator must grant"):
        counts_of(server.database("cdm.*"), find_mapping("omop-5.4"))


def test_the_same_faults(server: Server, tmp_path: Path) -> None:
    measure, mapping = find_measure("readmission-30-day"), find_mapping("omop-5.4")
    folder = generated(tmp_path)
    people = (folder / "PERSON.csv").read_text().splitlines()
    (folder / "PERSON.csv").write_text("\n".join([*people, people[3]]) + "\n")
    visits = (folder / "VISIT_OCCURRENCE.csv").read_text()
    (folder / "VISIT_OCCURRENCE.csv").write_text(visits.replace("9201,2022-03", "9201,2022-33"))
    for path in folder.glob("*.csv"):
        server.copy_of(path, path.stem.lower())
    server.execute("DROP SCHEMA IF EXISTS faulty CASCADE")
    database = moved(server, "faulty", [path.stem.lower() for path in folder.glob("*.csv")])
    found = [check(measure, source, mapping=mapping).findings for source in (folder, database)]
    told = [[(f.problem, f.column, f.rows) for f in each] for each in found]
    assert told[0] == told[1]
    assert {column for _, column, _ in told[0]} >= {"visit_start_date", "person_id"}


TIMES = [
    "1989-10-04T02:25:16-04:00",
    "2024-03-31T00:30:00Z",
    "2024-03-31T23:30:00.123Z",
    "2024-10-27 00:59:59+00:00",
    "2024-02-29T12:00+14:00",
    "2023-02-29T12:00:00Z",
    "2024-01-31",
    "2024-02-30",
    "2024-13-01",
    "2024-01",
    "2024-01-01T10:00:00",
    " 2024-01-01T10:00:00Z ",
    "2024-01-01T24:00:00Z",
    "2024-01-01T10:00:00+25:00",
    "soon",
    "",
    "0000-01-01T10:00:00Z",
    "0999-01-01T10:00:00Z",
    "2024-01-01T10:00:60Z",
]


def of_times(**columns: dict[str, str]) -> DataMapping:
    dataset = {"from": "t", "columns": {name: name for name in columns}}
    return parse_mapping(
        {
            "fedqi_mapping": 1,
            "id": "times",
            "title": "Times",
            "time_zone": ZONE,
            "tables": {"t": {"columns": columns}},
            "datasets": {"row": dataset},
        }
    )


@pytest.mark.parametrize("zone", ["offset", "UTC", "America/New_York"])
@pytest.mark.parametrize("wanted", ["date", "datetime"])
def test_times_of_other_zones_read_alike(
    server: Server, tmp_path: Path, zone: str, wanted: str
) -> None:
    times = TIMES if zone == "offset" else [text.removesuffix("Z") for text in TIMES[:-3]]
    path = tmp_path / "t.csv"
    write(path, "nr,at", ((i, f'"{text}"') for i, text in enumerate(times)))
    mapping = of_times(nr={"type": "string"}, at={"type": wanted, "zone": zone})
    answers = []
    for place in (path, server.copy_of(path, "times")):
        with open_table(MappedTables(place, mapping)) as opened:
            faults = [(fault.column, fault.rows) for fault in opened.faults()]
            text = f'CAST("at" AS {opened.types["string"]})'
            answers.append((opened.ask(f"SELECT nr, {text} FROM {opened.rows} ORDER BY 1"), faults))
    assert answers[0] == answers[1]
    assert sum(value is not None for _, value in answers[0][0]) >= 4


def test_times_that_the_database_holds_with_a_zone(server: Server, tmp_path: Path) -> None:
    sql = "SELECT 1 AS nr, TIMESTAMPTZ '2024-03-31 23:30:00+00' AS at"
    duckdb.sql(f"COPY ({sql}) TO '{tmp_path}/t.parquet'")
    server.execute(f"DROP TABLE IF EXISTS instants; CREATE TABLE instants AS {sql}")
    mapping = of_times(at={"type": "date", "zone": "offset"})
    for place in (tmp_path / "t.parquet", server.database("instants")):
        with open_table(MappedTables(place, mapping)) as opened:
            assert opened.ask(f'SELECT "at" FROM {opened.rows}') == [(date(2024, 4, 1),)]
