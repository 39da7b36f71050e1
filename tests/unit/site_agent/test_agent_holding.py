"""A period whose follow-up or lock is not over is not offered, and that is said."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from fedqi.charter import JobSpec, planned_atoms
from fedqi.wire.control import Decline, Intent
from site_agent.cli import main
from site_agent.intake import settle_approvals
from site_agent.jobs import Stage, require
from tests.unit.site_agent.lone_agent import DEFINITION, LoneAgent

TIME = {"anchor": "day", "grain": "year", "follow_up": "30 days", "lock": "60 days"}
COLUMNS = {
    "day": {"type": "date"},
    "attendances": {"type": "integer"},
    "breached": {"type": "integer"},
}
WAITING = DEFINITION | {"dataset": {"time": TIME, "columns": COLUMNS}}
TODAY = datetime.now(UTC).date()
OVER, LATER = "2019", str(TODAY.year + 2)


@pytest.fixture
def lone(tmp_path: Path) -> LoneAgent:
    lone = LoneAgent(tmp_path, "manual", WAITING)
    rows = f"day,attendances,breached\n{OVER}-05-01,90,30\n{LATER}-05-01,80,20\n"
    (lone.folder / "data.csv").write_text(rows)
    return lone


def asking(lone: LoneAgent, *periods: str) -> JobSpec:
    asked = {"hf": periods}
    return lone.spec(periods=asked, atoms=planned_atoms((lone.planned,), asked))


def fedqi_site(lone: LoneAgent, *arguments: str) -> str:
    config = ("--config", str(lone.folder / "agent.yaml"))
    return CliRunner().invoke(main, [*config, *arguments]).output


def opens() -> str:
    # 30 days and 60 days after the last day of the year, and then the day after.
    return str(datetime(int(LATER), 12, 31, tzinfo=UTC).date() + timedelta(days=91))


def test_a_period_that_waits_is_left_out_and_told(lone: LoneAgent) -> None:
    lone.announce(asking(lone, OVER, LATER))
    record = require(lone.founding.state, "job-1")
    assert record.offered == (f"hf-stays|{OVER}|*",)
    frozen = lone.founding.state.frozen.load("job-1")
    assert frozen is not None
    assert frozen.summaries["hf"].periods == (OVER,)
    shown = fedqi_site(lone, "preview", "job-1")
    assert f"period {OVER}: 30 of 90" in shown
    assert f"period {LATER}: not offered, not yet: locks on {opens()}" in shown
    assert f"too early for hf {LATER}" in fedqi_site(lone, "status")
    event = lone.founding.state.events_path.read_text("utf-8")
    assert f"{LATER} not yet: locks on {opens()}" in event


def test_what_waited_when_it_was_frozen_stays_out(lone: LoneAgent) -> None:
    lone.announce(asking(lone, OVER, LATER))
    frozen = require(lone.founding.state, "job-1").frozen
    lone.restart()
    fedqi_site(lone, "approve", "job-1", frozen)
    lone.run(lambda: settle_approvals(lone.agent))
    intent = lone.wire.bodies[-1]
    assert isinstance(intent, Intent)
    assert intent.atoms == (f"hf-stays|{OVER}|*",)
    assert require(lone.founding.state, "job-1").held == (("hf", LATER),)


def test_a_job_that_asks_for_nothing_else_is_declined_with_the_day(lone: LoneAgent) -> None:
    lone.announce(asking(lone, LATER))
    declined = lone.wire.bodies[-1]
    assert isinstance(declined, Decline)
    assert f"hf 1.0.0 {LATER}: not yet: locks on {opens()}" in declined.reason
    record = require(lone.founding.state, "job-1")
    assert (record.stage, record.frozen) == (Stage.DECLINED, "")
    assert opens() in fedqi_site(lone, "status")
