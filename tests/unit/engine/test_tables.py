import os
from pathlib import Path

import duckdb
import pytest

from fedqi.engine.opening import open_table
from fedqi.engine.tables import RAW
from fedqi.errors import DataQualityError
from tests.unit.engine.tables import STAYS, write


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('{other}')",
        "SELECT * FROM '{other}'",
        "SELECT * FROM read_text('/etc/hostname')",
        "COPY (SELECT 1) TO '{folder}/out.csv'",
        "ATTACH '{folder}/x.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET threads = 64",
        "SET enable_external_access = true",
    ],
)
def test_a_connection_reaches_nothing_but_its_file(tmp_path: Path, sql: str) -> None:
    table = write(tmp_path / "t.csv", STAYS)
    other = write(tmp_path / "other.csv", STAYS)
    with open_table(table) as opened:
        assert opened.ask(f"SELECT count(*) FROM {RAW}") == [(4,)]
        with pytest.raises(DataQualityError):
            opened.ask(sql.format(other=other, folder=tmp_path))
    assert sorted(os.listdir(tmp_path)) == ["other.csv", "t.csv"]


def test_a_relation_of_the_caller_is_asked_where_it_lives() -> None:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE own AS SELECT 1 AS a")
        with open_table(connection.table("own")) as opened:
            assert opened.ask(f"SELECT sum(a) FROM {RAW}") == [(1,)]
            assert opened.columns == {"a": "INTEGER"}


def test_old_ends_of_line_are_told_and_not_read_as_one_name(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"site,age\ra,1\rb,2\r")
    with pytest.raises(DataQualityError, match="usual end of line"), open_table(path):
        pass


def test_a_folder_is_not_called_missing(tmp_path: Path) -> None:
    (tmp_path / "t.csv").mkdir()
    folder = open_table(tmp_path / "t.csv")
    with pytest.raises(DataQualityError, match="a folder, expected a table"), folder:
        pass
