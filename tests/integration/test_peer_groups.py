"""Two peer groups of three hospitals over real agents: each is compared within its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.agents import SITES, Collaborative, counts

pytest.importorskip("sqlalchemy", reason="the aggregator's extra is not installed")
pytestmark = pytest.mark.slow

GROUPS = {"rural": SITES[:3], "urban": SITES[3:]}


@pytest.fixture
def collaborative(tmp_path: Path) -> Iterator[Collaborative]:
    groups = tmp_path / "groups.yaml"
    groups.write_text("".join(f"{name}: [{', '.join(own)}]\n" for name, own in GROUPS.items()))
    founding = ("--collusion-bound", "0", "--segments", str(groups))
    with Collaborative(tmp_path, founding=founding) as running:
        yield running


def test_each_group_has_a_sum_of_its_own(collaborative: Collaborative) -> None:
    for agent in collaborative.agents.values():
        agent.start()
    job, period = collaborative.open_job()
    collaborative.finish()
    for site, agent in collaborative.agents.items():
        document = agent.document(job)
        assert document["verified"], document["standing"]
        released = {r["segment"]: r for r in document["results"] if r["period"] == period}
        for name, own in GROUPS.items():
            assert tuple(released[name]["survivors"]) == own
            assert released[name]["observed"] == sum(counts(each, period)[0] for each in own)
        (group,) = {position["segment"] for position in document["positions"][site]}
        assert site in GROUPS[group]
    # A second job over the next month goes on from the same partition, kept with the history.
    for agent in collaborative.agents.values():
        agent.start()
    job, _ = collaborative.open_job()
    collaborative.finish()
    assert collaborative.agents["s1"].document(job)["outcome"] == "published"
