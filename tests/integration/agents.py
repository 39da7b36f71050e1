"""Real agent processes around a real aggregator process, each with a tiny table of its own."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

import yaml

from site_agent.accept import accept
from site_agent.config import load_config
from site_agent.enrol import enrol
from site_agent.events import read_events
from site_agent.report import result_of
from site_agent.state import create_state
from tests.integration.harness import RETURN, ROOT, AggregatorProcess

PATIENCE = 60.0  # seconds at most for anything to happen
SITES = ("s1", "s2", "s3", "s4", "s5", "s6")
PERIODS = tuple(f"{year}-{month:02}" for year in (2022, 2023, 2024) for month in range(1, 13))
MEASURE = """\
fedqi: 1
id: breaches
version: 1.0.0
title: Patients who waited longer than four hours
direction: lower
scoring: proportion
dataset:
  time: {anchor: month, grain: month}
  columns:
    month: {type: date}
    attendances: {type: integer}
    breached: {type: integer}
denominator: {sum: attendances}
numerator: {sum: breached}
"""


def counts(site: str, period: str) -> tuple[int, int]:
    """Return (breached, attendances) of a site in a period."""
    number, month = int(site[1:]), PERIODS.index(period) + 1
    return 41_000 + 40 * number + month, 230_000 + number * month


def table(site: str) -> str:
    """Return a site's table of counts as CSV."""
    rows = [
        f"{period}-01,{attendances},{breached}\n"
        for period in PERIODS
        for breached, attendances in [counts(site, period)]
    ]
    return "month,attendances,breached\n" + "".join(rows)


class Agent:
    """``fedqi-site`` of one hospital."""

    def __init__(self, folder: Path, site: str, data: Callable[[str], str] = table) -> None:
        self._data = data
        self.folder = folder / site
        self.site = site
        self.config = self.folder / "fedqi-site.yaml"
        self.process: subprocess.Popen[bytes] | None = None

    def prepare(self, address: str) -> None:
        """Write configuration and data, and make the state directory."""
        self.folder.mkdir(parents=True)
        (self.folder / "data.csv").write_text(self._data(self.site))
        self.configure(address, "automatic")
        create_state(load_config(self.config).state_dir)

    def configure(self, address: str, approval: str) -> None:
        """Write the configuration."""
        content = {
            "site": self.site,
            "aggregator": address,
            "state_dir": "state",
            "approval": approval,
            "data": {"default": {"path": "data.csv"}},
        }
        self.config.write_text(yaml.safe_dump(content))

    def enrol(self, token: str) -> None:
        """Enrol in this process: one program start less than the command."""
        config = load_config(self.config)
        enrol(create_state(config.state_dir), self.site, token)

    def accept(self, fingerprint: str) -> None:
        """Sign the founding documents in this process."""
        asyncio.run(accept(load_config(self.config), fingerprint))

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
        self.serve("--until-job-ends", *options)

    def serve(self, *options: str) -> None:
        """Start the service, to run until it is stopped."""
        with (self.folder / "agent.log").open("ab") as log:
            command = self._command("run", *options)
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

    def events(self, name: str, job: str) -> list[dict[str, Any]]:
        """Return the events of one kind about a job so far."""
        found = read_events(self.folder / "state" / "events.jsonl")
        return [e for e in found if (e["event"], e.get("job")) == (name, job)]

    def document(self, job: str) -> dict[str, Any]:
        """Return result and position of a job."""
        return result_of(load_config(self.config), job)

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "site_agent", "--config", str(self.config), *arguments]


class Collaborative:
    """Six hospitals that have enrolled and signed; every job takes a month of its own."""

    def __init__(
        self,
        folder: Path,
        measure: str = MEASURE,
        data: Callable[[str], str] = table,
        analyses: tuple[str, ...] = ("crude",),
        return_: float = RETURN,
        founding: tuple[str, ...] = (),
    ) -> None:
        self.folder = folder
        self.aggregator = AggregatorProcess(folder / "aggregator", return_=return_)
        self.agents = {site: Agent(folder, site, data) for site in SITES}
        self._measure = measure
        self._analyses = analyses
        self._founding = founding
        self._stack = ExitStack()
        self._jobs = 0

    def __enter__(self) -> "Collaborative":
        self._stack.enter_context(self.aggregator)
        tokens = self.aggregator.cli("invite", *SITES).split()
        found = [word for word in tokens if word.startswith("fedqi1.")]
        for agent, token in zip(self.agents.values(), found, strict=True):
            agent.prepare(self.address)
            agent.enrol(token)
        measure, collection = self.folder / "measure.yaml", self.folder / "collection.yaml"
        measure.write_text(self._measure)
        chosen = {"id": "all", "title": "All", "analyses": list(self._analyses)}
        chosen["measures"] = [yaml.safe_load(self._measure)["id"]]
        collection.write_text(yaml.safe_dump(chosen))
        facts = self.aggregator.data(
            "genesis", str(measure), "--collection", str(collection), *self._founding
        )
        for agent in self.agents.values():
            agent.accept(facts["fingerprint"])
        return self

    @property
    def address(self) -> str:
        """Where the agents dial."""
        return str(self.aggregator.endpoints["federation"])

    def stop_agents(self) -> None:
        """Kill what a failed test left running."""
        for agent in self.agents.values():
            agent.kill()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop_agents()
        self._stack.close()

    def open_job(self) -> tuple[str, str]:
        """Announce a run of the measure over the next month; return job and period."""
        period = PERIODS[self._jobs]
        self._jobs += 1
        job = f"job-{self._jobs}"
        self.aggregator.cli("job", "open", "all", "--job", job, "--period", period)
        return job, period

    def see_the_end(self, job: str) -> None:
        """Wait until every agent, running on, has recorded the end of the job."""
        for site, agent in self.agents.items():
            wait_until(partial(agent.events, "job-ended", job), f"{site} sees the end of {job}")

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


def check_result(document: dict[str, Any], period: str, cohort: tuple[str, ...]) -> None:
    """Check the released total against the plain sum over the cohort."""
    found = [result for result in document["results"] if result["period"] == period]
    assert tuple(found[0]["survivors"]) == cohort
    assert found[0]["observed"] == sum(counts(site, period)[0] for site in cohort)
    assert found[0]["denominator"] == sum(counts(site, period)[1] for site in cohort)


def own_figures(document: dict[str, Any], site: str, period: str) -> tuple[int, int]:
    """Return (observed, denominator) of a site's own position."""
    found = [p for p in document["positions"][site] if p["period"] == period]
    return found[0]["observed"], found[0]["denominator"]
