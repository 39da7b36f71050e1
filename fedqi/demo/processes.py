"""Starts, watches and kills the processes of the demonstration."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from fedqi.errors import ConfigurationError, FedQIError

PATIENCE = 120.0
"""Seconds after which something that should have happened has not."""


class DemoError(FedQIError):
    """A step of the demonstration did not happen; the message says where to look."""


def program(name: str) -> str:
    """Return the path of an installed command.

    Raises
    ------
    ConfigurationError
        If it is not installed beside this interpreter.
    """
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        raise ConfigurationError(
            f"the command {name} is not installed; install the extras: "
            'pip install "fedqi[aggregator,reports]"'
        )
    return found


def call(command: Sequence[str], check: bool = True) -> str:
    """Run a command to its end and return what it printed.

    Raises
    ------
    DemoError
        With its error output, if it failed.
    """
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if check and done.returncode != 0:
        raise DemoError(f"{' '.join(command[:6])} failed: {done.stderr.strip()[-800:]}")
    return done.stdout


def call_json(command: Sequence[str]) -> Any:
    """Run a command and return the JSON it printed."""
    return json.loads(call(command))


def call_each(commands: Sequence[Sequence[str]], done: Callable[[int], None]) -> list[str]:
    """Run commands, as many at a time as there are processors, and return their output."""
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        outputs = []
        for output in pool.map(call, commands):
            outputs.append(output)
            done(len(outputs))
    return outputs


class Service:
    """A process in the background with its output in a file.

    Parameters
    ----------
    command
        What to start.
    log
        Where its output goes; appended to.
    """

    def __init__(self, command: Sequence[str], log: Path) -> None:
        log.parent.mkdir(parents=True, exist_ok=True)
        self.log = log
        with log.open("ab") as file:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT
            )

    @property
    def ended(self) -> bool:
        """Whether the process is gone."""
        return self.process.poll() is not None

    @property
    def was_killed(self) -> bool:
        """Whether it ended by SIGKILL."""
        return self.process.poll() == -signal.SIGKILL

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """Ask it to end, and end it if it does not."""
        if not self.ended:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(5)
        if not self.ended:
            self.kill()


def wait_until(happened: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
    """Wait for something.

    Raises
    ------
    DemoError
        If it does not happen in time.
    """
    deadline = time.monotonic() + patience
    while not happened():
        if time.monotonic() > deadline:
            raise DemoError(f"waited {patience:.0f} s in vain: {what}")
        time.sleep(0.1)


@contextlib.contextmanager
def services() -> Iterator[dict[str, Service]]:
    """Hold the running services; all are stopped at the end, whatever happens."""
    running: dict[str, Service] = {}
    try:
        yield running
    finally:
        for service in running.values():
            if not service.ended:
                service.process.terminate()
        for service in running.values():
            service.stop()
