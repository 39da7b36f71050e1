"""One job over hospitals that keep stays as OMOP files, as OMOP in PostgreSQL, and as one table."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.agents import SITES, Agent, Collaborative
from tests.unit.engine.mapping.generated import generated
from tests.unit.engine.mapping.stays import EXAMPLES, Stay, followed_unplanned, omop_stays
from tests.unit.engine.postgres.server import Server
from tests.unit.engine.postgres.test_mapped import dataset_file, in_database

pytest.importorskip("sqlalchemy", reason="the aggregator's extra is not installed")
pytestmark = pytest.mark.slow

QUARTER = "2022-Q2"
READMISSION = (EXAMPLES.parent / "catalogue" / "readmission-30-day.yaml").read_text("utf-8")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("postgres"))
    yield running
    running.stop()


@pytest.fixture
def collaborative(tmp_path: Path) -> Iterator[Collaborative]:
    with Collaborative(tmp_path, READMISSION) as running:
        yield running


def omop_of(agent: Agent) -> Path:
    """Write a hospital's tables of OMOP, no two alike."""
    folder = agent.folder / "omop"
    folder.mkdir()
    return generated(folder, visits=300 + 90 * SITES.index(agent.site))


def source_of(agent: Agent, folder: Path, server: Server) -> dict[str, Any]:
    """Return what stands behind ``data`` in the configuration: each way at two hospitals."""
    match SITES.index(agent.site) % 3:
        case 0:
            return {"path": "omop", "mapping": "omop-5.4"}
        case 1:
            schema = f"cdm_{agent.site}"
            in_database(server, folder, schema)
            return {"database": server.url(), "table": f"{schema}.*", "mapping": "omop-5.4"}
        case _:
            return {"path": dataset_file(folder, agent.folder / "stays.csv").name}


def plain_counts(stays: list[Stay]) -> tuple[int, int]:
    """Return readmissions and discharges of the second quarter of 2022, counted one by one."""
    index = [
        stay
        for stay in stays
        if (stay.went.year, (stay.went.month - 1) // 3) == (2022, 1)
        and stay.age >= 18
        and not (stay.died or stay.transferred)
    ]
    return sum(followed_unplanned(stay, stays) for stay in index), len(index)


def test_a_job_over_three_kinds_of_source(collaborative: Collaborative, server: Server) -> None:
    expected = {}
    for site, agent in collaborative.agents.items():
        folder = omop_of(agent)
        expected[site] = plain_counts(omop_stays(folder))
        config = yaml.safe_load(agent.config.read_text())
        config["data"] = {"default": source_of(agent, folder, server)}
        agent.config.write_text(yaml.safe_dump(config))
        agent.start()
    collaborative.aggregator.cli("job", "open", "all", "--job", "stays", "--period", QUARTER)
    collaborative.finish()
    for site, agent in collaborative.agents.items():
        document = agent.document("stays")
        (result,) = (each for each in document["results"] if each["period"] == QUARTER)
        (own,) = (p for p in document["positions"][site] if p["period"] == QUARTER)
        assert tuple(result["survivors"]) == SITES
        assert (own["observed"], own["denominator"]) == expected[site]
        assert (result["observed"], result["denominator"]) == tuple(
            map(sum, zip(*expected.values(), strict=True))
        )
    assert len(set(expected.values())) == len(SITES)
    assert all(observed > 0 for observed, _ in expected.values())
