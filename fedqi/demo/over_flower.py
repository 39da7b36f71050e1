"""The same benchmark twice: by FedQI's own services, and over Flower; the totals are compared."""

import json
import time
from pathlib import Path
from typing import Any

from fedqi.demo.chapters import check_total, follow, tell_of_attempts
from fedqi.demo.collaboratives import example_named
from fedqi.demo.examples import Example
from fedqi.demo.federation import Federation
from fedqi.demo.flower_network import FlowerNetwork
from fedqi.demo.hospitals import HospitalFolder, lay_out
from fedqi.demo.processes import DemoError, Service, services, wait_until
from fedqi.demo.story import prepare
from fedqi.demo.words import heading, say

JOB = "first-benchmark"
SITES = 6
SOCKET = "relay.sock"
UNHURRIED = {"phase": 60.0, "receipts": 90.0, "return": 180.0}
"""Seconds: a round over Flower takes seconds, not milliseconds."""


class FlowerFederation(Federation):
    """A collaborative whose agents are reached through SuperNodes."""

    deadlines = UNHURRIED
    ports = (7443, 7444)  # named in tokens; nobody listens there
    patience = 600.0  # seconds; every message starts a process

    def __init__(
        self,
        example: Example,
        hospitals: list[HospitalFolder],
        out: Path,
        running: dict[str, Service],
    ) -> None:
        super().__init__(example, hospitals, out, running)
        self.network = FlowerNetwork(out / "flower", running)

    def serve(self, *options: str) -> None:
        """Start Flower and, as a run of it, the aggregator."""
        self.network.start()
        for site, hospital in self.hospitals.items():
            self.network.add_node(site, hospital.folder / SOCKET)
        self.network.run(self.config)

    def route(self) -> dict[str, str]:
        """Return what an agent's configuration says of the way to the aggregator."""
        return {"relay": SOCKET}

    def fail(self, site: str) -> None:
        """Kill a hospital's SuperNode with its agent, as a power cut would."""
        self.running[f"supernode {site}"].kill()


def run_flower_demo(out: Path) -> None:
    """Run the Michigan collaborative by both engines and compare every figure released.

    Parameters
    ----------
    out
        Folder for everything; replaced if an earlier demonstration made it.

    Raises
    ------
    DemoError
        If the two differ, or a step does not happen.
    """
    chosen = example_named("cms-hrrp")
    prepare(out)
    with services() as running:
        heading("1. FedQI's own services")
        native = Federation(chosen, lay_out(chosen, SITES, out / "native"), out / "native", running)
        by_services = benchmark(native)
    with services() as running:
        heading("2. The same over Flower: SuperLink and SuperNodes, TLS, node authentication")
        hospitals = lay_out(chosen, SITES, out / "over-flower")
        over = FlowerFederation(chosen, hospitals, out / "over-flower", running)
        by_flower = benchmark(over)
    heading("3. Beside each other")
    if json.dumps(by_services, sort_keys=True) != json.dumps(by_flower, sort_keys=True):
        raise DemoError("the engines released different figures; both are under " + str(out))
    say(
        f"{len(by_flower)} results, every figure of them, are the same to the last bit, over the "
        f"same {by_flower[0]['sites']} hospitals."
    )


def benchmark(federation: Federation) -> list[dict[str, Any]]:
    """Found, run one job in which a hospital's power fails, and return what was released."""
    began = time.monotonic()
    federation.found()
    federation.enrol()
    documents = federation.agree()
    say(f"{documents['members']} members have signed, after {time.monotonic() - began:.0f} s.")
    sites = list(federation.hospitals)
    victim = sites[1]
    for site in sites:
        options = ("--stop-before", "masked-input") if site == victim else ()
        federation.start(site, *options)
    began = time.monotonic()
    federation.open_job(JOB)
    follow(federation, JOB, "input-frozen", sites, "inputs frozen")
    follow(federation, JOB, "advert-sent", sites, "keys advertised")
    follow(federation, JOB, "shares-sent", sites, "shares dealt")
    wait_until(lambda: federation.service(victim).was_killed, f"agent {victim} is killed")
    federation.fail(victim)
    say(f"The power of hospital {victim} failed before its first masked input (SIGKILL).")
    follow(federation, JOB, "job-ended", [s for s in sites if s != victim], "job ended")
    say(f"The job took {time.monotonic() - began:.0f} s.")
    tell_of_attempts(federation, JOB)
    results: list[dict[str, Any]] = federation.results(JOB)["results"]
    for result in results:
        check_total(federation, result)
    return [{k: v for k, v in result.items() if k != "transcript"} for result in results]
