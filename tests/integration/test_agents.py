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


def start(collaborative: Collaborative, victim: str = "", *options: str) -> None:
    for site, agent in collaborative.agents.items():
        agent.start(*(options if site == victim else ()))


def test_a_job_from_announcement_to_own_position(collaborative: Collaborative) -> None:
    start(collaborative)
    job, period = collaborative.open_job()
    collaborative.finish()
    for site, agent in collaborative.agents.items():
        document = agent.document(job)
        check_result(document, period, SITES)
        assert (document["verified"], document["in_cohort"]) == (True, True)
        assert own_figures(document, site, period) == counts(site, period)
    agent = collaborative.agents["s1"]
    assert "unbroken" in agent.cli("ledger", "verify")
    assert "the eight bytes that left" in agent.cli("preview", job, "--masked")
    assert f"Job {job}: published" in agent.cli("status")


def test_no_figure_is_in_a_log_or_an_event(collaborative: Collaborative) -> None:
    start(collaborative)
    job, period = collaborative.open_job()
    collaborative.finish()
    breached, attendances = counts("s5", period)
    told = [event | {"time": 0} for event in collaborative.agents["s5"].events("job-ended", job)]
    assert told
    fields = collaborative.log("s5").replace('"', " ").replace(",", " ").replace("}", " ").split()
    assert not {str(breached), str(attendances)} & set(fields)


def test_agent_killed_before_its_masked_input_compares_itself_locally(
    collaborative: Collaborative,
) -> None:
    start(collaborative, "s6", "--stop-before", "masked-input")
    victim = collaborative.agents["s6"]
    job, period = collaborative.open_job()
    assert victim.wait() == -9
    victim.start()
    collaborative.finish()
    document = victim.document(job)
    check_result(document, period, SITES[:5])
    assert document["in_cohort"] is False
    assert "not in the cohort" in document["standing"]
    assert own_figures(document, "s6", period) == counts("s6", period)


def test_agent_killed_after_its_masked_input_counts(collaborative: Collaborative) -> None:
    start(collaborative, "s3", "--stop-after", "masked-input")
    victim = collaborative.agents["s3"]
    job, period = collaborative.open_job()
    assert victim.wait() == -9
    victim.start()
    collaborative.finish()
    for agent in collaborative.agents.values():
        check_result(agent.document(job), period, SITES)
        assert agent.document(job)["verified"]
    # New keys over the same frozen input, in a closed attempt.
    modes = [event["mode"] for event in victim.events("attempt-opened", job)]
    assert modes == ["open", "closed"]


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


def decide(agent: Agent, verdict: str, job: str, period: str) -> None:
    wait_until(partial(agent.events, "approval-awaited", job), "a contribution to approve")
    assert not agent.events("intent-sent", job)
    breached, attendances = counts(agent.site, period)
    assert f"{breached} of {attendances}" in agent.cli("preview", job)
    assert agent.run(verdict, job, "0" * 64).returncode == 5
    jobs = {found["job"]: found for found in json.loads(agent.cli("status", "--json"))["jobs"]}
    agent.cli(verdict, job, jobs[job]["frozen_input"])
