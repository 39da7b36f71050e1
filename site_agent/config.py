"""The agent's configuration: one YAML file, validated, with errors that name file and key."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails

from fedqi.engine.database import TIMEOUT, Database
from fedqi.errors import ConfigurationError

SITE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
ADDRESS = re.compile(r"(?P<host>[A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\]):(?P<port>[0-9]{1,5})")
SHOWN_CHARACTERS = 60

TEMPLATE = """\
# FedQI site agent. Every key is described in docs/site-agent.md.
site: {site}                 # this hospital's name in the collaborative, in quotes
aggregator: {aggregator}       # host:port; the agent only ever dials out
state_dir: state               # keys, frozen inputs, release history; back it up, never clone it
approval: manual               # manual: a person approves each contribution; automatic: none asked
min_others: 2                  # honest others that must at least stand beside this hospital
data:
  default:
    path: data.csv             # CSV or Parquet; relative to this file. Or database: and table:
    mapping: {{}}              # column of the measure -> column of your file, where they differ;
                             # or the file or name of a mapping of several tables: docs/mapping.md
  measures: {{}}               # measure id -> {{path, mapping}} where one measure has its own file
"""


class SourceConfig(BaseModel):
    """Where the hospital's rows are: a file, a table in a database, or tables under a mapping."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    path: Annotated[str, Field(min_length=1)] | None = None
    database: Annotated[str, Field(min_length=1)] | None = None
    table: Annotated[str, Field(min_length=1)] | None = None
    password_file: Annotated[str, Field(min_length=1)] | None = None
    timeout: Annotated[int, Field(ge=1)] = TIMEOUT
    mapping: dict[str, str] | str = Field(default_factory=dict)
    time_zone: Annotated[str, Field(min_length=1)] | None = None

    @field_validator("mapping", mode="before")
    @classmethod
    def _columns_or_a_file(cls, value: object) -> object:
        names = [*value, *value.values()] if isinstance(value, dict) else [value]
        if not all(isinstance(name, str) and name for name in names):
            raise ValueError(
                "columns (that of the measure: that of the table), or a mapping's file or name; "
                "names in quotes"
            )
        return value

    @model_validator(mode="after")
    def _file_or_table(self) -> Self:
        of_database = {"database", "table", "password_file", "timeout"} & self.model_fields_set
        if (self.path is None) != bool(of_database):
            raise ValueError("either path, or database and table")
        if of_database and None in (self.database, self.table):
            raise ValueError("both database and table")
        if self.time_zone is not None and not isinstance(self.mapping, str):
            raise ValueError("time_zone only beside a mapping that is a file or a name")
        try:
            self.resolved(Path())
        except ConfigurationError as error:
            raise ValueError(f"another URL or table: {error}") from None
        return self

    def resolved(self, folder: Path) -> "Source":
        """Return it with paths relative to a folder made absolute."""
        mapping = self.mapping
        if isinstance(mapping, str) and Path(mapping).suffix in (".yaml", ".yml"):
            mapping = str((folder / mapping).resolve())
        if self.path is not None:
            return Source((folder / self.path).resolve(), mapping, self.time_zone)
        secret = None if self.password_file is None else (folder / self.password_file).resolve()
        database = Database(self.database or "", self.table or "", secret, self.timeout)
        return Source(database, mapping, self.time_zone)


class DataConfig(BaseModel):
    """Which table each measure is computed from."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    default: SourceConfig | None = None
    measures: dict[str, SourceConfig] = Field(default_factory=dict)


class AgentFile(BaseModel):
    """The YAML file as written."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    site: str
    aggregator: str | None = None
    relay: str | None = None
    state_dir: str = Field(min_length=1)
    data: DataConfig
    approval: Literal["automatic", "manual"] = "manual"
    min_others: Annotated[int, Field(ge=1)] = 2

    @field_validator("site")
    @classmethod
    def _site_is_a_name(cls, value: str) -> str:
        if not SITE_NAME.fullmatch(value):
            raise ValueError("1 to 64 letters, digits, '.', '_' or '-'")
        return value

    @field_validator("aggregator")
    @classmethod
    def _aggregator_is_an_address(cls, value: str | None) -> str | None:
        match = ADDRESS.fullmatch(value or "")
        if match is None or not 0 < int(match["port"]) < 65536:
            raise ValueError("host:port, for example aggregator.example.org:7443")
        return value

    @model_validator(mode="after")
    def _one_way_to_the_aggregator(self) -> Self:
        if (self.aggregator is None) == (self.relay is None):
            raise ValueError(
                "either the key 'aggregator' (host:port to dial) or the key 'relay' (a socket on "
                "which the Flower node brings messages)"
            )
        return self


@dataclass(frozen=True, slots=True)
class Source:
    """A table, or tables, and how they are mapped.

    ``mapping`` is measure's column -> table's column; or a mapping's file or name, and then
    ``table`` may be a folder or a whole schema and ``time_zone`` is the hospital's.
    """

    table: Path | Database
    mapping: Mapping[str, str] | str
    time_zone: str | None = None


@dataclass(frozen=True, slots=True)
class AgentConfig:
    """The configuration with paths resolved against the file's own folder.

    ``aggregator`` names it in messages; ``relay`` is None where the agent dials it.
    """

    file: Path
    site: str
    aggregator: str
    relay: Path | None
    state_dir: Path
    data: DataConfig
    approval: Literal["automatic", "manual"]
    min_others: int

    @property
    def route(self) -> tuple[str, Path | None]:
        """How the aggregator is reached: its address or name, and the relay's socket."""
        return self.aggregator, self.relay

    def offers(self, measure: str) -> bool:
        """Return whether there is a source for a measure; without one it is declared "none"."""
        return measure in self.data.measures or self.data.default is not None

    def source(self, measure: str) -> Source:
        """Return the table a measure is computed from.

        Raises
        ------
        ConfigurationError
            If the measure has no source of its own and there is no default.
        """
        chosen = self.data.measures.get(measure, self.data.default)
        if chosen is None:
            raise ConfigurationError(
                f"{self.file}: data: found no source for measure {measure!r}; expected "
                f"data.measures.{measure} or data.default with a path; add one"
            )
        return chosen.resolved(self.file.parent)


def load_config(file: Path) -> AgentConfig:
    """Read and validate the agent's YAML file.

    Raises
    ------
    ConfigurationError
        If the file is missing, is not YAML, or breaks the schema; names every wrong key.
    """
    document = _read_yaml(file)
    try:
        parsed = AgentFile.model_validate(document)
    except ValidationError as error:
        problems = "\n".join(_explain(file, detail) for detail in error.errors())
        raise ConfigurationError(problems) from None
    return AgentConfig(
        file=file.resolve(),
        site=parsed.site,
        aggregator=parsed.aggregator or f"the aggregator behind {parsed.relay}",
        relay=(file.resolve().parent / parsed.relay).resolve() if parsed.relay else None,
        state_dir=(file.resolve().parent / parsed.state_dir).resolve(),
        data=parsed.data,
        approval=parsed.approval,
        min_others=parsed.min_others,
    )


def write_config(file: Path, site: str, aggregator: str) -> None:
    """Write a configuration to edit.

    Raises
    ------
    ConfigurationError
        If the file cannot be written.
    """
    # JSON strings are YAML strings, whatever is in them: an IPv6 address, or a quote.
    text = TEMPLATE.format(site=json.dumps(site), aggregator=json.dumps(aggregator))
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be written: {error.strerror}") from error


def _read_yaml(file: Path) -> dict[str, Any]:
    try:
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigurationError(
            f"{file}: no such file; write one with 'fedqi-site init' or name it with --config"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file}: cannot be read: {error}") from error
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{file}: not valid YAML: {error}") from error
    if not isinstance(document, dict):
        found = "nothing" if document is None else type(document).__name__
        raise ConfigurationError(f"{file}: found {found}, expected keys such as site, aggregator")
    return document


def _explain(file: Path, detail: ErrorDetails) -> str:
    key = ".".join(str(part) for part in detail["loc"])
    kind = detail["type"]
    if kind == "missing":
        return f"{file}: {key}: found nothing, expected a value; add this key"
    if kind == "model_type":
        return f"{file}: {key}: found {_shown(detail['input'])}, expected keys below this one"
    if kind == "extra_forbidden":
        return f"{file}: {key}: found an unknown key, expected no such key; check its spelling"
    expected = detail["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    hint = "; put it in quotes" if kind == "string_type" else ""
    return f"{file}: {key}: found {_shown(detail['input'])}, expected {expected}{hint}"


def _shown(value: object) -> str:
    if isinstance(value, dict):
        # Names only: a password may be among the values, although it should not.
        return f"the keys {', '.join(map(str, value))}" if value else "no keys"
    text = repr(value)
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 3] + "..."
