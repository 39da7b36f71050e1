"""Nothing but aggregates of the one table: no writing, no calling out, no values in errors."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fedqi.engine import Database, check, summarise
from fedqi.engine.opening import open_table
from fedqi.errors import ConfigurationError, DataQualityError, DefinitionError, FedQIError
from tests.unit.engine.postgres.server import Server
from tests.unit.engine.tables import HEADER, STAYS, counts, measure

SECRET = "Winterbottom"
ASLEEP = (
    "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%fedqi_slow%' "
    "AND pid <> pg_backend_pid() AND wait_event = 'PgSleep'"
)


def stays(server: Server) -> Database:
    rows = ([cell or None for cell in stay] for stay in STAYS)
    return server.table("stays", dict.fromkeys(HEADER, "text"), rows)


@pytest.mark.parametrize(
    "criterion",
    [
        "pg_read_file('/etc/passwd') IS NULL",
        "dblink('host=example.org', 'SELECT 1') IS NULL",
        "EXISTS (SELECT 1 FROM pg_authid)",
        "age > (SELECT count(*) FROM pg_class)",
        "age IN (SELECT age FROM other)",
        "pg_sleep(10) IS NULL",
        "set_config('statement_timeout', '0', FALSE) IS NULL",
        "age > 1; DROP TABLE stays",
        "age > 1) OR (SELECT TRUE",
        "pg_catalog.lower(diagnosis) = 'x'",
        "age::regclass IS NULL",
        "other.age > 1",
        "current_user = 'postgres'",
        "age > 1 -- AND",
        "lo_import('/etc/passwd') > 0",
        "diagnosis = $$a$$ || version()",
    ],
)
def test_a_criterion_that_reaches_further_is_refused_or_harmless(
    server: Server, criterion: str
) -> None:
    table = stays(server)
    try:
        summarise(measure(numerator=criterion), table)
    except DefinitionError:
        return
    assert criterion == "age > 1 -- AND"  # a comment, which is not passed on


def test_a_text_cannot_end_itself(server: Server) -> None:
    table = stays(server)
    for text in ("x'; DROP TABLE stays; --", "\\'; DROP TABLE stays; --", "''"):
        escaped = text.replace("'", "''")
        assert summarise(measure(numerator=f"diagnosis = '{escaped}'"), table).cells
    assert server.ask("SELECT count(*) FROM stays") == [(len(STAYS),)]


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO stays SELECT * FROM stays",
        "CREATE TABLE more (a int)",
        "SELECT lo_create(0)",
        "SELECT * FROM stays FOR UPDATE",
        "TRUNCATE stays",
    ],
)
def test_the_transaction_cannot_write_whatever_the_account_may(
    server: Server, statement: str
) -> None:
    stays(server)
    with (
        open_table(server.database("stays", account="postgres")) as opened,
        pytest.raises(DataQualityError, match="asked to write"),
    ):
        opened.ask(statement.replace("stays", "public.stays"))


def test_functions_of_other_schemas_are_not_called(server: Server) -> None:
    table = stays(server)
    server.execute(
        "CREATE OR REPLACE FUNCTION public.lower(text) RETURNS text LANGUAGE sql AS $$SELECT 'x'$$"
    )
    server.execute("ALTER ROLE reader SET search_path = public, pg_catalog")
    found = summarise(measure(numerator="lower(diagnosis) = 'i50.9'"), table)
    assert sum(cell.observed for cell in found.provider_totals().values()) == 2


def test_another_table_is_not_there_for_the_account(server: Server) -> None:
    stays(server)
    server.execute("REVOKE SELECT ON stays FROM reader")
    with pytest.raises(DataQualityError, match="grant SELECT"):
        check(measure(), server.database("stays"))
    with pytest.raises(DataQualityError, match=r"no such table"):
        check(measure(), server.database("nowhere"))


def test_a_value_in_an_error_of_the_database_is_not_told(server: Server) -> None:
    server.execute(
        "CREATE OR REPLACE VIEW miscast AS SELECT CAST(name AS integer) AS events, 1 AS patients "
        f"FROM (VALUES ('{SECRET}')) AS v(name)"
    )
    with pytest.raises(DataQualityError, match="22P02") as refused:
        summarise(counts(), server.database("miscast"))
    assert SECRET not in str(refused.value) and refused.value.__cause__ is None


def test_a_question_that_takes_too_long_is_stopped(server: Server) -> None:
    slow(server)
    with pytest.raises(DataQualityError, match="took longer than 1 s"):
        summarise(counts(), server.database("fedqi_slow", timeout=1))
    assert server.ask(ASLEEP) == [(0,)]


def slow(server: Server) -> None:
    server.execute(
        "CREATE OR REPLACE VIEW fedqi_slow AS SELECT 1 AS patients, 0 AS events "
        "FROM generate_series(1, 9) WHERE pg_sleep(30) IS NOT NULL"
    )


def test_an_interrupt_cancels_the_question(server: Server) -> None:
    slow(server)
    code = (
        # Whoever runs the tests in the background has them inherit that interrupts are ignored.
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from fedqi.engine import Database, summarise\n"
        "from tests.unit.engine.tables import counts\n"
        f"summarise(counts(), Database({server.url()!r}, 'fedqi_slow'))"
    )
    running = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE)
    wait(server, 1)
    running.send_signal(signal.SIGINT)
    _, error = running.communicate(timeout=30)
    assert b"KeyboardInterrupt" in error
    wait(server, 0)


def wait(server: Server, number: int) -> None:
    """Wait until so many questions run."""
    for _ in range(600):
        if server.ask(ASLEEP) == [(number,)]:
            return
        time.sleep(0.05)
    raise AssertionError(f"there are never {number} questions running")


def test_what_is_asked_is_told(server: Server) -> None:
    told: list[str] = []
    stays(server)
    summarise(measure(), server.database("stays", progress=told.append))
    assert len(told) >= 3 and all("public" not in words and "stays" in words for words in told)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://reader:secret@host/db", "has a password in it"),
        ("postgresql://reader@host/db?password=secret", "has a password in it"),
        ("mysql://reader@host/db", "expected postgresql://"),
        ("postgresql://reader@host", "expected postgresql://"),
        ("postgresql://[host/db", "has a password in it or cannot be read"),
    ],
)
def test_a_url_that_is_refused(url: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words) as refused:
        Database(url, "stays")
    assert "secret" not in str(refused.value)


def test_the_password_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "password"
    database = Database("postgresql://reader@host/db", "stays", password_file=file)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        database.password()
    file.write_text("pässword \n", "utf-8")
    file.chmod(0o640)
    with pytest.raises(ConfigurationError, match="mode 0640, expected 0600"):
        database.password()
    file.chmod(0o600)
    assert database.password() == "pässword "


def test_a_database_that_is_not_there(tmp_path: Path) -> None:
    nowhere = Database(f"postgresql://reader@/db?host={tmp_path}", "stays")
    with pytest.raises(FedQIError, match="cannot be reached"):
        check(measure(), nowhere)
