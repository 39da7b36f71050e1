"""The agent's commands over a table in PostgreSQL."""

from pathlib import Path

from click.testing import CliRunner, Result

from site_agent.cli import main
from site_agent.jobs import Stage, require
from tests.unit.engine.postgres.server import Server
from tests.unit.site_agent.lone_agent import ATTENDANCES, BREACHED, LoneAgent


def on_database(folder: Path, url: str, table: str) -> LoneAgent:
    lone = LoneAgent(folder, approval="manual")
    config = folder / "agent.yaml"
    source = f"{{database: '{url}', table: {table}, mapping: {{breached: Breached}}}}"
    config.write_text(config.read_text().replace("{path: data.csv}", source))
    lone.restart()
    return lone


def fedqi_site(lone: LoneAgent, *arguments: str) -> Result:
    config = str(lone.folder / "agent.yaml")
    return CliRunner().invoke(main, ["--config", config, *arguments])


def test_check_and_preview(server: Server, tmp_path: Path) -> None:
    columns = {"attendances": "integer", "Breached": "bigint"}
    server.table("waits", columns, [(ATTENDANCES, BREACHED)])
    lone = on_database(tmp_path, server.url(), "waits")
    lone.announce()
    checked = fedqi_site(lone, "check")
    assert (checked.exit_code, "waits: 1 rows" in checked.stdout) == (0, True)
    assert "asking the database" in checked.stderr
    shown = fedqi_site(lone, "preview", "job-1").output
    assert f"{BREACHED} of {ATTENDANCES} (81.0 %)" in shown


def test_a_database_that_is_away_declines_the_job(tmp_path: Path) -> None:
    lone = on_database(tmp_path, f"postgresql://reader@/db?host={tmp_path}", "waits")
    lone.announce()
    assert require(lone.founding.state, "job-1").stage is Stage.DECLINED
    checked = fedqi_site(lone, "check")
    assert (checked.exit_code, "cannot be reached" in checked.output) == (2, True)
