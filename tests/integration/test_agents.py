"""Six real agents and a real aggregator: a job is completed whatever is killed on the way."""

import json
from collections.abc import Iterator
from functools import partial

import pytest

from tests.integration.agents import (
    SITES,
    Agent,
    Collaborative,
    check_result,
    counts,
    own_figures,
    wait_until,
)

pytest.importorskip("sqlalchemy", reason="the aggregator's extra is not installed")


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collaborative]:
    with Collaborative(tmp_path_factory.mktemp("collaborative")) as running:
        yield running


@pytest.fixture
def collaborative(founded: Collaborative) -> Iterator[Collaborative]:
    yield founded
    founded.stop_agents()


def start(collaborative: Collaborative, **stops: str) -> None:
    """Start all agents; ``s3="--stop-after"`` makes one die at its first masked input."""
    for site, agent in collaborative.agents.items():
        agent.start(*((stops[site], "masked-input") if site in stops else ()))


def test_a_job_from_announcement_to_own_position(collaborative: Collaborative) -> None:
    start(collaborative)
    job, period = collaborative.open_job()
    collaborative.finish()
    for site, agent in collaborative.agents.items():
        document = agent.document(job)
        check_result(document, period, SITES)
        assert (document["verified"], document["in_cohort"]) == (True, True)
        assert own_figures(document, site, period) == counts(site, period)
    check_log(collaborative.log("s5"), counts("s5", period))
    agent = collaborative.agents["s1"]
    assert "unbroken" in agent.cli("ledger", "verify")
    assert "the eight bytes that left" in agent.cli("preview", job, "--masked")
    assert f"Job {job}: published" in agent.cli("status")


def test_agents_killed_before_and_after_their_masked_input(collaborative: Collaborative) -> None:
    start(collaborative, s6="--stop-before", s3="--stop-after")
    job, period = collaborative.open_job()
    dropped, counted = collaborative.agents["s6"], collaborative.agents["s3"]
    for victim in (dropped, counted):
        assert victim.wait() == -9
        victim.start()
    collaborative.finish()
    # The one that was killed before is in no total, and compares itself with them locally.
    document = dropped.document(job)
    check_result(document, period, SITES[:5])
    assert document["in_cohort"] is False
    assert "not in the cohort" in document["standing"]
    assert own_figures(document, "s6", period) == counts("s6", period)
    # The other one counts: new keys over the same frozen input, in a closed attempt.
    modes = [event["mode"] for event in counted.events("attempt-opened", job)]
    assert modes == ["open", "closed"]
    for site in SITES[:5]:
        check_result(collaborative.agents[site].document(job), period, SITES[:5])
        assert collaborative.agents[site].document(job)["verified"]


def test_aggregator_killed_during_the_job(collaborative: Collaborative) -> None:
    start(collaborative)
    job, period = collaborative.open_job()
    agents = collaborative.agents.values()
    wait_until(lambda: any(a.events("masked-input-sent", job) for a in agents), "a masked input")
    collaborative.aggregator.kill()
    collaborative.aggregator.start()
    collaborative.finish()
    for agent in agents:
        check_result(agent.document(job), period, SITES)
        assert len(agent.events("job-ended", job)) == 1


def test_nothing_leaves_before_a_person_approves(collaborative: Collaborative) -> None:
    for agent in collaborative.agents.values():
        agent.configure(collaborative.address, "manual" if agent.site in "s1 s6" else "automatic")
    start(collaborative)
    job, period = collaborative.open_job()
    decide(collaborative.agents["s1"], "approve", job, period)
    decide(collaborative.agents["s6"], "reject", job, period)
    collaborative.finish()
    check_result(collaborative.agents["s1"].document(job), period, SITES[:5])
    assert not collaborative.agents["s6"].events("intent-sent", job)


def check_log(log: str, figures: tuple[int, int]) -> None:
    """Every line is JSON, and no field is one of the hospital's figures."""
    values = [value for line in log.splitlines() for value in json.loads(line).values()]
    assert "job-ended" in values
    assert not set(figures) & {value for value in values if type(value) is int}


def decide(agent: Agent, verdict: str, job: str, period: str) -> None:
    wait_until(partial(agent.events, "approval-awaited", job), "a contribution to approve")
    assert not agent.events("intent-sent", job)
    breached, attendances = counts(agent.site, period)
    assert f"{breached} of {attendances}" in agent.cli("preview", job)
    assert agent.run(verdict, job, "0" * 64).returncode == 5
    jobs = {found["job"]: found for found in json.loads(agent.cli("status", "--json"))["jobs"]}
    agent.cli(verdict, job, jobs[job]["frozen_input"])
