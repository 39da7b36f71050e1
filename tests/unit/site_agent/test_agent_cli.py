"""The commands of a hospital's IT: what they print, and their exit codes."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fedqi.wire.control import Decline, JobAnnouncement
from site_agent.cli import main
from site_agent.config import load_config
from site_agent.jobs import require
from site_agent.preview import START, beside_masked, in_words
from site_agent.work import contribution
from tests.unit.site_agent.lone_agent import ATTENDANCES, BREACHED, LoneAgent

COMMANDS = [
    "init",
    "enrol",
    "accept-genesis",
    "check",
    "preview",
    "approve",
    "reject",
    "run",
    "status",
    "report",
    "ledger",
]


def fedqi_site(config: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--config", str(config), *arguments])


@pytest.fixture
def lone(tmp_path: Path) -> LoneAgent:
    return LoneAgent(tmp_path, approval="manual")


def test_help_lists_every_command_and_the_exit_codes() -> None:
    shown = CliRunner().invoke(main, ["--help"]).output
    assert all(f"  {command} " in shown for command in COMMANDS)
    assert "7 connection" in shown
    assert all(CliRunner().invoke(main, [c, "--help"]).exit_code == 0 for c in COMMANDS)


def test_drills_are_not_advertised() -> None:
    assert "stop-before" not in CliRunner().invoke(main, ["run", "--help"]).output


def test_init_writes_a_configuration_once(tmp_path: Path) -> None:
    config = tmp_path / "new" / "fedqi-site.yaml"
    options = ("init", "--site", "north", "--aggregator", "localhost:7443")
    assert fedqi_site(config, *options).exit_code == 0
    assert (tmp_path / "new" / "state" / "keys").is_dir()
    again = fedqi_site(config, *options)
    assert (again.exit_code, "exists already" in again.output) == (2, True)
    shown = fedqi_site(config, "status")
    assert "Not enrolled: run 'fedqi-site enrol TOKEN'" in shown.output


def test_init_takes_an_ipv6_address_and_refuses_a_quote(tmp_path: Path) -> None:
    config = tmp_path / "fedqi-site.yaml"
    done = fedqi_site(config, "init", "--site", 'a"b', "--aggregator", "[::1]:7443")
    assert (done.exit_code, "expected 1 to 64 letters" in done.output) == (2, True)
    assert fedqi_site(config, "init", "--site", "a", "--aggregator", "[::1]:7443").exit_code == 0
    assert load_config(config).aggregator == "[::1]:7443"


def test_init_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    config = tmp_path / "file" / "fedqi-site.yaml"
    done = fedqi_site(config, "init", "--site", "a", "--aggregator", "localhost:7443")
    assert (done.exit_code, "cannot be written" in done.output) == (2, True)


def test_check_names_both_numbers_where_more_company_is_asked_for(lone: LoneAgent) -> None:
    config = lone.folder / "agent.yaml"
    lone.announce()
    assert fedqi_site(config, "check").exit_code == 0
    config.write_text(config.read_text() + "min_others: 3\n")
    done = fedqi_site(config, "check")
    assert (done.exit_code, "min_others is 3, the charter promises 2" in done.output) == (5, True)
    lone.restart()
    lone.receive(JobAnnouncement(lone.spec("job-2").canonical()), job="job-2")
    assert isinstance(lone.wire.bodies[-1], Decline)


def test_check_passes_over_a_job_that_was_none(lone: LoneAgent) -> None:
    lone.announce()
    lone.receive(JobAnnouncement(b"{}"), job="job-0")
    config = lone.folder / "agent.yaml"
    assert fedqi_site(config, "check").exit_code == 0
    done = fedqi_site(config, "preview", "job-0")
    assert (done.exit_code, "Traceback" in done.output) == (3, False)


def test_init_refuses_an_address_without_a_port(tmp_path: Path) -> None:
    config = tmp_path / "fedqi-site.yaml"
    done = fedqi_site(config, "init", "--site", "north", "--aggregator", "localhost")
    assert (done.exit_code, "expected host:port" in done.output) == (2, True)
    assert not config.exists()


def test_check_shows_rows_and_findings_but_no_values(lone: LoneAgent) -> None:
    lone.announce()
    config = lone.folder / "agent.yaml"
    good = fedqi_site(config, "check")
    assert (good.exit_code, "can be used" in good.output) == (0, True)
    lone.write_data(f"{ATTENDANCES},not-a-number")
    bad = fedqi_site(config, "check")
    assert bad.exit_code == 4
    assert "column 'breached': unreadable in 1 row" in bad.output
    assert "not-a-number" not in bad.output
    assert json.loads(fedqi_site(config, "check", "--json").stdout)[0]["ok"] is False


def test_preview_approve_and_status(lone: LoneAgent) -> None:
    lone.announce()
    config = lone.folder / "agent.yaml"
    frozen = require(lone.founding.state, "job-1").frozen
    shown = fedqi_site(config, "preview", "job-1").output
    assert f"{BREACHED} of {ATTENDANCES} (81.0 %)" in shown
    assert f"fedqi-site approve job-1 {frozen}" in shown
    assert "awaiting approval" in fedqi_site(config, "status").output
    assert fedqi_site(config, "approve", "job-1", "f" * 64).exit_code == 5
    assert fedqi_site(config, "approve", "job-1", frozen[:12]).exit_code == 0
    assert "was approved by" in fedqi_site(config, "preview", "job-1").output


def test_masked_bytes_are_shown_only_once_they_left(lone: LoneAgent) -> None:
    lone.announce()
    done = fedqi_site(lone.folder / "agent.yaml", "preview", "job-1", "--masked")
    assert (done.exit_code, "no masked input has left" in done.output) == (2, True)


def test_own_numbers_stand_beside_the_bytes_that_left(lone: LoneAgent) -> None:
    lone.announce()
    shown = contribution(lone.agent.works["job-1"], lone.pinned, 2)
    layout = shown.plan.layout(START)
    assert layout is not None
    lines = beside_masked(shown, bytes(range(8)) * layout.length)
    assert any(f" {BREACHED} " in line and "00 01 02 03 04 05 06 07" in line for line in lines)
    assert any(f" {ATTENDANCES} " in line for line in lines)
    assert "another layout" in beside_masked(shown, b"")[0]
    assert any("at least 2 honest others" in line for line in in_words(shown))


def test_unknown_job_and_missing_result(lone: LoneAgent) -> None:
    config = lone.folder / "agent.yaml"
    done = fedqi_site(config, "preview", "job-1")
    assert (done.exit_code, "not known here" in done.output) == (2, True)
    assert "not known here" in fedqi_site(config, "preview", "../job-1").output
    lone.announce()
    done = fedqi_site(config, "report", "job-1")
    assert (done.exit_code, "has no result here" in done.output) == (2, True)
    done = fedqi_site(config, "report", "job-1", "--provider", "east")
    assert (done.exit_code, "--provider needs --out" in done.output) == (2, True)


def test_ledger_verify(lone: LoneAgent) -> None:
    config = lone.folder / "agent.yaml"
    assert "unbroken" in fedqi_site(config, "ledger", "verify").output
    (lone.folder / "state" / "ledger.jsonl").write_text('{"body": {}}\n')
    done = fedqi_site(config, "ledger", "verify")
    assert (done.exit_code, "hash chain" in done.output) == (5, True)


def test_no_traceback_for_a_person(tmp_path: Path) -> None:
    done = fedqi_site(tmp_path / "none.yaml", "run")
    assert (done.exit_code, "fedqi-site init" in done.output) == (2, True)
    assert "Traceback" not in done.output
