"""Frozen inputs: what a hospital counts for a period is computed once and never again.

A total over the same hospitals with one changed input would reveal the change, so retries,
later steps and later jobs all read the figures that were frozen first.
"""

import hashlib
import json
import secrets
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from fedqi.errors import ConfigurationError, PolicyError
from fedqi.measures.summary import Cell, MeasureSummary, PatternTable
from fedqi.measures.values import ComponentTable, ValueTable
from site_agent.journal import canonical_json, replace_file

Part = TypeVar("Part", Cell, PatternTable, ValueTable, ComponentTable)

T = TypeVar("T")

SALT_BYTES = 32


@dataclass(frozen=True, slots=True)
class FrozenInput:
    """The frozen summaries of one job.

    Parameters
    ----------
    summaries
        Measure id to its summary.
    content
        The canonical JSON of all of them, as stored.
    sha256
        Its digest, lower-case hex: what a person approves.
    """

    summaries: Mapping[str, MeasureSummary]
    content: bytes
    sha256: str

    @property
    def offered(self) -> dict[str, MeasureSummary]:
        """The summaries in which anything was counted."""
        return {name: summary for name, summary in self.summaries.items() if summary.periods}


class FrozenStore:
    """The folder of frozen inputs, one file per job.

    Parameters
    ----------
    folder
        An existing folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def freeze(self, job: str, summaries: Iterable[MeasureSummary]) -> FrozenInput:
        """Freeze a job's input durably; figures frozen for an earlier job replace fresh ones.

        Raises
        ------
        PolicyError
            If this job is already frozen with another content.
        """
        settled = [self._settle(summary) for summary in summaries]
        # The digest leaves in the intent; without a salt, small counts could be guessed from it.
        frozen = _frozen(settled, secrets.token_hex(SALT_BYTES))
        existing = self.load(job)
        if existing is not None:
            if existing.summaries == frozen.summaries:
                return existing
            raise PolicyError(
                f"job {job}: its input is frozen with SHA-256 {existing.sha256}; it is never "
                "computed again while the job lasts"
            )
        replace_file(self._path(job), frozen.content)
        return frozen

    def load(self, job: str) -> FrozenInput | None:
        """Return the frozen input of a job, or None if there is none yet."""
        try:
            content = self._path(job).read_bytes()
        except FileNotFoundError:
            return None
        documents = self._documents(content, job)
        return _frozen([_parse_summary(item) for item in documents], _salt(content))

    def leave_out(self, job: str, measures: Collection[str]) -> None:
        """Take measures from the frozen input of a job that this hospital has not joined yet."""
        frozen = self.load(job)
        if frozen is not None:
            kept = [item for name, item in frozen.summaries.items() if name not in measures]
            replace_file(self._path(job), _frozen(kept, secrets.token_hex(SALT_BYTES)).content)

    def discard(self, job: str) -> None:
        """Forget the frozen input of a job that this hospital declined before any key existed."""
        self._path(job).unlink(missing_ok=True)

    def _settle(self, fresh: MeasureSummary) -> MeasureSummary:
        cells = {name: dict(series) for name, series in fresh.cells.items()}
        patterns = {name: dict(series) for name, series in fresh.patterns.items()}
        values = {name: dict(series) for name, series in fresh.values.items()}
        components = {name: dict(series) for name, series in fresh.components.items()}
        for earlier in self._earlier(fresh.digest):
            for period in earlier.periods:
                _replace_period(cells, earlier.cells, period)
                _replace_period(patterns, earlier.patterns, period)
                _replace_period(values, earlier.values, period)
                _replace_period(components, earlier.components, period)
        return MeasureSummary(
            fresh.measure, fresh.version, fresh.digest, cells, patterns, values, components
        )

    def _earlier(self, digest: str) -> list[MeasureSummary]:
        found = []
        for path in sorted(self._folder.glob("*.json")):
            for document in self._documents(path.read_bytes(), path.stem):
                if document["digest"] == digest:
                    found.append(_parse_summary(document))
        return found

    def _documents(self, content: bytes, job: str) -> list[dict[str, Any]]:
        try:
            documents = json.loads(content)["measures"]
        except (ValueError, KeyError, TypeError):
            documents = None
        if not isinstance(documents, list):
            raise ConfigurationError(f"{self._path(job)}: damaged; restore it from the backup")
        return documents

    def _path(self, job: str) -> Path:
        return self._folder / f"{job}.json"


def _replace_period(
    parts: dict[str, dict[str, Part]], earlier: Mapping[str, Mapping[str, Part]], period: str
) -> None:
    for series in parts.values():
        series.pop(period, None)
    for provider, frozen in earlier.items():
        if period in frozen:
            parts.setdefault(provider, {})[period] = frozen[period]


def _salt(content: bytes) -> str:
    return str(json.loads(content)["salt"])


def _frozen(summaries: Iterable[MeasureSummary], salt: str) -> FrozenInput:
    ordered = sorted(summaries, key=lambda summary: summary.measure)
    content = canonical_json({"measures": [asdict(summary) for summary in ordered], "salt": salt})
    by_name = {summary.measure: summary for summary in ordered}
    return FrozenInput(by_name, content, hashlib.sha256(content).hexdigest())


def _parse_summary(document: dict[str, Any]) -> MeasureSummary:
    return MeasureSummary(
        document["measure"],
        document["version"],
        document["digest"],
        _parsed(document["cells"], lambda cell: Cell(**cell)),
        _parsed(document["patterns"], _parse_patterns),
        _parsed(document["values"], _parse_values),
        _parsed(document["components"], _parse_components),
    )


def _parsed(
    document: Mapping[str, Mapping[str, dict[str, Any]]], parse: Callable[[dict[str, Any]], T]
) -> dict[str, dict[str, T]]:
    return {
        provider: {period: parse(part) for period, part in series.items()}
        for provider, series in document.items()
    }


def _parse_patterns(document: dict[str, Any]) -> PatternTable:
    values = {name: tuple(column) for name, column in document["values"].items()}
    return PatternTable(values, tuple(document["patients"]), tuple(document["events"]))


def _parse_values(document: dict[str, Any]) -> ValueTable:
    items = tuple(tuple(counts) for counts in document["items"])
    return ValueTable(**(document | {"grid": tuple(document["grid"]), "items": items}))


def _parse_components(document: dict[str, Any]) -> ComponentTable:
    parts = {name: tuple(document[name]) for name in ("eligible", "met")}
    return ComponentTable(**(document | parts))
