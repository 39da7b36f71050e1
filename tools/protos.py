"""Generate ``fedqi/wire/v1`` from ``protos``: ``python -m tools.protos [OUTPUT]``.

The generator is pinned to grpcio-tools 1.76.0, whose stubs load on protobuf 6 and 7.
"""

import sys
from importlib.metadata import version
from pathlib import Path

GENERATOR = "1.76.0"
ROOT = Path(__file__).resolve().parent.parent


def generate(output: Path) -> None:
    """Write the stubs below ``output``.

    Raises
    ------
    SystemExit
        When the generator is another one or refuses the definitions.
    """
    from grpc_tools import protoc

    if version("grpcio-tools") != GENERATOR:
        raise SystemExit(f"expected grpcio-tools {GENERATOR}, found {version('grpcio-tools')}")
    protos = ROOT / "protos"
    sources = sorted(str(path) for path in protos.glob("fedqi/wire/v1/*.proto"))
    outputs = [f"--{kind}_out={output}" for kind in ("python", "pyi", "grpc_python")]
    if protoc.main(["protoc", f"-I{protos}", *outputs, *sources]) != 0:
        raise SystemExit("the definitions in protos/ do not compile")


if __name__ == "__main__":
    generate(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT)
