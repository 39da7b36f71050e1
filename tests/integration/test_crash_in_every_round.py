"""kill -9 of either side at every message of the protocol, over real gRPC and real SQLite.

Six agents serve on from job to job; in each job one process dies at a chosen point and is
started again. Whatever dies, the job is released over one set, equal to the plain sum.
"""

from collections.abc import Iterator

import pytest

from aggregator.faults import PHASES
from site_agent.faults import POINTS
from tests.integration.agents import SITES, Collaborative, check_result, wait_until

pytest.importorskip("sqlalchemy", reason="the aggregator's extra is not installed")
pytestmark = pytest.mark.slow

VICTIM = "s3"
OTHERS = tuple(site for site in SITES if site != VICTIM)
KILLED = -9

COHORTS = {
    # Its intent is sent again after the restart: no key existed yet.
    ("--stop-before", "intent"): SITES,
    ("--stop-after", "intent"): SITES,
    # Its secrets are gone and its masked input never came: out of this job.
    ("--stop-before", "advert"): OTHERS,
    ("--stop-after", "advert"): OTHERS,
    ("--stop-before", "shares"): OTHERS,
    ("--stop-after", "shares"): OTHERS,
    ("--stop-before", "masked-input"): OTHERS,
    # Its masked input counts: a closed attempt over the same set waits for its return.
    ("--stop-after", "masked-input"): SITES,
    ("--stop-before", "statement"): SITES,
    ("--stop-after", "statement"): SITES,
    ("--stop-before", "unmasking"): SITES,
    ("--stop-after", "unmasking"): SITES,
    ("--stop-before", "verdict"): SITES,
    ("--stop-after", "verdict"): SITES,
}
"""Where the victim dies, and over whom the job is released nevertheless."""


@pytest.fixture(scope="module")
def collaborative(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collaborative]:
    with Collaborative(tmp_path_factory.mktemp("collaborative")) as running:
        for site in OTHERS:
            running.agents[site].serve()
        yield running


def test_every_point_of_a_job_is_covered() -> None:
    drills = {point for _, point in COHORTS}
    assert drills == set(POINTS) - {"discard-receipt"}


@pytest.mark.parametrize(("option", "point"), COHORTS)
def test_agent_killed(collaborative: Collaborative, option: str, point: str) -> None:
    victim = collaborative.agents[VICTIM]
    victim.kill()
    victim.serve(option, point)
    job, period = collaborative.open_job()
    assert victim.wait() == KILLED
    victim.serve()
    collaborative.see_the_end(job)
    check_released(collaborative, job, period, COHORTS[option, point])


# Auditors are drawn beyond 200 sites only.
@pytest.mark.parametrize("phase", [phase for phase in PHASES if phase != "auditing"])
def test_aggregator_killed(collaborative: Collaborative, phase: str) -> None:
    victim = collaborative.agents[VICTIM]
    victim.kill()
    victim.serve()
    aggregator = collaborative.aggregator
    aggregator.stop()
    aggregator.start("--stop-in", phase)
    job, period = collaborative.open_job()
    wait_until(lambda: aggregator.ended() == KILLED, f"the aggregator dies while {phase}")
    aggregator.start()
    collaborative.see_the_end(job)
    check_released(collaborative, job, period, SITES)


def check_released(
    collaborative: Collaborative, job: str, period: str, cohort: tuple[str, ...]
) -> None:
    """Every agent has one result over the cohort, which its members recomputed."""
    for site, agent in collaborative.agents.items():
        document = agent.document(job)
        check_result(document, period, cohort)
        assert document["verified"] is (site in cohort), document["standing"]
        assert len(agent.events("job-ended", job)) == 1
