"""Runs other systems in an environment of their own, as their pins do not fit beside ours."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from benchmarks.secagg_cost import Cost

ROOT = Path(__file__).resolve().parents[1]
VARIABLE = "FEDQI_BENCH_PYTHON"
USUAL = ROOT / ".venv-bench/bin/python"
INSTALL = (
    "python3 -m venv .venv-bench && "
    ".venv-bench/bin/pip install --require-hashes -r requirements/bench.txt"
)
QUIET = {"FLWR_TELEMETRY_ENABLED": "0", "FLWR_DISABLE_UPDATE_CHECK": "1"}


class CompetitorError(Exception):
    """Another system is not there, or failed; the message says which and what to do."""


def run(module: str, arguments: Sequence[int]) -> list[Cost]:
    """Run a benchmark module in the other environment and read what it prints.

    Parameters
    ----------
    module
        Of this package; prints one line of JSON per system.
    arguments
        Of its command line.

    Raises
    ------
    CompetitorError
        If it cannot be run; names the installation command, or the end of its complaint.
    """
    python = Path(os.environ.get(VARIABLE, USUAL))
    if not python.exists():
        raise CompetitorError(f"no {python}; install the other systems: {INSTALL}")
    command = [str(python), "-m", module, *map(str, arguments)]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **QUIET}, capture_output=True, text=True
    )
    if done.returncode:
        complaint = done.stderr.strip().rpartition("\n")[2] or f"exit code {done.returncode}"
        raise CompetitorError(f"{module} failed in {python}: {complaint}; to install: {INSTALL}")
    return [Cost.from_json(line) for line in done.stdout.splitlines() if line.startswith("{")]
