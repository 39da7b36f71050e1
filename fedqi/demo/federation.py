"""The demonstration's processes: one aggregator and its agents, driven by their commands."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from fedqi.demo.examples import Example
from fedqi.demo.hospitals import HospitalFolder, configure
from fedqi.demo.processes import PATIENCE, Service, call, call_each, call_json, program, wait_until
from fedqi.demo.words import bar

DEADLINES = {"phase": 20.0, "receipts": 20.0, "return": 60.0}
"""Seconds; shorter than an operator would set, so that a demonstration does not wait."""


class Federation:
    """One collaborative on this machine.

    Parameters
    ----------
    example
        Which collaborative.
    hospitals
        Folders with each hospital's rows.
    out
        Folder of the demonstration.
    running
        Where started services are kept, to be stopped at the end.
    """

    deadlines: Mapping[str, float] = DEADLINES
    ports = (0, 0)  # the aggregator's choice
    patience = PATIENCE

    def __init__(
        self,
        example: Example,
        hospitals: Sequence[HospitalFolder],
        out: Path,
        running: dict[str, Service],
    ) -> None:
        self.example = example
        self.hospitals = {hospital.site: hospital for hospital in hospitals}
        self.folder = out / "aggregator"
        self.running = running
        self.config = self.folder / "aggregator.yaml"

    def centre(self, *arguments: str) -> list[str]:
        """Return a command of the aggregator's operator."""
        return [program("fedqi-aggregator"), "--config", str(self.config), *arguments]

    def agent(self, site: str, *arguments: str) -> list[str]:
        """Return a command of a hospital's IT."""
        config = str(self.hospitals[site].config)
        return [program("fedqi-site"), "--config", config, *arguments]

    def found(self) -> None:
        """Create the aggregator and start it on free ports of this machine."""
        self.folder.mkdir(parents=True)
        content = {
            "listen": f"127.0.0.1:{self.ports[0]}",
            "enrolment_listen": f"127.0.0.1:{self.ports[1]}",
            "advertised": "127.0.0.1",
            "state_directory": "state",
            "deadlines": dict(self.deadlines),
        }
        self.config.write_text(yaml.safe_dump(content))
        name = ("--collaborative", self.example.name, "--title", self.example.title)
        call(self.centre("init", *name))
        self.serve()

    def serve(self, *options: str) -> None:
        """Start the aggregator, again on the ports it had before."""
        endpoints = self.folder / "state" / "endpoints.json"
        if endpoints.exists():
            self._keep_ports(json.loads(endpoints.read_text()))
            endpoints.unlink()
        log = self.folder / "serve.log"
        self.running["aggregator"] = Service(self.centre("serve", *options), log)
        service = self.running["aggregator"]
        wait_until(lambda: endpoints.exists() or service.ended, f"the aggregator starts ({log})")

    def _keep_ports(self, endpoints: dict[str, str]) -> None:
        content = yaml.safe_load(self.config.read_text())
        content["listen"] = endpoints["federation"]
        content["enrolment_listen"] = endpoints["enrolment"]
        self.config.write_text(yaml.safe_dump(content))

    def kill_aggregator(self) -> None:
        """Kill the aggregator as a power cut would."""
        self.running["aggregator"].kill()

    def enrol(self) -> None:
        """Invite and enrol every hospital: token, key made locally, certificate."""
        for hospital in self.hospitals.values():
            configure(hospital, self.route())
        sites = list(self.hospitals)
        shown = bar("enrolled", len(sites))
        names = [part for h in self.hospitals.values() for part in ("--name", h.name)]
        tokens = call_json(self.centre("invite", *sites, *names, "--json"))
        call_each([self.agent(site, "enrol", tokens[site]) for site in sites], shown)

    def route(self) -> dict[str, str]:
        """Return what an agent's configuration says of the way to the aggregator."""
        endpoints = json.loads((self.folder / "state" / "endpoints.json").read_text())
        return {"aggregator": endpoints["federation"]}

    def agree(self) -> dict[str, Any]:
        """Draft the founding documents; every hospital compares their fingerprint and signs."""
        measures = [str(self.example.path / name) for name in self.example.measures]
        documents: dict[str, Any] = call_json(self.centre("genesis", *measures, "--json"))
        accept = ("accept-genesis", "--fingerprint", documents["fingerprint"])
        sites = list(self.hospitals)
        call_each([self.agent(s, *accept) for s in sites], bar("signed", len(sites)))
        return documents

    def start(self, site: str, *options: str) -> Service:
        """Start a hospital's agent."""
        log = self.hospitals[site].folder / "agent.log"
        service = self.running[site] = Service(self.agent(site, "run", *options), log)
        return service

    def service(self, site: str) -> Service:
        """Return a hospital's running agent."""
        return self.running[site]

    def fail(self, site: str) -> None:
        """Kill what is left of a hospital's processes once its agent is dead: here, nothing."""

    def events(self, site: str) -> list[dict[str, Any]]:
        """Return what an agent has told of its phases; it never tells a figure."""
        path = self.hospitals[site].events
        if not path.exists():
            return []
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.endswith("\n")]

    def told(self, site: str, event: str, **fields: object) -> list[dict[str, Any]]:
        """Return a site's events of one kind."""
        return [
            found
            for found in self.events(site)
            if found["event"] == event
            and all(found.get(name) == value for name, value in fields.items())
        ]

    def open_job(self, job: str) -> None:
        """Announce a run of all measures."""
        periods = self.example.periods
        options = ("--period", periods) if periods else ()
        call(self.centre("job", "open", "all", "--job", job, *options))

    def results(self, job: str) -> dict[str, Any]:
        """Return what the aggregator released."""
        found: dict[str, Any] = call_json(self.centre("results", job, "--json"))
        return found

    def state_of(self, job: str) -> dict[str, Any]:
        """Return how far a job is."""
        found: dict[str, Any] = call_json(self.centre("job", "status", job, "--json"))
        return found
