"""Configuration: one YAML file, checked before anything starts."""

from pathlib import Path
from typing import Annotated

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PositiveFloat,
    PositiveInt,
    ValidationError,
)
from pydantic_core import ErrorDetails

from fedqi.errors import ConfigurationError
from fedqi.wire.bootstrap import split_address


def _is_address(text: str) -> str:
    try:
        split_address(text)
    except ConfigurationError:
        raise ValueError("expected host:port, for example 0.0.0.0:7443") from None
    return text


Address = Annotated[str, AfterValidator(_is_address)]
MEBIBYTE = 1024 * 1024


class Limits(BaseModel):
    """Upper bounds on what a site can make the aggregator do."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    message_bytes: PositiveInt = 64 * MEBIBYTE
    open_jobs: PositiveInt = 16
    attempts: PositiveInt = 8
    token_hours: PositiveFloat = 72.0


DAY = 24 * 3600.0


class Deadlines(BaseModel):
    """How long the aggregator waits, in seconds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    phase: PositiveFloat = 60.0  # for the answers of one round
    receipts: PositiveFloat = 600.0  # before discard receipts are asked for again
    return_: Annotated[PositiveFloat, Field(alias="return")] = 3600.0  # for a site of the cohort
    job: PositiveFloat = 30 * DAY  # from its opening, for discard receipts

    def pause(self, requests: int) -> float:
        """Return how long to wait for receipts after that many requests: ever longer."""
        doubled = self.receipts * 2.0 ** min(requests - 1, 30)
        return max(self.receipts, min(doubled, DAY))


class Config(BaseModel):
    """Everything an operator sets.

    Parameters
    ----------
    listen, enrolment_listen
        ``host:port``; port 0 takes a free one (see ``endpoints.json`` in the state directory).
    advertised
        Host name or address under which sites reach this machine.
    state_directory
        Keys, database and ``endpoints.json``; relative to the configuration file.
    database
        SQLAlchemy URL; SQLite in the state directory unless given.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    listen: Address = "0.0.0.0:7443"
    enrolment_listen: Address = "0.0.0.0:7444"
    advertised: Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]+$")] = "localhost"
    state_directory: Path = Path("state")
    database: str | None = None
    limits: Limits = Limits()
    deadlines: Deadlines = Deadlines()


def load_config(path: Path) -> Config:
    """Read a configuration file.

    Raises
    ------
    ConfigurationError
        When it is missing, unreadable or has a wrong key; the message names the file and every
        wrong key.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        config = Config.model_validate(content)
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"{path}: no such file; run `fedqi-aggregator init`, or give the file by --config"
        ) from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigurationError(f"{path}: not readable as YAML: {error}") from error
    except ValidationError as error:
        raise ConfigurationError(_problems(path, error)) from None
    directory = path.resolve().parent / config.state_directory
    return config.model_copy(update={"state_directory": directory})


def write_config(path: Path, changes: dict[str, str]) -> None:
    """Write a configuration file with the given keys; an existing one is left as it is.

    Raises
    ------
    ConfigurationError
        When a value is not valid or the file cannot be written.
    """
    if path.exists():
        return
    try:
        Config.model_validate(changes)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(changes, sort_keys=False), encoding="utf-8")
    except ValidationError as error:
        raise ConfigurationError(_problems(path, error)) from None
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be written: {error.strerror}") from error


def _problems(path: Path, error: ValidationError) -> str:
    return "\n".join(f"{path}: {_explain(problem)}" for problem in error.errors())


def _explain(problem: ErrorDetails) -> str:
    key = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return f"key {key!r}: there is no such key; check its spelling"
    found = f"found {problem['input']!r}"
    if problem["type"] == "model_type":
        where = f"key {key!r}: " if key else ""
        return f"{where}{found}, expected keys with their values"
    expected = problem["msg"].removeprefix("Value error, expected ")
    return f"key {key!r}: {found}, expected {expected.removeprefix('Input should be ')}"
