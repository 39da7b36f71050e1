"""The two collaboratives that can be shown: which data, which hospitals, which measures."""

import csv
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from gzip import GzipFile
from importlib.resources import files
from importlib.resources.abc import Traversable

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Example:
    """One collaborative made of published data.

    Parameters
    ----------
    name, title
        On the command line, and in print.
    folder
        Under ``fedqi/examples``.
    data, measures
        File names in the folder.
    site_column, name_column
        Columns that identify and name a hospital.
    keep
        Which rows belong to the collaborative.
    story_measure
        The measure whose position is told in words.
    attribution
        Source and licence, printed with every report.
    periods
        First and last period, for a measure with a calendar.
    """

    name: str
    title: str
    folder: str
    data: str
    measures: tuple[str, ...]
    site_column: str
    name_column: str
    keep: Callable[[Row], bool]
    story_measure: str
    attribution: str
    periods: str = ""

    @property
    def path(self) -> Traversable:
        """Folder with data and measures."""
        return files("fedqi") / "examples" / self.folder

    def rows(self) -> Iterator[dict[str, str]]:
        """Yield every row of the collaborative."""
        with self._opened() as lines:
            for row in csv.DictReader(lines):
                if self.keep(row):
                    yield row

    @contextmanager
    def _opened(self) -> Iterator[Iterator[str]]:
        with (self.path / self.data).open("rb") as raw:
            plain = GzipFile(fileobj=raw) if self.data.endswith(".gz") else raw
            yield (line.decode() for line in plain)
