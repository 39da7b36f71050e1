"""Where this aggregator is reached: written by the server, read by the commands."""

import json
from pathlib import Path

from aggregator.config import Config
from fedqi.errors import ConfigurationError
from fedqi.wire.bootstrap import split_address

ENDPOINTS = "endpoints.json"


def write_endpoints(directory: Path, endpoints: dict[str, object]) -> None:
    """Write ``endpoints.json`` into the state directory, whole or not at all.

    Raises
    ------
    ConfigurationError
        When the directory cannot be written.
    """
    path = directory / ENDPOINTS
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
    """Return the addresses that sites dial: as configured, or of the server where it chose.

    Raises
    ------
    ConfigurationError
        When a port is chosen by the server, which has not started yet.
    """
    listening = {"federation": config.listen, "enrolment": config.enrolment_listen}
    ports = {name: split_address(address)[1] for name, address in listening.items()}
    fixed = {name: f"{config.advertised}:{port}" for name, port in ports.items() if port}
    chosen = {} if len(fixed) == len(ports) else _served(config.state_directory / ENDPOINTS)
    return chosen | fixed


def _served(path: Path) -> dict[str, str]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise ConfigurationError(
            "port 0 is configured and the server has not started yet: run "
            "`fedqi-aggregator serve` first, so that its address is known"
        ) from None
    except (OSError, ValueError, TypeError) as error:
        raise ConfigurationError(
            f"{path}: not readable ({error}); restart the server, which writes it anew"
        ) from None
