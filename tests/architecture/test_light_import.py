"""`import fedqi` stays light: what is heavy is loaded where it is used."""

import subprocess
import sys

import pytest

HEAVY = (
    "grpc",
    "google.protobuf",
    "matplotlib",
    "scipy.stats",
    "sqlalchemy",
    "jinja2",
    "pandas",
    "flwr",
)


def loaded_by(statement: str) -> set[str]:
    code = f"{statement}\nimport sys\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "statement", ["import fedqi", "import fedqi.secagg", "import fedqi.api", "import fedqi.flower"]
)
def test_nothing_heavy_is_loaded(statement: str) -> None:
    assert loaded_by(statement).isdisjoint(HEAVY)


def test_the_check_can_fail() -> None:
    assert "grpc" in loaded_by("import fedqi.wire.v1.secagg_pb2_grpc")
