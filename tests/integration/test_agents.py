"""Six real agents and a real aggregator: a job is completed whatever is killed on the way."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.agents import JOB, SITES, Collaborative, check_result, counts, wait_until

pytest.importorskip("sqlalchemy", reason="the aggregator's extra is not installed")


@pytest.fixture
def collaborative(tmp_path: Path) -> Iterator[Collaborative]:
    with Collaborative(tmp_path) as running:
        yield running


def test_a_job_from_announcement_to_own_position(collaborative: Collaborative) -> None:
    for agent in collaborative.agents.values():
        agent.start()
    collaborative.open_job()
    collaborative.finish()
    for site, agent in collaborative.agents.items():
        document = agent.document()
        check_result(document, SITES)
        assert (document["verified"], document["in_cohort"]) == (True, True)
        position = document["positions"][site][0]
        assert (position["observed"], position["denominator"]) == counts(site)
    agent = collaborative.agents["s1"]
    assert "unbroken" in agent.cli("ledger", "verify")
    assert "the eight bytes that left" in agent.cli("preview", JOB, "--masked")
    assert "published" in agent.cli("status")


def test_agent_killed_before_its_masked_input_compares_itself_locally(
    collaborative: Collaborative,
) -> None:
    victim = collaborative.agents["s6"]
    for agent in collaborative.agents.values():
        agent.start(*(("--stop-before", "masked-input") if agent is victim else ()))
    collaborative.open_job()
    assert victim.wait() == -9
    victim.start()
    collaborative.finish()
    check_result(victim.document(), SITES[:5])
    assert victim.document()["in_cohort"] is False
    assert "not in the cohort" in victim.document()["standing"]
    assert victim.document()["positions"]["s6"][0]["denominator"] == counts("s6")[1]


def test_agent_killed_after_its_masked_input_counts(collaborative: Collaborative) -> None:
    victim = collaborative.agents["s3"]
    for agent in collaborative.agents.values():
        agent.start(*(("--stop-after", "masked-input") if agent is victim else ()))
    collaborative.open_job()
    assert victim.wait() == -9
    victim.start()
    collaborative.finish()
    for agent in collaborative.agents.values():
        check_result(agent.document(), SITES)
        assert agent.document()["verified"]
    # New keys over the same frozen input, in a closed attempt.
    assert [event["mode"] for event in victim.events("attempt-opened")] == ["open", "closed"]


def test_aggregator_killed_during_the_job(collaborative: Collaborative) -> None:
    for agent in collaborative.agents.values():
        agent.start()
    collaborative.open_job()
    agents = collaborative.agents.values()
    wait_until(lambda: any(a.events("masked-input-sent") for a in agents), "a masked input")
    collaborative.aggregator.kill()
    collaborative.aggregator.start()
    collaborative.finish()
    for agent in agents:
        check_result(agent.document(), SITES)
        assert len(agent.events("job-ended")) == 1


def test_nothing_leaves_before_a_person_approves(tmp_path: Path) -> None:
    with Collaborative(tmp_path, approval="manual") as collaborative:
        for agent in collaborative.agents.values():
            agent.start()
        collaborative.open_job()
        for site, agent in collaborative.agents.items():
            wait_until(lambda agent=agent: agent.events("approval-awaited"), "a preview")
            assert not agent.events("intent-sent")
            assert f"{counts(site)[0]} of {counts(site)[1]}" in agent.cli("preview", JOB)
            frozen = json.loads(agent.cli("status", "--json"))["jobs"][0]["frozen_input"]
            assert agent.run("approve", JOB, "0" * 64).returncode == 5
            agent.cli("approve" if site != "s6" else "reject", JOB, frozen)
        collaborative.finish()
        check_result(collaborative.agents["s1"].document(), SITES[:5])
