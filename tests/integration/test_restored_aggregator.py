"""The aggregator comes back from last night's backup: agents notice, and work goes on."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from site_agent.events import read_events
from tests.integration.agents import SITES, Agent, Collaborative, check_result, wait_until

pytest.importorskip("sqlalchemy", reason="the aggregator's extra is not installed")
pytestmark = pytest.mark.slow

KILLED = -9


@pytest.fixture
def collaborative(tmp_path: Path) -> Iterator[Collaborative]:
    with Collaborative(tmp_path) as running:
        for agent in running.agents.values():
            agent.serve()
        yield running


def put_back(collaborative: Collaborative, backup: Path) -> None:
    aggregator = collaborative.aggregator
    shutil.rmtree(aggregator.state)
    aggregator.cli("restore", str(backup))
    aggregator.start()


def noticed(agent: Agent) -> bool:
    events = read_events(agent.folder / "state" / "events.jsonl")
    return any(event["event"] == "aggregator-restored" for event in events)


def test_jobs_after_the_backup_are_lost_and_later_ones_go_on(
    collaborative: Collaborative,
) -> None:
    """Without notice, the agents' cursors would skip what the restored one says next."""
    aggregator, backup = collaborative.aggregator, collaborative.folder / "night.backup"
    first, _ = collaborative.open_job()
    collaborative.see_the_end(first)
    aggregator.cli("backup", str(backup))  # while it serves
    forgotten, _ = collaborative.open_job()
    collaborative.see_the_end(forgotten)
    aggregator.kill()
    put_back(collaborative, backup)
    job, period = collaborative.open_job()
    collaborative.see_the_end(job)
    for agent in collaborative.agents.values():
        assert noticed(agent)
        check_result(agent.document(job), period, SITES)
    assert [found["job"] for found in aggregator.data("job", "status")] == [first, job]


def test_a_job_that_ran_when_the_backup_was_taken_is_completed(
    collaborative: Collaborative,
) -> None:
    aggregator, backup = collaborative.aggregator, collaborative.folder / "night.backup"
    aggregator.stop()
    aggregator.start("--stop-in", "stating")
    job, period = collaborative.open_job()
    wait_until(lambda: aggregator.ended() == KILLED, "the aggregator dies while stating")
    aggregator.cli("backup", str(backup))
    aggregator.start("--stop-in", "verifying")
    wait_until(lambda: aggregator.ended() == KILLED, "the aggregator dies while verifying")
    put_back(collaborative, backup)
    collaborative.see_the_end(job)
    for agent in collaborative.agents.values():
        check_result(agent.document(job), period, SITES)
    (facts,) = aggregator.data("job", "status")
    assert "restored from a backup" in facts["attempts"][0]["reason"]
