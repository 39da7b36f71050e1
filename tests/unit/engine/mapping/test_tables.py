"""Tables of a folder under a mapping: what fits, and what is told of what does not."""

import gzip
from pathlib import Path

import duckdb
import pytest

from fedqi.engine import Finding, Problem, check, split, summarise
from fedqi.engine.mapped import MappedTables
from fedqi.engine.mapping_files import load_mapping
from fedqi.engine.opening import open_table
from fedqi.errors import ConfigurationError, DataQualityError, DefinitionError
from fedqi.mapping import DataMapping, parse_mapping
from tests.unit.engine.mapping.small import (
    PATIENTS,
    STAYS,
    folder,
    mapping,
    mapping_file,
    measure,
)
from tests.unit.engine.mapping.stays import counted
from tests.unit.mapping.documents import DATASET, changed

JOIN = (*DATASET, "joins", "patient")


def findings(path: Path, own: DataMapping) -> list[Finding]:
    found = check(measure(), path, mapping=own).findings
    return [finding for finding in found if finding.problem is Problem.MAPPING]


def words(path: Path, own: DataMapping | None = None) -> list[str]:
    return [str(finding) for finding in findings(path, own or mapping())]


def test_a_folder(tmp_path: Path) -> None:
    found = summarise(measure(), folder(tmp_path), mapping=mapping())
    assert counted(found) == (1, 3)


def test_parquet_and_compressed_files(tmp_path: Path) -> None:
    folder(tmp_path)
    source, target = tmp_path / "ADT_Stays.csv", tmp_path / "adt_stays.parquet"
    duckdb.sql(f"COPY (FROM read_csv('{source}', all_varchar=true)) TO '{target}'")
    source.unlink()
    (tmp_path / "patient.csv.gz").write_bytes(
        gzip.compress((tmp_path / "patient.csv").read_bytes())
    )
    (tmp_path / "patient.csv").unlink()
    assert counted(summarise(measure(), tmp_path, mapping=mapping())) == (1, 3)


def test_sites_of_a_mapped_column(tmp_path: Path) -> None:
    own = mapping("stay.ward", *DATASET, "columns", "ward")
    sites = split(folder(tmp_path), "ward", own)
    assert {s: counted(summarise(measure(), source)) for s, source in sites.items()} == {
        "x": (0, 2),
        "y": (1, 1),
    }


def test_a_column_for_the_site_that_no_dataset_has(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="no dataset has the column 'ward'"):
        split(folder(tmp_path), "ward", mapping())


def test_a_mapping_over_one_table_of_several_sites(tmp_path: Path) -> None:
    sites = split(folder(tmp_path) / "ADT_Stays.csv", "ward")
    found = {s: counted(summarise(measure(), own, mapping=one_table())) for s, own in sites.items()}
    assert found == {"x": (0, 2), "y": (1, 1)}


def one_table() -> DataMapping:
    """Return a mapping of the stays alone, with the ward as site."""
    body = mapping().model_dump(by_alias=True, exclude_unset=True)
    del body["tables"]["patient"]
    dataset = body["datasets"]["hospital stay"]
    del dataset["joins"]
    dataset["columns"]["age"] = {"expression": "70"}
    dataset["columns"]["ward"] = {"from": "ward"}
    return DataMapping.model_validate(body)


def test_one_table_needs_no_folder(tmp_path: Path) -> None:
    path = folder(tmp_path) / "ADT_Stays.csv"
    assert counted(summarise(measure(), path, mapping=one_table())) == (1, 3)
    relation = duckdb.sql(f"FROM read_csv('{path}', all_varchar=true)")
    assert counted(summarise(measure(), relation, mapping=one_table())) == (1, 3)
    with pytest.raises(DataQualityError, match="is one table, and mapping small needs 2"):
        summarise(measure(), path, mapping=mapping())


def test_a_table_that_is_not_there(tmp_path: Path) -> None:
    (folder(tmp_path) / "patient.csv").unlink()
    with pytest.raises(
        DataQualityError, match=r"no file of the table 'patient', expected patient.c"
    ):
        summarise(measure(), tmp_path, mapping=mapping())


def test_two_files_of_one_table(tmp_path: Path) -> None:
    (folder(tmp_path) / "patient.2.csv").write_text("id,birth,sex\n")
    with pytest.raises(DataQualityError, match="2 files of the table 'patient'"):
        summarise(measure(), tmp_path, mapping=mapping())


def test_only_what_a_measure_needs_must_be_there(tmp_path: Path) -> None:
    wanted = measure()
    own = mapping({"expression": "70"}, *DATASET, "columns", "age")
    (folder(tmp_path) / "patient.csv").unlink()
    assert counted(summarise(wanted, tmp_path, mapping=own)) == (1, 3)


def test_columns_that_are_not_there_are_all_named(tmp_path: Path) -> None:
    folder(tmp_path, ["case no,patient,come,went,kind", "1,a,2024-01-01,2024-01-02,E"])
    (tmp_path / "patient.csv").write_text("ID,birthday\na,1950-03-01\n")
    with pytest.raises(DataQualityError) as refused:
        summarise(measure(), tmp_path, mapping=mapping())
    assert "ADT_Stays.csv: column 'came' is missing (did you mean come?)" in str(refused.value)
    assert "patient.csv: column 'birth' is missing" in str(refused.value)


def test_cells_that_cannot_be_read_are_counted(tmp_path: Path) -> None:
    folder(tmp_path, [*STAYS, "5,b,01/02/2024,2024-02-02,E,x"], [*PATIENTS, "c,unknown,f"])
    (found,) = findings(tmp_path, mapping())
    assert (found.column, found.rows, found.blocking) == ("came", 1, True)
    assert found.words == (
        "ADT_Stays.csv: cannot be read as a date in 1 row; the data manager must correct the "
        "table, or the mapping's author the mapping"
    )


def test_rows_outside_the_dataset_may_be_unreadable(tmp_path: Path) -> None:
    folder(tmp_path, [*STAYS, "5,b,01/02/2024,2024-02-02,day,x"])
    assert words(tmp_path) == []


def test_a_row_of_which_it_is_unknown_whether_it_belongs_is_looked_at(tmp_path: Path) -> None:
    own = mapping("came >= DATE '2020-01-01'", *DATASET, "where")
    folder(tmp_path, [*STAYS[:4], "5,b,01/02/2024,2024-02-02,E,x"])
    assert [finding.column for finding in findings(tmp_path, own)] == ["came"]


def test_codes_that_the_crosswalk_does_not_name(tmp_path: Path) -> None:
    folder(tmp_path, [*STAYS, "5,b,2024-02-01,2024-02-02,U,x", "6,b,2024-02-01,2024-02-02,U,x"])
    assert words(tmp_path) == [
        "column 'planned': a code that is not among the codes of 'planned' in the mapping in "
        "2 rows; 'fedqi-site map check' lists them"
    ]


def test_whole_numbers_of_a_crosswalk_may_stand_for_a_boolean(tmp_path: Path) -> None:
    column = {"from": "kind", "codes": {"P": 1, "E": 0}, "otherwise": "missing"}
    own = mapping(column, *DATASET, "columns", "planned")
    folder(tmp_path, STAYS)
    with open_table(MappedTables(tmp_path, own, wanted=frozenset({"planned"}))) as opened:
        found = {value for (value,) in opened.ask(f"SELECT planned FROM {opened.rows}")}
    assert {str(value) for value in found} == {"0", "1"}


@pytest.mark.parametrize(
    ("codes", "otherwise", "expected"),
    [
        ({"P": True}, "missing", {True: 1, None: 3}),
        ({"P": True}, {"value": False}, {True: 1, False: 2, None: 1}),
        ({"P": True, "": False}, {"value": True}, {True: 3, False: 1}),
        ({"P": "p", "": "none"}, "keep", {"p": 1, "E": 2, "none": 1}),
        ({"P": 1.5, "E": 2}, "refuse", {1.5: 1, 2.0: 2, None: 1}),
        ({"P": "it's"}, "missing", {"it's": 1, None: 3}),
    ],
)
def test_crosswalks(
    tmp_path: Path, codes: dict[str, object], otherwise: object, expected: dict[object, int]
) -> None:
    folder(tmp_path, [*STAYS[:4], "5,b,2024-02-01,2024-02-02,,x"])
    column = {"from": "kind", "codes": codes, "otherwise": otherwise}
    own = mapping(column, *DATASET, "columns", "x")
    body = own.model_copy(
        update={
            "datasets": {"stay": own.datasets["hospital stay"].model_copy(update={"where": None})}
        }
    )
    with open_table(MappedTables(tmp_path, body, wanted=frozenset({"x"}))) as opened:
        found = dict(opened.ask(f"SELECT x, count(*) FROM {opened.rows} GROUP BY 1"))
    assert found == expected


def test_a_crosswalk_in_a_file(tmp_path: Path) -> None:
    column = {"from": "kind", "codes": "kinds.csv", "otherwise": "refuse"}
    (tmp_path / "kinds.csv").write_text("code,value\nP,elective\nE,emergency\n")
    file = mapping_file(tmp_path / "m.yaml", column, *DATASET, "columns", "urgency")
    found = load_mapping(file).datasets["hospital stay"].columns["urgency"].codes
    assert found == {"P": "elective", "E": "emergency"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a,b\n1,2\n", "has no columns named code and value"),
        ("code,value\nP,x\nP,y\n", "line 3: the code 'P' comes twice with different values"),
    ],
)
def test_a_crosswalk_that_is_none(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "kinds.csv").write_text(text)
    column = {"from": "kind", "codes": "kinds.csv"}
    with pytest.raises(DefinitionError, match=told):
        mapping_file(tmp_path / "m.yaml", column, *DATASET, "columns", "urgency")


def test_a_file_elsewhere_is_no_crosswalk(tmp_path: Path) -> None:
    column = {"from": "kind", "codes": "../../etc/passwd"}
    with pytest.raises(DefinitionError, match="expected a file beside or below this one"):
        mapping_file(tmp_path / "m.yaml", column, *DATASET, "columns", "urgency")


def test_the_place_of_a_fault_in_a_file(tmp_path: Path) -> None:
    with pytest.raises(
        DefinitionError, match=r"m\.yaml: mapping small: 42:5: datasets\.hosp.*wher"
    ):
        mapping_file(tmp_path / "m.yaml", "x", *DATASET, "wher")


def test_a_second_row_of_a_joined_table_is_refused_or_chosen_from(tmp_path: Path) -> None:
    folder(tmp_path, patients=[*PATIENTS, "a,2010-01-01,f", ",1950-01-01,f", ",1951-01-01,f"])
    (found,) = findings(tmp_path, mapping())
    assert (found.column, found.rows) == ("id", 1)
    assert "comes in several rows; say which one counts with first: or last:" in found.words
    match = {"match": {"id": "stay.patient"}}
    oldest, youngest = (mapping({**match, end: "birth"}, *JOIN) for end in ("first", "last"))
    assert counted(summarise(measure(), tmp_path, mapping=oldest)) == (1, 3)
    assert counted(summarise(measure(), tmp_path, mapping=youngest)) == (1, 1)
    only = mapping({**match, "where": "year(birth) < 2000"}, *JOIN)
    assert counted(summarise(measure(), tmp_path, mapping=only)) == (1, 3)


def test_a_row_without_a_partner_stays(tmp_path: Path) -> None:
    folder(tmp_path, patients=PATIENTS[:2])
    report = check(measure(), tmp_path, mapping=mapping())
    assert (report.rows, [(f.column, f.rows) for f in report.findings]) == (3, [("age", 1)])


def test_a_matched_column_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    own = changed({"id": "length(patient)"}, *JOIN, "match")
    own["tables"]["patient"]["columns"]["id"] = "integer"
    folder(tmp_path, patients=["id,birth,sex", "1,1950-01-01,f", "x,1960-01-01,f"])
    found = findings(tmp_path, parse_mapping(own))
    assert [(f.column, f.rows) for f in found] == [("id", 1)]


def test_nothing_outside_the_folder_can_be_read(tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("a\n1\n")
    inner = tmp_path / "inner"
    inner.mkdir()
    with open_table(MappedTables(folder(inner), mapping())) as opened:
        for sql in (f"FROM read_text('{other}')", f"COPY (SELECT 1) TO '{tmp_path}/out.csv'"):
            with pytest.raises(DataQualityError):
                opened.ask(sql)
        with pytest.raises(DataQualityError):
            opened.ask("SET enable_external_access = true")


def test_times_with_a_zone_need_one_in_the_mapping(tmp_path: Path) -> None:
    folder(tmp_path)
    target = tmp_path / "patient.parquet"
    (tmp_path / "patient.csv").unlink()
    duckdb.sql(f"COPY (SELECT 'a' AS id, TIMESTAMPTZ '1950-01-01' AS birth) TO '{target}'")
    with pytest.raises(ConfigurationError, match="holds times with a time zone there"):
        summarise(measure(), tmp_path, mapping=mapping())
