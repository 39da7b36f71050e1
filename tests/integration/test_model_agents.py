"""A random-intercept model over six real agents: fifteen steps or so under one key agreement."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

import fedqi
from fedqi.benchmarking.hierarchical_figures import HierarchicalResult
from tests.integration.agents import PERIODS, SITES, Collaborative

pytest.importorskip("sqlalchemy", reason="the aggregator's extra is not installed")

LOST = "s4"
WARDS = 4
"""Of each site: random intercepts need fifteen providers besides those of who may collude."""

PERIOD = PERIODS[0]  # of the first job
MEASURE = """\
fedqi: 1
id: deaths
version: 1.0.0
title: Deaths within 30 days of an operation
direction: lower
scoring: proportion
dataset:
  time: {anchor: day, grain: month}
  provider: ward
  columns:
    ward: {type: string}
    day: {type: date}
    died: {type: boolean}
    urgent: {type: boolean}
    age: {type: number, min: 18, max: 120}
numerator: died
risk_model:
  terms: [urgent, age]
"""


def patients(site: str) -> str:
    """Return a hospital's patients as CSV; the later its name, the worse its results."""
    number, rows = int(site[1:]), ["ward,day,died,urgent,age\n"]
    for urgent, age, each in product((0, 1), (35, 60, 82), range(80)):
        ward = each % WARDS
        dies = (7 * each + 3 * age) % 40 < 3 + 2 * number + ward + 4 * urgent + age // 20
        rows.append(f"w{ward},{PERIOD}-{each % 28 + 1:02},{int(dies)},{urgent},{age}\n")
    return "".join(rows)


BOTH = ("crude", "hierarchical")
BEYOND_CRUDE = 5  # a step after the last of the analysis crude


@pytest.fixture
def collaborative(tmp_path: Path) -> Iterator[Collaborative]:
    with Collaborative(tmp_path, MEASURE, patients, BOTH, return_=1.0) as running:
        yield running


def test_a_model_from_announcement_to_own_position(collaborative: Collaborative) -> None:
    for agent in collaborative.agents.values():
        agent.start()
    job, _ = collaborative.open_job()
    collaborative.finish()
    expected = rehearsed(collaborative)
    for site, agent in collaborative.agents.items():
        document = agent.document(job)
        (pooled,) = [found for found in document["results"] if found["period"] == "all"]
        found = pooled["analyses"]["hierarchical"]
        assert found["sigma"] == pytest.approx(expected.sigma, abs=1e-12)
        assert found["coefficients"] == pytest.approx(expected.coefficients, abs=1e-12)
        own = [p for p in document["positions"][site] if p["period"] == "all"]
        assert [position["provider"] for position in own] == [f"w{i}" for i in range(WARDS)]
        assert 0 < own[0]["analyses"]["hierarchical"]["probability_worse"] < 1


@pytest.mark.slow
def test_what_is_complete_when_a_hospital_disappears_is_released(
    collaborative: Collaborative,
) -> None:
    for site, agent in collaborative.agents.items():
        drill = ("--stop-before", "masked-input", "--in-step", str(BEYOND_CRUDE))
        agent.start(*drill if site == LOST else ())
    job, _ = collaborative.open_job()
    others = [site for site in SITES if site != LOST]
    collaborative.finish(*others)
    for site in others:
        document = collaborative.agents[site].document(job)
        assert (document["outcome"], document["waiting_for"]) == ("partial", [LOST])
        assert document["missing"] == [{"measure": "deaths", "analysis": "hierarchical"}]
        assert document["verified"], document["standing"]
        analyses = {name for found in document["results"] for name in found["analyses"]}
        assert analyses == {"crude"}
        assert len(document["results"][0]["survivors"]) == len(SITES)
    status = collaborative.agents["s1"].cli("status")
    assert f"Job {job}: partial ({LOST} did not come back); without hierarchical" in status
    completed_later(collaborative)


def completed_later(collaborative: Collaborative) -> None:
    """The same periods once everyone is back: one set, and now all of it."""
    for agent in collaborative.agents.values():
        agent.serve()
    collaborative.aggregator.cli("job", "open", "all", "--job", "again", "--period", PERIOD)
    collaborative.see_the_end("again")
    for agent in collaborative.agents.values():
        again = agent.document("again")
        assert (again["outcome"], again["missing"]) == ("published", [])
        assert again["results"][0]["survivors"] == list(SITES)


def rehearsed(collaborative: Collaborative) -> HierarchicalResult:
    """Return what the same hospitals release in one process."""
    measure = fedqi.load_measure(collaborative.folder / "measure.yaml")
    sources = {site: collaborative.folder / site / "data.csv" for site in SITES}
    run = fedqi.benchmark(measure, sources, analyses=["crude", "hierarchical"], period=PERIOD)
    found: HierarchicalResult = run.result.find("deaths", "all").analyses["hierarchical"]
    assert found.sigma > 0
    return found
