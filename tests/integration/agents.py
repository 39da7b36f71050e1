"""Real agent processes around a real aggregator process, each with a tiny table of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

import yaml

from site_agent.events import read_events
from tests.integration.harness import ROOT, AggregatorProcess

PATIENCE = 60.0  # seconds at most for anything to happen
SITES = ("s1", "s2", "s3", "s4", "s5", "s6")
JOB = "first"
MEASURE = """\
fedqi: 1
id: breaches
version: 1.0.0
title: Patients who waited longer than four hours
direction: lower
scoring: proportion
dataset:
  columns:
    attendances: {type: integer}
    breached: {type: integer}
denominator: {sum: attendances}
numerator: {sum: breached}
"""


def counts(site: str) -> tuple[int, int]:
    """Return (breached, attendances) of a site."""
    number = int(site[1:])
    return 10 * number, 200 + number


class Agent:
    """``fedqi-site`` of one hospital."""

    def __init__(self, folder: Path, site: str) -> None:
        self.folder = folder / site
        self.site = site
        self.config = self.folder / "fedqi-site.yaml"
        self.process: subprocess.Popen[bytes] | None = None

    def prepare(self, address: str, approval: str = "automatic") -> None:
        """Write configuration and data, and make the state directory."""
        self.cli("init", "--site", self.site, "--aggregator", address)
        content = yaml.safe_load(self.config.read_text())
        content["approval"] = approval
        self.config.write_text(yaml.safe_dump(content))
        breached, attendances = counts(self.site)
        table = f"attendances,breached\n{attendances},{breached}\n"
        (self.folder / "data.csv").write_text(table)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command and return how it ended."""
        return subprocess.run(
            self._command(*arguments),
            capture_output=True,
            text=True,
            env=environment(),
            timeout=PATIENCE,
            check=False,
        )

    def cli(self, *arguments: str) -> str:
        """Run a command that must succeed; return what it printed."""
        done = self.run(*arguments)
        assert done.returncode == 0, f"{arguments}: exit {done.returncode}\n{done.stderr}"
        return done.stdout.strip()

    def start(self, *options: str) -> None:
        """Start the service until the job ends."""
        with (self.folder / "agent.log").open("ab") as log:
            command = self._command("run", "--until-job-ends", *options)
            self.process = subprocess.Popen(command, stderr=log, env=environment())

    def wait(self) -> int:
        """Wait until the service ends; return its exit code."""
        assert self.process is not None
        return self.process.wait(timeout=PATIENCE)

    def kill(self) -> None:
        """Kill -9, if it still runs."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return the events of one kind so far."""
        found = read_events(self.folder / "state" / "events.jsonl")
        return [event for event in found if event["event"] == name]

    def document(self) -> dict[str, Any]:
        """Return result and position of the job."""
        found: dict[str, Any] = json.loads(self.cli("report", JOB, "--json"))
        return found

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "site_agent", "--config", str(self.config), *arguments]


class Collaborative:
    """Six hospitals that have enrolled and signed."""

    def __init__(self, folder: Path, approval: str = "automatic") -> None:
        self.folder = folder
        self.approval = approval
        self.aggregator = AggregatorProcess(folder / "aggregator")
        self.agents = {site: Agent(folder, site) for site in SITES}
        self._stack = ExitStack()

    def __enter__(self) -> "Collaborative":
        self._stack.enter_context(self.aggregator)
        for agent in self.agents.values():
            self._stack.callback(agent.kill)
            agent.prepare(self.aggregator.endpoints["federation"], self.approval)
            agent.cli("enrol", self.aggregator.cli("invite", agent.site).split()[-1])
        measure = self.folder / "breaches.yaml"
        measure.write_text(MEASURE)
        facts = self.aggregator.data("genesis", str(measure))
        for agent in self.agents.values():
            agent.cli("accept-genesis", "--fingerprint", facts["fingerprint"])
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.close()

    def open_job(self) -> None:
        """Announce a run of the measure."""
        self.aggregator.cli("job", "open", "all", "--job", JOB)

    def finish(self, *sites: str) -> None:
        """Wait until these agents have seen the end of the job."""
        for site in sites or SITES:
            assert self.agents[site].wait() == 0, self.log(site)

    def log(self, site: str) -> str:
        """Return an agent's log."""
        return (self.agents[site].folder / "agent.log").read_text()


def environment() -> dict[str, str]:
    """Return an environment in which the programs are found."""
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONPATH": path}


def wait_until(true: Callable[[], object], what: str) -> None:
    """Wait for something to happen, with patience but not for ever."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, f"this did not happen: {what}"
        time.sleep(0.05)


def check_result(document: dict[str, Any], cohort: tuple[str, ...]) -> None:
    """Check the released total against the plain sum over the cohort."""
    result = document["results"][0]
    assert tuple(result["survivors"]) == cohort
    assert result["observed"] == sum(counts(site)[0] for site in cohort)
    assert result["denominator"] == sum(counts(site)[1] for site in cohort)
