"""A collaborative whose agents dial nobody: from enrolment to results through a relay."""

from pathlib import Path

import pytest
import yaml

from site_agent.config import load_config
from site_agent.enrol import enrol
from site_agent.state import create_state
from tests.integration.agents import MEASURE, SITES, Agent, counts
from tests.integration.harness import AggregatorProcess
from tests.integration.postman import Postman, RelayedAggregator

PERIOD = "2022-01"


def prepared(folder: Path, site: str) -> Agent:
    agent = Agent(folder, site)
    agent.prepare("localhost:1")
    content = yaml.safe_load(agent.config.read_text())
    del content["aggregator"]
    agent.config.write_text(yaml.safe_dump(content | {"relay": "relay.sock"}))
    return agent


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("r")  # a short path: sockets have few characters


def test_from_enrolment_to_a_position(folder: Path) -> None:
    centre = AggregatorProcess(folder / "aggregator")
    centre.settings |= {"listen": "127.0.0.1:7443", "enrolment_listen": "127.0.0.1:7444"}
    centre.write_settings()
    centre.cli("init", "--collaborative", "qi", "--title", "A relayed collaborative")
    tokens = [word for word in centre.cli("invite", *SITES).split() if word[:7] == "fedqi1."]
    agents = {site: prepared(folder, site) for site in SITES}
    postman = Postman({site: agent.folder / "relay.sock" for site, agent in agents.items()})
    with RelayedAggregator(centre.config, postman):
        for agent, token in zip(agents.values(), tokens, strict=True):
            config = load_config(agent.config)
            enrol(create_state(config.state_dir), agent.site, token, config.relay)
        measure, collection = folder / "measure.yaml", folder / "collection.yaml"
        measure.write_text(MEASURE)
        collection.write_text(
            yaml.safe_dump(
                {"id": "all", "title": "All", "analyses": ["crude"], "measures": ["breaches"]}
            )
        )
        facts = centre.data("genesis", str(measure), "--collection", str(collection))
        for agent in agents.values():
            agent.accept(facts["fingerprint"])
        for agent in agents.values():
            agent.start()
        centre.cli("job", "open", "all", "--job", "spring", "--period", PERIOD)
        for agent in agents.values():
            assert agent.wait() == 0, (agent.folder / "agent.log").read_text()
    document = agents["s1"].document("spring")
    result = next(each for each in document["results"] if each["period"] == PERIOD)
    assert document["verified"]
    assert result["survivors"] == list(SITES)
    assert result["observed"] == sum(counts(site, PERIOD)[0] for site in SITES)
    assert result["denominator"] == sum(counts(site, PERIOD)[1] for site in SITES)
