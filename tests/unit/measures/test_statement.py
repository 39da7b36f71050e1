"""A measure as one statement of SQL."""

import csv
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
from fedqi.synthetic import synthetic_rows

FOREIGN = (exp.Filter, exp.ILike, exp.Interval)
"""What SQL Server does not know."""


COUNTED = [name for name, each in sorted(catalogue().items()) if each.scale is None]


def synthetic(name: str, folder: Path) -> Path:
    """Write 400 made-up rows of a measure."""
    (rows,) = synthetic_rows(find_measure(name), ("a",), 400, 2).values()
    path = folder / "rows.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.mark.parametrize("name", COUNTED)
def test_the_statement_counts_what_the_engine_counts(name: str, tmp_path: Path) -> None:
    path, wanted = synthetic(name, tmp_path), find_measure(name)
    with duckdb.connect() as connection:
        connection.execute(
            f"CREATE TABLE rows AS SELECT * FROM read_csv('{path}', all_varchar=true)"
        )
        rows = connection.execute(statement(wanted, "rows")).fetchall()
    sums: dict[tuple[str, int], tuple[int, int]] = {}
    for _, provider, period, observed, denominator, *_ in rows:
        before = sums.get((provider, period), (0, 0))
        sums[provider, period] = (before[0] + observed, before[1] + denominator)
    cells = summarise(wanted, path).cells
    counts = [(c.observed, c.denominator) for own in cells.values() for c in own.values()]
    assert sorted(sums.values()) == sorted(counts)
    assert sum(n for _, n in counts) > 0


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
