"""The Michigan collaborative by our services and over a real SuperLink: the same figures."""

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("flwr", reason="needs the extra fedqi[flower]")


@pytest.mark.slow
def test_both_engines_release_the_same_to_the_bit(tmp_path: Path) -> None:
    command = [str(Path(sys.executable).with_name("fedqi")), "demo", "--over", "flower"]
    command += ["--out", str(tmp_path / "demo")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1200, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "same to the last bit" in " ".join(done.stdout.split())
