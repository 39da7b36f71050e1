"""Where this aggregator is reached: written by the server, read by the commands."""

import json
from pathlib import Path

from aggregator.config import Config
from fedqi.errors import ConfigurationError
from fedqi.wire.bootstrap import split_address


def write_endpoints(directory: Path, endpoints: dict[str, object]) -> None:
    """Write ``endpoints.json`` into the state directory, whole or not at all.

    Raises
    ------
    ConfigurationError
        When the directory cannot be written.
    """
    path = directory / "endpoints.json"
    try:
        temporary = path.with_suffix(".new")
        temporary.write_text(json.dumps(endpoints, indent=1) + "\n", encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        raise ConfigurationError(
            f"{path}: cannot be written ({error.strerror}); the operator must make the state "
            "directory writable or free space"
        ) from error


def read_endpoints(config: Config) -> dict[str, str]:
    """Return the addresses that sites dial, as the server wrote them or as configured.

    Raises
    ------
    ConfigurationError
        When a port is chosen by the server, which has not started yet.
    """
    path = config.state_directory / "endpoints.json"
    if path.exists():
        return dict(json.loads(path.read_text(encoding="utf-8")))
    ports = (split_address(config.listen)[1], split_address(config.enrolment_listen)[1])
    if 0 in ports:
        raise ConfigurationError(
            "port 0 is configured and the server has not started yet: run "
            "`fedqi-aggregator serve` first, so that its address is known"
        )
    federation, enrolment = (f"{config.advertised}:{port}" for port in ports)
    return {"federation": federation, "enrolment": enrolment}
