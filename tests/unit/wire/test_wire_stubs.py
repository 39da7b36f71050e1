"""The committed stubs are what the definitions generate."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


def test_stubs_are_fresh(tmp_path: Path) -> None:
    pytest.importorskip("grpc_tools", reason="the generator's pins do not fit beside Flower's")
    assert version("grpcio-tools") == "1.76.0"
    outputs = [f"--{kind}_out={tmp_path}" for kind in ("python", "pyi", "grpc_python")]
    sources = sorted(str(path) for path in (ROOT / "protos").glob("fedqi/wire/v1/*.proto"))
    command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{ROOT / 'protos'}"]
    subprocess.run([*command, *outputs, *sources], check=True)
    made = {path.name: path.read_text() for path in (tmp_path / "fedqi/wire/v1").iterdir()}
    kept = {path.name: path.read_text() for path in (ROOT / "fedqi/wire/v1").glob("*_pb2*")}
    assert kept == made
