"""The two terminals of the README, typed by a test."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture import sources

pytestmark = pytest.mark.slow

README = sources.ROOT / "README.md"
PAUSE = (
    "for attempt in $(seq 100); do test -e centre/state/endpoints.json && break; sleep 0.1; done"
)


def block(name: str) -> str:
    found = re.search(
        rf"<!-- quick start: {name} -->\n```sh\n(.*?)^```", README.read_text(), re.S | re.M
    )
    assert found is not None
    return found[1]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the environment where the README expects it."""
    binaries = tmp_path / ".venv/bin"
    binaries.mkdir(parents=True)
    (binaries / "activate").write_text(f'PATH="{Path(sys.executable).parent}:$PATH"\n')
    return tmp_path


@pytest.fixture
def aggregator(folder: Path) -> Iterator[None]:
    """Terminal 1."""
    script = "set -eu\n" + block("aggregator").replace(
        "\nfedqi-aggregator serve", "\nexec fedqi-aggregator serve"
    )
    with subprocess.Popen(["bash", "-c", script], cwd=folder) as process:
        yield
        process.terminate()


@pytest.mark.usefixtures("aggregator")
def test_the_quick_start_leads_to_a_report(folder: Path) -> None:
    terminal = block("agents") + block("signatures")
    terminal = terminal.replace("cd output\n", f"mkdir -p output; cd output\n{PAUSE}\n")
    asked = re.search(r"^fingerprint=.*$", terminal, re.MULTILINE)
    assert asked is not None
    genesis = "fedqi-aggregator --config centre/aggregator.yaml genesis --json"
    extract = (
        f"{genesis} | python -c \"import json, sys; print(json.load(sys.stdin)['fingerprint'])\""
    )
    terminal = terminal.replace(asked[0], f"fingerprint=$({extract})")
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    done = subprocess.run(
        ["bash", "-c", f"set -eu\n{terminal}"],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "60 of 300 at 3 sites" in done.stdout
    assert "Readmission" in (folder / "output/north.html").read_text("utf-8")
