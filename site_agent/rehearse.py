"""``rehearse``: a measure end to end on made-up rows, in a place of its own.

Nothing of the agent is read but the definitions of its jobs, and nothing of it is written: not its
state, its release history or its ledger.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from fedqi import api
from fedqi.errors import ConfigurationError, InsufficientSitesError
from fedqi.measures import Measure
from fedqi.reports.requirements import require_extra
from fedqi.run import Run
from fedqi.secagg.messages import SiteMessage
from fedqi.synthetic import Row, synthetic_rows
from fedqi.wire.control import SiteEnvelope
from site_agent.journal import storage_error
from site_agent.ledger import Records, verify
from site_agent.state import StateDirectory

JOB = "rehearsal"
ROWS, SEED = 1_200, 1
HINT = (
    "These rows are made up from the dataset: rehearse with more --sites, or let the measure's "
    "author state allowed, min and max of its columns so that some rows meet the criteria"
)
PAGE, LEDGER, TABLES = "report.html", "ledger.jsonl", "rows"


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A rehearsal that went through.

    Parameters
    ----------
    run
        The benchmark of the made-up hospitals.
    site
        The one whose page and ledger were written.
    messages, size
        How many messages would have left it, and their bytes.
    """

    run: Run
    site: str
    messages: int
    size: int


def rehearse(measure: Measure, sites: int, analyses: Sequence[str], out: Path) -> Rehearsed:
    """Run a measure over made-up hospitals and write what one of them would have.

    Parameters
    ----------
    measure
        What is counted.
    sites
        How many hospitals.
    analyses
        How they are compared.
    out
        A new folder, made with mode 0700: the rows of each hospital, the page of one of them with
        JSON and CSV beside it, and the ledger of what would have left it. If the rehearsal fails,
        there is none.

    Raises
    ------
    ConfigurationError
        If the folder exists or cannot be made, or the extra ``reports`` is not installed.
    InsufficientSitesError
        If there are too few hospitals, or too few rows of theirs count.
    DefinitionError
        If an analysis is unknown, or not one of this measure.
    """
    require_extra()
    if out.exists() or out.is_symlink():
        raise ConfigurationError(f"{out}: exists already and is not overwritten; name a new folder")
    try:
        # Beside it, so that it gets its name at once when all is there.
        with TemporaryDirectory(
            prefix=f".{out.name}.", dir=out.parent, ignore_cleanup_errors=True
        ) as place:
            made = Path(place) / "new"
            made.mkdir(mode=0o700)
            found = _rehearsed(measure, sites, analyses, made)
            made.rename(out)
    except OSError as error:
        raise storage_error(out, error) from error
    return found


def _rehearsed(measure: Measure, sites: int, analyses: Sequence[str], place: Path) -> Rehearsed:
    names = [f"synthetic-{number:02}" for number in range(1, sites + 1)]
    own, state = names[len(names) // 2], StateDirectory(place)
    records = Records(state)

    def witness(site: str, attempt: int, message: SiteMessage) -> None:
        if site == own:
            records.depart(SiteEnvelope(JOB, attempt, message))

    made = synthetic_rows(measure, names, ROWS, SEED)
    tables = {site: _table(place / TABLES, site, rows) for site, rows in made.items()}
    try:
        run = api.benchmark(measure, tables, analyses=analyses, witness=witness)
    except InsufficientSitesError as error:
        raise InsufficientSitesError(f"{error}. {HINT}") from error
    run.site(own).report(place / PAGE, synthetic=True)
    left = verify(state)[0]
    return Rehearsed(run, own, len(left), sum(each.departure.size for each in left))


def _table(folder: Path, site: str, rows: Sequence[Row]) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"{site}.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path
