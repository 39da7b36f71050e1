"""Enrolment of real agents with a real aggregator, and every way in which it is refused."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fedqi.wire.token import Token
from tests.integration.agents import Agent
from tests.integration.harness import AggregatorProcess

pytest.importorskip("sqlalchemy", reason="the aggregator's extra is not installed")


@pytest.fixture(scope="module")
def aggregator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AggregatorProcess]:
    with AggregatorProcess(tmp_path_factory.mktemp("aggregator")) as running:
        yield running


def prepared(folder: Path, aggregator: AggregatorProcess, site: str) -> Agent:
    agent = Agent(folder, site)
    agent.prepare(aggregator.endpoints["federation"])
    return agent


def test_a_token_is_good_once(tmp_path: Path, aggregator: AggregatorProcess) -> None:
    token = aggregator.cli("invite", "s1").split()[-1]
    first = prepared(tmp_path / "first", aggregator, "s1")
    assert "is enrolled in qi" in first.cli("enrol", token)
    assert "certificate until" in first.cli("status")
    second = prepared(tmp_path / "second", aggregator, "s1").run("enrol", token)
    assert second.returncode == 5
    assert "did not accept the token" in second.stderr
    assert "Traceback" not in second.stderr


def test_a_token_for_another_site(tmp_path: Path, aggregator: AggregatorProcess) -> None:
    token = aggregator.cli("invite", "s2").split()[-1]
    done = prepared(tmp_path, aggregator, "s3").run("enrol", token)
    assert done.returncode == 2
    assert "the token is for site 's2'" in done.stderr


def test_wrong_authority(tmp_path: Path, aggregator: AggregatorProcess) -> None:
    token = Token.parse(aggregator.cli("invite", "s4").split()[-1])
    other = Token(token.address, token.collaborative, "s4", token.token_id, token.secret, bytes(32))
    done = prepared(tmp_path, aggregator, "s4").run("enrol", str(other))
    assert done.returncode == 2
    assert "the token pins" in done.stderr
    assert not (tmp_path / "s4" / "state" / "tls" / "site.pem").exists()


def test_run_before_enrolment_and_before_acceptance(
    tmp_path: Path, aggregator: AggregatorProcess
) -> None:
    agent = prepared(tmp_path, aggregator, "s5")
    done = agent.run("run", "--once")
    assert (done.returncode, "fedqi-site enrol TOKEN" in done.stderr) == (2, True)
    agent.cli("enrol", aggregator.cli("invite", "s5").split()[-1])
    done = agent.run("run", "--once")
    assert (done.returncode, "accept-genesis" in done.stderr) == (5, True)
