"""The aggregator as a process: what stops it from starting, and what does not stop it."""

from pathlib import Path

from tests.integration.client import enrol
from tests.integration.harness import AggregatorProcess
from tests.unit.aggregator.people import Applicant


def test_port_in_use(tmp_path: Path) -> None:
    with AggregatorProcess(tmp_path / "first") as running:
        other = AggregatorProcess(tmp_path / "other")
        other.settings |= {"listen": running.settings["listen"]}
        other.write_settings()
        other.cli("init", "--collaborative", "qi", "--title", "T")
        done = other.run("serve")
    assert done.returncode == 7
    assert "the operator must choose another" in done.stderr


def test_state_directory_in_use(tmp_path: Path) -> None:
    with AggregatorProcess(tmp_path) as running:
        running.settings |= {"listen": "127.0.0.1:0", "enrolment_listen": "127.0.0.1:0"}
        running.write_settings()
        done = running.run("serve")
    assert done.returncode == 2
    assert "using this state directory" in done.stderr


def test_not_initialised(tmp_path: Path) -> None:
    process = AggregatorProcess(tmp_path)
    assert process.run("serve").returncode == 2
    process.write_settings()
    done = process.run("serve")
    assert done.returncode == 2
    assert "fedqi-aggregator init" in done.stderr


def test_state_directory_that_cannot_be_written(tmp_path: Path) -> None:
    process = AggregatorProcess(tmp_path)
    (tmp_path / "file").write_text("")
    process.settings["state_directory"] = str(tmp_path / "file" / "state")
    process.write_settings()
    done = process.run("init", "--collaborative", "qi", "--title", "T")
    assert done.returncode == 2
    assert "cannot be created" in done.stderr


def test_certificate_survives_kill_and_restart(tmp_path: Path) -> None:
    with AggregatorProcess(tmp_path) as aggregator:
        caller = enrol(aggregator.cli("invite", "north"), Applicant("north"))
        aggregator.kill()
        aggregator.start()
        assert list(caller.poll()) == []
