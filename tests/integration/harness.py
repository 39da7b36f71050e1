"""A real aggregator process in a temporary directory, for tests over real sockets.

>>> with AggregatorProcess(tmp_path) as aggregator:      # doctest: +SKIP
...     token = aggregator.cli("invite", "north")
...     aggregator.kill()      # kill -9
...     aggregator.start()     # again, on the same ports
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
STARTING = 30.0  # seconds at most
PHASE = 10.0  # generous: a busy machine must not make a site look absent
RETURN = 60.0


class AggregatorProcess:
    """``fedqi-aggregator`` with its own configuration and state.

    Parameters
    ----------
    directory
        For configuration, state and log.
    phase, return_
        Deadlines, in seconds.
    """

    def __init__(self, directory: Path, phase: float = PHASE, return_: float = RETURN) -> None:
        self.directory = directory
        self.config = directory / "aggregator.yaml"
        self.log = directory / "aggregator.log"
        self.process: subprocess.Popen[bytes] | None = None
        directory.mkdir(parents=True, exist_ok=True)
        self.settings: dict[str, Any] = {
            "listen": "127.0.0.1:0",
            "enrolment_listen": "127.0.0.1:0",
            "advertised": "localhost",
            "deadlines": {"phase": phase, "receipts": return_, "return": return_},
            "limits": {"message_bytes": 4_000_000},
        }

    def __enter__(self) -> "AggregatorProcess":
        self.write_settings()
        self.cli("init", "--collaborative", "qi", "--title", "A test collaborative")
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def state(self) -> Path:
        """The state directory."""
        return self.directory / "state"

    @property
    def endpoints(self) -> dict[str, Any]:
        """What the server wrote about itself."""
        content: dict[str, Any] = json.loads((self.state / "endpoints.json").read_text())
        return content

    def write_settings(self) -> None:
        """Write the configuration file from ``settings``."""
        self.config.write_text(yaml.safe_dump(self.settings))

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command and return how it ended."""
        return subprocess.run(
            self._command(*arguments),
            capture_output=True,
            text=True,
            env=self._environment(),
            timeout=60,
            check=False,
        )

    def cli(self, *arguments: str) -> str:
        """Run a command that must succeed; return what it printed."""
        done = self.run(*arguments)
        assert done.returncode == 0, f"{arguments}: exit {done.returncode}\n{done.stderr}"
        return done.stdout.strip()

    def data(self, *arguments: str) -> Any:
        """Run a command with ``--json`` and return what it printed."""
        return json.loads(self.cli(*arguments, "--json"))

    def start(self, *options: str) -> None:
        """Start serving and wait until the ports are open; a later start keeps the ports."""
        (self.state / "endpoints.json").unlink(missing_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command("serve", *options), stdout=log, stderr=log, env=self._environment()
            )
        deadline = time.monotonic() + STARTING
        while not (self.state / "endpoints.json").exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"the aggregator did not start:\n{self.log.read_text()}")
            time.sleep(0.05)
        self._keep_ports()

    def kill(self) -> None:
        """Kill -9."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def ended(self) -> int | None:
        """Return the exit code, or None while it serves."""
        assert self.process is not None
        return self.process.poll()

    def stop(self) -> None:
        """Stop as an operator does."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=20)

    def _keep_ports(self) -> None:
        found = self.endpoints
        self.settings["listen"] = f"127.0.0.1:{found['federation'].rpartition(':')[2]}"
        self.settings["enrolment_listen"] = f"127.0.0.1:{found['enrolment'].rpartition(':')[2]}"
        self.write_settings()

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "aggregator", "--config", str(self.config), *arguments]

    @staticmethod
    def _environment() -> dict[str, str]:
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        return {**os.environ, "PYTHONPATH": path}
