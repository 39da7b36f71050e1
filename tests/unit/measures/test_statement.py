"""A measure as one statement of SQL."""

from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner
from sqlglot import exp, parse_one

from fedqi.cli import main
from fedqi.engine import catalogue, find_measure, summarise
from fedqi.errors import DefinitionError
from fedqi.measures.statement import statement
from fedqi.measures.tsql import tsql

STAYS = """stay_id,admitted_on,discharged_on,age
1,2024-01-01,2024-01-30,70
2,2024-01-05,2024-01-06,50
3,2024-02-01,2024-03-01,17
4,2024-05-01,2024-05-02,90
"""
FOREIGN = (exp.Filter, exp.ILike, exp.Interval)
"""What SQL Server does not know."""


def test_the_statement_counts_what_the_engine_counts(tmp_path: Path) -> None:
    path = tmp_path / "stays.csv"
    path.write_text(STAYS)
    wanted = find_measure("prolonged-stay")
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE stays AS SELECT * FROM read_csv('{path}')")
        found = connection.execute(statement(wanted, "stays")).fetchall()
    cells = summarise(wanted, path).cells[""].values()
    assert sorted((y, n) for *_, y, n, _ in found) == sorted(
        (cell.observed, cell.denominator) for cell in cells
    )


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_a_reader_of_tsql_understands_every_measure_of_the_catalogue(name: str) -> None:
    asked = statement(find_measure(name), "dbo.stays", "tsql")
    tree = parse_one(asked, read="tsql")
    assert [node.sql() for node in tree.find_all(*FOREIGN)] == []
    assert not any(word in asked for word in ("::", " TRUE", " FALSE", '"', "LIMIT", "EPOCH"))


@pytest.mark.parametrize(
    ("condition", "written"),
    [
        ("p", "(p = 1)"),
        ("NOT p", "NOT (p = 1)"),
        ("p IS TRUE", "(CASE WHEN (p = 1) THEN 1 ELSE 0 END = 1)"),
        ("p = (x > 1)", "p = CAST(CASE WHEN x > 1 THEN 1 WHEN NOT (x > 1) THEN 0 END AS BIT)"),
        ("d - e > 3", "DATEDIFF(DAY, e, d) > 3"),
        ("s LIKE 'a[b%'", "s LIKE 'a[[]b%'"),
        ("s NOT LIKE 'a%'", "s NOT LIKE 'a%'"),
        ("round(x) = 2", "ROUND(x, 0) = 2"),
        ("starts_with(s, 'ab')", "LEFT(s, LEN('ab')) = 'ab'"),
    ],
)
def test_conditions_and_values(condition: str, written: str) -> None:
    types = {"p": "boolean", "x": "number", "d": "date", "e": "date", "s": "string"}
    found = tsql(f"SELECT 1 AS one FROM t WHERE {condition}", types)
    (_, where) = " ".join(found.split()).split(" WHERE ")
    assert where.replace("( ", "(").replace(" )", ")") in (written, f"({written})")


def test_what_sql_server_cannot_be_asked_is_named() -> None:
    with pytest.raises(DefinitionError, match=r"LIKE with a pattern that is not written out"):
        tsql("SELECT 1 AS one FROM t WHERE s LIKE s", {"s": "string"})


def test_the_command_prints_it() -> None:
    done = CliRunner().invoke(
        main, ["measure", "sql", "falls", "--dialect", "tsql", "--table", "dbo.wards"]
    )
    assert (done.exit_code, "FROM [dbo].[wards]" in done.output) == (0, True)
