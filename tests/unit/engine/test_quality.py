import json
from pathlib import Path

import pytest

from fedqi.engine import Problem, check, split, summarise
from fedqi.errors import DataQualityError
from tests.unit.engine.tables import HEADER, STAYS, changed, counts, measure, write
from tests.unit.measures.documents import COLUMNS, dataset

SECRET = "SECRET77"


def findings(table: Path, **changes: object) -> dict[tuple[Problem, str | None], int]:
    report = check(measure(**changes), table)
    return {(f.problem, f.column): f.rows for f in report.findings if f.blocking}


@pytest.mark.parametrize(
    ("cells", "problem", "column"),
    [
        ({"age": SECRET}, Problem.WRONG_TYPE, "age"),
        ({"age": "nan"}, Problem.WRONG_TYPE, "age"),
        ({"age": "inf"}, Problem.WRONG_TYPE, "age"),
        ({"age": "1,5".replace(",", "_")}, Problem.WRONG_TYPE, "age"),
        ({"beds": "1.5"}, Problem.WRONG_TYPE, "beds"),
        ({"beds": "99999999999999999999"}, Problem.WRONG_TYPE, "beds"),
        ({"discharged": "02/04/2016"}, Problem.WRONG_TYPE, "discharged"),
        ({"discharged": "2016-02-30"}, Problem.WRONG_TYPE, "discharged"),
        ({"planned": "perhaps"}, Problem.WRONG_TYPE, "planned"),
        ({"age": "121"}, Problem.OUTSIDE, "age"),
        ({"age": "-1"}, Problem.OUTSIDE, "age"),
        ({"age": ""}, Problem.MISSING_VALUE, "age"),
        ({"ward": ""}, Problem.MISSING_VALUE, "ward"),
        ({"discharged": ""}, Problem.MISSING_VALUE, "discharged"),
    ],
)
def test_a_faulty_cell(
    tmp_path: Path, cells: dict[str, str], problem: Problem, column: str
) -> None:
    table = write(tmp_path / "t.csv", changed(0, **cells))
    assert findings(table) == {(problem, column): 1}
    with pytest.raises(DataQualityError, match=rf"t\.csv.*column '{column}': .*1 row") as refused:
        summarise(measure(), table)
    assert all(value not in str(refused.value) for value in cells.values() if len(value) > 3)


@pytest.mark.parametrize(
    "cells",
    [
        {"age": " 70 "},
        {"age": "7e1"},
        {"beds": "1.0"},
        {"beds": "+1"},
        {"discharged": "2016-04-02 23:59:59"},
        {"discharged": "2016-04-02T10:00:00Z"},
        {"planned": "Yes"},
    ],
)
def test_cells_that_read_well(tmp_path: Path, cells: dict[str, str]) -> None:
    plain = summarise(measure(), write(tmp_path / "plain.csv", STAYS))
    assert summarise(measure(), write(tmp_path / "t.csv", changed(0, **cells))) == plain


def test_missing_values_of_other_columns_are_told_and_do_not_block(tmp_path: Path) -> None:
    report = check(measure(), write(tmp_path / "t.csv", STAYS))
    assert report.ok and report.rows == report.counted == 4
    assert {(f.column, f.rows) for f in report.findings} == {("beds", 1), ("planned", 1)}


def test_a_value_outside_the_list(tmp_path: Path) -> None:
    listed = {**COLUMNS, "diagnosis": {"type": "string", "allowed": ["I50.9", "J18", "{}"]}}
    table = write(tmp_path / "t.csv", STAYS)
    report = check(measure(dataset=dataset(columns=listed)), table)
    assert [str(f) for f in report.findings if f.blocking] == [
        "column 'diagnosis': in 1 row none of: I50.9, J18, {}"
    ]


def test_a_duplicated_key(tmp_path: Path) -> None:
    table = write(tmp_path / "t.csv", changed(0, stay="2"))
    assert findings(table) == {(Problem.DUPLICATED_KEY, "stay"): 2}
    together = dataset(key=["stay", "ward"])
    assert findings(table, dataset=together) == {(Problem.DUPLICATED_KEY, "stay, ward"): 2}
    assert findings(table, dataset=dataset(key=["stay", "admitted"])) == {}


def test_a_missing_column_and_its_nearest(tmp_path: Path) -> None:
    table = write(tmp_path / "t.csv", STAYS, [name.replace("age", "aged") for name in HEADER])
    with pytest.raises(DataQualityError, match=r"column 'age': is missing.*did you mean aged"):
        summarise(measure(), table)
    assert findings(table) == {(Problem.MISSING_COLUMN, "age"): 0}


def test_a_file_without_a_header_shows_nothing_of_its_first_line(tmp_path: Path) -> None:
    table = write(tmp_path / "t.csv", STAYS, (*STAYS[0][:-1], SECRET))
    with pytest.raises(DataQualityError) as refused:
        summarise(measure(), table)
    assert SECRET not in str(refused.value) and "p1" not in str(refused.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "first line is empty"),
        (b"\n", "first line is empty"),
        (b"a,a\n1,2\n", "empty or come twice"),
        (b"a,A\n1,2\n", "empty or come twice"),
        (b"a,\n1,2\n", "empty or come twice"),
        (b"\xff\xfe", "not UTF-8"),
        (f"{','.join(HEADER)}\n".encode(), "no rows at all"),
        (f"{','.join(HEADER)}\n{SECRET},1\n".encode(), "line 2 cannot be read"),
        (f"{','.join(HEADER)}\n{SECRET}{',1' * 20}\n".encode(), "line 2 cannot be read"),
        (f"{','.join(HEADER)}\n{SECRET}\xe9{',1' * 8}\n".encode("latin-1"), "line 2 cannot be"),
    ],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, content: bytes, words: str) -> None:
    table = tmp_path / "t.csv"
    table.write_bytes(content)
    with pytest.raises(DataQualityError, match=words) as refused:
        summarise(measure(), table)
    assert SECRET not in str(refused.value)


def test_a_missing_or_damaged_file(tmp_path: Path) -> None:
    for name, content in (("t.csv.gz", b"no gzip"), ("t.parquet", b"PAR1 not so")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DataQualityError, match=name):
            summarise(measure(), tmp_path / name)
    with pytest.raises(DataQualityError, match="no such file"):
        summarise(measure(), tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (("3", "2"), "1 row with a numerator above its denominator"),
        (("-1", "2"), "1 row with a numerator that is no whole number from 0"),
        (("0.5", "2"), "1 row with a numerator that is no whole number from 0"),
        (("0", "-2"), "1 row with a denominator that is no whole number from 0"),
        (("", "2"), "1 row with a numerator that is missing"),
        (("1", ""), "1 row with a denominator that is missing"),
    ],
)
def test_counts_that_cannot_be(tmp_path: Path, row: tuple[str, str], words: str) -> None:
    table = write(tmp_path / "t.csv", [("1", "2"), row], ("events", "patients"))
    with pytest.raises(DataQualityError, match=words):
        summarise(counts(), table)


def test_expected_in_percent_is_found(tmp_path: Path) -> None:
    modelled = counts(expected={"sum": "21.5 * patients"})
    table = write(tmp_path / "t.csv", [("1", "2")], ("events", "patients"))
    with pytest.raises(DataQualityError, match="expected events outside 0 to the denominator"):
        summarise(modelled, table)


def test_the_fault_of_one_site_does_not_stop_the_others(tmp_path: Path) -> None:
    sites = split(write(tmp_path / "t.csv", changed(0, age=SECRET)), by="ward")
    assert [check(measure(), source).ok for source in sites.values()] == [False, True]
    assert list(summarise(measure(), sites["B"]).cells) == ["B"]
    with pytest.raises(DataQualityError, match=r"t\.csv, ward A: measure stays 1\.0\.0"):
        summarise(measure(), sites["A"])


def test_splitting_needs_a_site_in_every_row(tmp_path: Path) -> None:
    table = write(tmp_path / "t.csv", changed(0, ward=""))
    with pytest.raises(DataQualityError, match="column 'ward' is empty in 1 row"):
        split(table, by="ward")
    with pytest.raises(DataQualityError, match=r"column 'wards' .* did you mean ward"):
        split(table, by="wards")
    with pytest.raises(DataQualityError, match="no rows at all"):
        summarise(measure(), table, site_filter=("ward", "C"))


def test_a_report_is_plain_json(tmp_path: Path) -> None:
    report = check(measure(), write(tmp_path / "t.csv", changed(0, age="")))
    body = json.loads(json.dumps(report.to_dict()))
    assert body["ok"] is False and body["counted"] is None
    assert body["findings"][0] == {
        "problem": "missing_value",
        "column": "age",
        "rows": 1,
        "words": "no value in 1 row, expected one in every row",
        "blocking": True,
    }
