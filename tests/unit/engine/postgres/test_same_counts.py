"""The same rows give the same summary from a file and from PostgreSQL."""

from importlib.resources import files
from pathlib import Path

import duckdb
import pytest

from fedqi.engine import check, load_measure, split, summarise
from fedqi.measures import Measure, MeasureSummary
from fedqi.measures.risk import RiskModel
from fedqi.measures.statement import statement
from tests.unit.engine.postgres.server import Server
from tests.unit.engine.tables import HEADER, STAYS, changed, measure, write

EXAMPLES = Path(str(files("fedqi"))) / "examples"
HRRP = EXAMPLES / "cms-hrrp"
STAYS_SQL = (
    "SELECT 's' || i AS stay_id, 'p' || i // 2 AS patient_id, "
    "DATE '2023-01-01' + (hash(i, 1) % 730)::INT AS discharged_on, 15 + hash(i, 2) % 80 AS age, "
    "['I50.9', 'I50.1', 'J18', 'i50.9'][1 + (hash(i, 3) % 4)::INT] AS diagnosis, "
    "hash(i, 4) % 20 = 0 AS died, CASE WHEN hash(i, 5) % 3 = 0 THEN "
    "discharged_on + (hash(i, 6) % 60)::INT - 5 END AS readmitted_on, "
    "CASE WHEN readmitted_on IS NOT NULL THEN hash(i, 7) % 4 = 0 END AS planned "
    "FROM range(3000) AS t(i)"
)
TYPES = {
    "discharged_on": "date",
    "age": "integer",
    "died": "boolean",
    "readmitted_on": "date",
    "planned": "boolean",
}


def without_expected(summary: MeasureSummary) -> dict[str, dict[str, tuple[int, int]]]:
    return {
        provider: {period: (cell.observed, cell.denominator) for period, cell in series.items()}
        for provider, series in summary.cells.items()
    }


@pytest.mark.parametrize("name", ["ami", "copd", "hf", "pneumonia"])
def test_tables_of_counts(server: Server, name: str) -> None:
    wanted = load_measure(HRRP / f"{name}-readmission.yaml")
    path = HRRP / "hrrp_fy2024.csv.gz"
    kinds = {"discharges": "integer", "readmissions": "numeric", "expected_rate": "float8"}
    table = server.copy_of(path, "hrrp", **kinds)
    hospitals = sorted(split(path, by="facility_id"))[:400:40]
    for hospital in [None, *hospitals]:
        only = None if hospital is None else ("facility_id", hospital)
        of_file = summarise(wanted, path, site_filter=only)
        found = summarise(wanted, table, site_filter=only)
        assert without_expected(found) == without_expected(of_file)
        for provider, series in of_file.cells.items():
            for period, cell in series.items():
                other = found.cells[provider][period].expected
                assert other == pytest.approx(cell.expected, rel=1e-12)


def test_sites_of_one_table(server: Server) -> None:
    wanted = load_measure(HRRP / "hf-readmission.yaml")
    path = HRRP / "hrrp_fy2024.csv.gz"
    own, others = split(path, "facility_id"), split(server.copy_of(path, "s"), "facility_id")
    assert list(own) == list(others)
    for site in list(own)[::100]:
        assert without_expected(summarise(wanted, own[site])) == without_expected(
            summarise(wanted, others[site])
        )


def test_single_stays_with_codes_and_dates(server: Server, tmp_path: Path) -> None:
    wanted = load_measure(EXAMPLES / "stays" / "readmission-stays.yaml")
    parquet, path = tmp_path / "stays.parquet", tmp_path / "stays.csv"
    duckdb.sql(f"COPY ({STAYS_SQL}) TO '{parquet}' (FORMAT parquet)")
    duckdb.sql(f"COPY ({STAYS_SQL}) TO '{path}' (HEADER)")
    of_file = summarise(wanted, path)
    assert len(of_file.periods) == 8
    assert summarise(wanted, parquet) == of_file
    assert summarise(wanted, server.copy_of(path, "stays", **TYPES)) == of_file
    assert summarise(wanted, server.copy_of(path, "stays_as_text")) == of_file


def test_patterns_of_patients(server: Server) -> None:
    wanted = load_measure(EXAMPLES / "pprof" / "adjusted-events.yaml")
    path = EXAMPLES / "pprof" / "pprof_example_binary.csv"
    kinds = {"y": "smallint"} | {f"z{number}": "float8" for number in range(1, 6)}
    only = ("prov", "7")
    of_file = summarise(wanted, path, site_filter=only)
    assert sum(of_file.patterns[""]["all"].patients) > 50
    assert summarise(wanted, server.copy_of(path, "pprof", **kinds), site_filter=only) == of_file


def modelled() -> Measure:
    columns = {
        "sex": {"type": "string", "allowed": ["f", "m"], "required": False},
        "old": {"type": "boolean"},
        "died": {"type": "boolean"},
    }
    return measure(
        dataset={"columns": columns},
        code_lists=None,
        numerator="died",
        missing={"sex": "category"},
        risk_model={"terms": ["sex", "old"]},
    )


def test_a_model_of_the_intercept_alone(server: Server, tmp_path: Path) -> None:
    wanted = modelled().model_copy(update={"risk_model": RiskModel()})
    path = write(tmp_path / "t.csv", [("f", "1", "0"), ("m", "0", "1")], ("sex", "old", "died"))
    of_file = summarise(wanted, path)
    assert of_file.patterns[""]["all"].patients == (2,)
    assert summarise(wanted, server.copy_of(path, "intercept")) == of_file


def test_patterns_of_categories(server: Server, tmp_path: Path) -> None:
    rows = [("f", "1", "0"), ("m", "yes", "1"), ("", "f", "0"), ("f", "t", "1"), ("", "0", "1")]
    path = write(tmp_path / "t.csv", rows, ("sex", "old", "died"))
    of_file = summarise(modelled(), path)
    table = of_file.patterns[""]["all"]
    assert list(zip(*table.values.values(), strict=True)) == [(0, 1), (1, 1), (2, 0)]
    assert summarise(modelled(), server.copy_of(path, "categories")) == of_file


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("age", "x"),
        ("age", "nan"),
        ("age", "1e400"),
        ("age", "121"),
        ("age", " 7e1 "),
        ("beds", "1.5"),
        ("beds", "99999999999999999999"),
        ("beds", "+1.0"),
        ("discharged", "02/04/2016"),
        ("discharged", "2016-02-30"),
        ("discharged", "2016-13-01"),
        ("discharged", "2016-04-02 23:59:59"),
        ("planned", "perhaps"),
        ("planned", "Yes"),
        ("stay", "2"),
        ("ward", ""),
    ],
)
def test_the_same_findings(server: Server, tmp_path: Path, column: str, cell: str) -> None:
    path = write(tmp_path / "t.csv", changed(0, **{column: cell}))
    of_file = check(measure(), path)
    found = check(measure(), server.copy_of(path, "faulty"))
    assert (found.findings, found.rows, found.counted) == (
        of_file.findings,
        of_file.rows,
        of_file.counted,
    )


@pytest.mark.parametrize(
    ("kind", "cell", "findings"),
    [
        ("float8", "NaN", {"missing_value"}),
        ("float8", "Infinity", {"wrong_type"}),
        ("real", "-Infinity", {"wrong_type"}),
        ("numeric", "NaN", {"missing_value"}),
        ("numeric", "Infinity", {"wrong_type"}),
        ("numeric", "120.5", {"outside"}),
        ("varchar(9)", "-1", {"outside"}),
        ("numeric(9, 2)", "70", set()),
    ],
)
def test_numbers_of_the_database(server: Server, kind: str, cell: str, findings: set[str]) -> None:
    body = {"columns": {"age": {"type": "number", "min": 0, "max": 120}}}
    wanted = measure(dataset=body, code_lists=None)
    table = server.table("numbers", {"age": kind}, [(cell,), ("50",)])
    assert {f.problem.value for f in check(wanted, table).findings} == findings


def test_dates_without_an_end_are_unreadable(server: Server) -> None:
    body = {"columns": {"day": {"type": "date"}}}
    wanted = measure(dataset=body, code_lists=None, numerator="year(day) = 2016")
    for kind in ("date", "timestamp"):
        rows = [("infinity",), ("2016-12-31",)]
        report = check(wanted, server.table("days", {"day": kind}, rows))
        assert [(f.problem.value, f.rows) for f in report.findings] == [("wrong_type", 1)]


def test_a_view_and_a_name_in_upper_case(server: Server) -> None:
    server.table("plain", dict.fromkeys(HEADER, "text"), ([c or None for c in s] for s in STAYS))
    server.execute('CREATE OR REPLACE VIEW public."Stays of 2016" AS SELECT * FROM plain')
    found = summarise(measure(), server.database("public.Stays of 2016"))
    assert found == summarise(measure(), server.database("plain"))


def test_the_statement_to_read_counts_the_same(server: Server, tmp_path: Path) -> None:
    rows = [("f", "1", "0"), ("m", "0", "1"), ("", "1", "1")]
    path = write(tmp_path / "t.csv", rows, ("sex", "old", "died"))
    server.copy_of(path, "stated")
    wanted = modelled().model_copy(update={"risk_model": None})
    (found,) = server.ask(statement(wanted, "public.stated", "postgres"))
    cell = summarise(wanted, path).cells[""]["all"]
    assert found[3:5] == (cell.observed, cell.denominator) == (2, 3)
