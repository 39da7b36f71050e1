"""Gives every hospital a folder with its own rows and its agent's configuration."""

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from fedqi.demo.examples import Example
from fedqi.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class HospitalFolder:
    """One hospital of the demonstration.

    Parameters
    ----------
    site, name
        Id and printable name.
    folder
        Holds ``data.csv`` (its rows only), ``fedqi-site.yaml`` and the agent's state.
    """

    site: str
    name: str
    folder: Path

    @property
    def config(self) -> Path:
        """The agent's configuration file."""
        return self.folder / "fedqi-site.yaml"

    @property
    def events(self) -> Path:
        """Where the agent writes its phase events."""
        return self.folder / "state" / "events.jsonl"


def lay_out(example: Example, sites: int, out: Path) -> list[HospitalFolder]:
    """Write one folder per hospital, the hospitals with the most rows first.

    Parameters
    ----------
    example
        The collaborative.
    sites
        How many hospitals.
    out
        Folder of the demonstration.

    Raises
    ------
    ConfigurationError
        If the collaborative has fewer hospitals.
    """
    rows = list(example.rows())
    counts = Counter(row[example.site_column] for row in rows)
    chosen = sorted(sorted(counts), key=lambda site: -counts[site])[:sites]
    if len(chosen) < sites:
        raise ConfigurationError(f"{example.name} has {len(chosen)} hospitals, {sites} wanted")
    return [_one(example, site, rows, out) for site in sorted(chosen)]


def _one(example: Example, site: str, rows: Sequence[dict[str, str]], out: Path) -> HospitalFolder:
    own = [row for row in rows if row[example.site_column] == site]
    hospital = HospitalFolder(site, own[0][example.name_column], out / "hospitals" / site)
    hospital.folder.mkdir(parents=True)
    with (hospital.folder / "data.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(own[0]))
        writer.writeheader()
        writer.writerows(own)
    return hospital


def configure(hospital: HospitalFolder, route: Mapping[str, str]) -> None:
    """Write an agent's configuration; the demonstration approves by itself."""
    content = {
        "site": hospital.site,
        **route,
        "state_dir": "state",
        "approval": "automatic",
        "data": {"default": {"path": "data.csv"}},
    }
    hospital.config.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
