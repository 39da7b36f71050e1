import gzip
from pathlib import Path
from typing import Any

import duckdb
import pytest

from fedqi.engine import check, split, summarise
from fedqi.errors import ConfigurationError, DataQualityError
from fedqi.measures import MAXIMUM_COUNT, Cell
from tests.unit.engine.tables import HEADER, STAYS, counts, measure, write
from tests.unit.measures.documents import dataset

EXPECTED = {
    "A": {"2016-04": Cell(1, 1), "2016-07": Cell(0, 1)},
    "B": {"2016-04": Cell(1, 1), "2016-05": Cell(0, 1)},
}


@pytest.fixture
def stays(tmp_path: Path) -> Path:
    return write(tmp_path / "stays.csv", STAYS)


def test_counts_per_provider_and_period(stays: Path) -> None:
    summary = summarise(measure(), stays)
    assert summary.cells == EXPECTED
    assert (summary.measure, summary.version) == ("stays", "1.0.0")
    assert summary.digest == measure().digest
    assert summary.periods == ("2016-04", "2016-05", "2016-07")


@pytest.mark.parametrize(
    ("grain", "periods"),
    [("quarter", ("2016-Q2", "2016-Q3")), ("year", ("2016",)), (None, ("all",))],
)
def test_names_of_periods(stays: Path, grain: str | None, periods: tuple[str, ...]) -> None:
    time = None if grain is None else {"anchor": "discharged", "grain": grain}
    assert summarise(measure(dataset=dataset(time=time)), stays).periods == periods


def test_without_a_provider_the_site_is_the_one(stays: Path) -> None:
    plain = measure(dataset=dataset(provider=None, time=None))
    assert summarise(plain, stays).cells == {"": {"all": Cell(2, 4)}}


def one_cell(stays: Path, **criteria: str) -> Cell:
    plain = measure(dataset=dataset(provider=None, time=None), **criteria)
    return summarise(plain, stays).cells[""]["all"]


@pytest.mark.parametrize(
    ("criteria", "cell"),
    [
        ({"initial_population": "diagnosis IN code_list('hf')"}, Cell(1, 3)),
        ({"denominator": "age >= 20"}, Cell(2, 3)),
        ({"denominator_exclusion": "planned"}, Cell(1, 3)),
        ({"numerator_exclusion": "planned"}, Cell(1, 4)),
        ({"denominator_exception": "age < 20 OR planned"}, Cell(2, 3)),
        ({"denominator_exception": "planned", "numerator_exclusion": "planned"}, Cell(1, 3)),
    ],
)
def test_criteria(stays: Path, criteria: dict[str, str], cell: Cell) -> None:
    assert one_cell(stays, **criteria) == cell


@pytest.mark.parametrize(
    ("criteria", "cell"),
    [
        ({"initial_population": "beds > 0"}, Cell(2, 3)),
        ({"denominator_exclusion": "beds > 0"}, Cell(0, 1)),
        ({"denominator_exclusion": "NOT beds > 0"}, Cell(2, 4)),
        ({"numerator": "beds > 0"}, Cell(3, 4)),
        ({"numerator": "NOT beds > 0"}, Cell(0, 4)),
        ({"numerator": "beds / 0 > 0"}, Cell(0, 4)),
        ({"numerator": "5 % (beds - beds) = 0"}, Cell(0, 4)),
    ],
)
def test_a_criterion_that_is_null_does_not_hold(
    stays: Path, criteria: dict[str, str], cell: Cell
) -> None:
    assert one_cell(stays, **criteria) == cell


def typed_rows(connection: duckdb.DuckDBPyConnection, stays: Path) -> duckdb.DuckDBPyRelation:
    return connection.sql(
        "SELECT stay, patient, ward, admitted::DATE AS admitted, "
        "discharged::TIMESTAMP AS discharged, age::DECIMAL(5, 1) AS age, beds::DOUBLE AS beds, "
        f"diagnosis, planned::BOOLEAN AS planned FROM read_csv('{stays}', all_varchar = true)"
    )


def test_every_kind_of_table_gives_the_same(tmp_path: Path, stays: Path) -> None:
    packed = tmp_path / "stays.csv.gz"
    packed.write_bytes(gzip.compress(stays.read_bytes()))
    semicolons = write(tmp_path / "semicolons.csv", STAYS, cut=";")
    with_mark = tmp_path / "mark.csv"
    with_mark.write_bytes(b"\xef\xbb\xbf" + stays.read_bytes().replace(b"\n", b"\r\n"))
    with duckdb.connect() as connection:
        relation = typed_rows(connection, stays)
        relation.write_parquet(str(tmp_path / "stays.parquet"))
        assert summarise(measure(), relation).cells == EXPECTED
    for table in (packed, semicolons, with_mark, tmp_path / "stays.parquet", str(stays)):
        assert summarise(measure(), table).cells == EXPECTED


def test_an_empty_text_is_a_missing_value_in_any_table(stays: Path) -> None:
    with duckdb.connect() as connection:
        text = connection.sql(f"SELECT * FROM read_csv('{stays}', all_varchar=true, nullstr='-')")
        assert text.filter("planned = ''").fetchall()
        assert summarise(measure(), text).cells == EXPECTED
        faulty = text.project("* REPLACE ('' AS diagnosis)")
        assert not check(measure(), faulty).ok


@pytest.mark.parametrize("library", ["pandas", "pyarrow", "polars"])
def test_data_frames_where_they_are_installed(stays: Path, library: str) -> None:
    frames: Any = pytest.importorskip(library)
    if library == "pyarrow":
        table = pytest.importorskip("pyarrow.csv").read_csv(stays)
    else:
        table = frames.read_csv(stays)
    assert summarise(measure(), table).cells == EXPECTED


def test_what_is_no_table(tmp_path: Path) -> None:
    sheet = tmp_path / "stays.xlsx"
    sheet.touch()
    for given in (5, sheet):
        with pytest.raises(ConfigurationError):
            summarise(measure(), given)


def test_columns_are_mapped(tmp_path: Path) -> None:
    header = [name if name != "age" else 'Age in "years"' for name in HEADER]
    rows = [list(row) for row in STAYS]
    quoted = ['"Age in ""years"""' if "years" in name else name for name in header]
    table = write(tmp_path / "stays.csv", rows, quoted)
    mapping = {"age": 'Age in "years"', "of another measure": "x"}
    assert summarise(measure(), table, mapping=mapping).cells == EXPECTED


def test_a_column_that_is_not_required_may_lack(tmp_path: Path) -> None:
    table = write(tmp_path / "stays.csv", [row[:-1] for row in STAYS], HEADER[:-1])
    assert summarise(measure(), table).cells == EXPECTED
    with pytest.raises(DataQualityError, match="'elective'"):
        summarise(measure(), table, mapping={"planned": "elective"})


def test_expected_events_are_added_exactly(tmp_path: Path) -> None:
    modelled = counts(expected={"sum": "0.1 * patients"})
    table = write(tmp_path / "t.csv", [("1", "7")] * 1000, ("events", "patients"))
    assert summarise(modelled, table).cells[""]["all"] == Cell(1000, 7000, 700.0)


def test_nobody_in_the_population(stays: Path) -> None:
    nobody = measure(initial_population="diagnosis = 'Z'")
    assert summarise(nobody, stays).cells == {}
    report = check(nobody, stays)
    assert report.ok and report.counted == 0
    assert [str(finding) for finding in report.findings if finding.column is None] == [
        "none of 4 rows is in the denominator"
    ]
    with pytest.raises(DataQualityError, match="nobody of 4 rows"):
        summarise(nobody, stays, require_population=True)


def test_counts_beyond_the_documented_maximum(tmp_path: Path) -> None:
    for patients, fits in ((MAXIMUM_COUNT, True), (MAXIMUM_COUNT + 1, False)):
        table = write(tmp_path / "t.csv", [("1", str(patients))], ("events", "patients"))
        assert check(counts(), table).ok is fits
    with pytest.raises(DataQualityError, match="above 10000000"):
        summarise(counts(), table)


def test_a_number_too_large_for_an_expression_shows_no_value(tmp_path: Path) -> None:
    columns = {"n": {"type": "integer"}}
    products = counts(
        dataset={"columns": columns}, numerator={"sum": "n * n"}, denominator={"sum": "n * n"}
    )
    table = write(tmp_path / "t.csv", [("9223372036854775801",)], ("n",))
    with pytest.raises(DataQualityError, match="too large") as refused:
        summarise(products, table)
    assert "92233" not in str(refused.value)


def test_a_site_sees_its_own_rows_only(stays: Path) -> None:
    plain = measure(dataset=dataset(provider=None, time=None))
    sites = split(stays, by="ward")
    assert list(sites) == ["A", "B"]
    assert {site: summarise(plain, s).cells[""]["all"] for site, s in sites.items()} == {
        "A": Cell(1, 2),
        "B": Cell(1, 2),
    }
    assert check(plain, sites["A"]).rows == 2
    assert summarise(plain, stays, site_filter=("ward", "A")).cells[""]["all"] == Cell(1, 2)
