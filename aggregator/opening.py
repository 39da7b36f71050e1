"""Opening a job: from a collection of the programme to its specification."""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection

from aggregator import store
from aggregator.definitions import stored_measures
from aggregator.genesis import is_complete, load_genesis
from aggregator.periods import expand
from aggregator.store import JobRow, JobState
from fedqi.charter import (
    Collection,
    Genesis,
    JobSpec,
    check_job,
    grain_of,
    is_identifier,
    planned_atoms,
)
from fedqi.errors import ConfigurationError, PolicyError
from fedqi.measures import Measure


def open_job(
    connection: Connection,
    collection: str,
    name: str | None,
    periods: Sequence[str],
    minutes: float | None,
    most: int,
) -> JobRow:
    """Store a new job; the server announces it.

    Parameters
    ----------
    collection
        Id of a collection of the programme.
    name
        Of the job; made from the collection's id unless given.
    periods
        To be summed, single or as ranges; those of the collection unless given. A measure
        without a time has the one period "all".
    minutes
        How long sites may join; until every member has answered unless given.
    most
        Open jobs at one time.

    Raises
    ------
    PolicyError
        When the founding documents are not signed by all, or the job lies outside them.
    ConfigurationError
        When the name is taken or cannot be used, the collection unknown, periods are named where
        there are none, or too many jobs are open.
    """
    genesis = _signed(connection)
    rows = store.all_jobs(connection)
    chosen = _collection(genesis, collection)
    job = _free_name(rows, chosen.id, name)
    if sum(row.state in store.OPEN_STATES for row in rows) >= most:
        raise ConfigurationError(f"{most} jobs are open; wait for one to end, or raise the limit")
    definitions = stored_measures(connection, genesis)
    spec = _spec(genesis, chosen, job, periods, definitions)
    check_job(genesis, spec, datetime.now(UTC).date())
    now = time.time()
    until = None if minutes is None else now + minutes * 60
    row = JobRow(job, spec.canonical(), JobState.ANNOUNCED, "", now, until, False)
    store.add_job(connection, row)
    return row


def _signed(connection: Connection) -> Genesis:
    genesis = load_genesis(connection)
    if genesis is None:
        raise PolicyError("there are no founding documents; run `fedqi-aggregator genesis` first")
    if not is_complete(genesis):
        raise PolicyError(
            f"the founding documents are not signed by {', '.join(genesis.unsigned)} yet; these "
            "members must run `fedqi-site accept-genesis --fingerprint`"
        )
    return genesis


def _collection(genesis: Genesis, name: str) -> Collection:
    known = {collection.id: collection for collection in genesis.programme.collections}
    if name not in known:
        raise ConfigurationError(
            f"the programme has no collection {name!r}; it has {', '.join(sorted(known))}"
        )
    return known[name]


def _free_name(rows: Sequence[JobRow], collection: str, name: str | None) -> str:
    taken = {row.job for row in rows}
    if name is None:
        numbers = range(1, len(taken) + 2)
        return next(f"{collection}-{n}" for n in numbers if f"{collection}-{n}" not in taken)
    if not is_identifier(name):
        raise ConfigurationError(
            f"job {name!r}: expected up to 64 letters, digits, '.', '_' or '-', starting with a "
            "letter or digit"
        )
    if name in taken:
        raise ConfigurationError(f"there is a job {name!r} already; choose another name")
    return name


def _spec(
    genesis: Genesis,
    collection: Collection,
    job: str,
    periods: Sequence[str],
    definitions: Mapping[str, Measure],
) -> JobSpec:
    planned = {measure.id: measure for measure in genesis.programme.measures}
    measures = tuple(planned[name] for name in collection.measures)
    wanted = tuple(name for period in periods for name in expand(period))
    if not wanted and collection.periods != "any":
        wanted = collection.periods
    each = {name: _periods(definitions[name], wanted) for name in collection.measures}
    if periods and all(own == ("all",) for own in each.values()):
        raise ConfigurationError(
            f"the measures of {collection.id} have no calendar, hence no periods: leave out "
            "--period"
        )
    return JobSpec(
        job=job,
        measures=measures,
        analyses=collection.analyses,
        atoms=planned_atoms(measures, each, genesis.charter.partition),
        periods=each,
    )


def _periods(measure: Measure, wanted: tuple[str, ...]) -> tuple[str, ...]:
    if measure.dataset.time is None:
        return ("all",)
    if not wanted:
        raise ConfigurationError(
            f"measure {measure.id} is counted per {measure.dataset.time.grain}: name the periods, "
            "for instance --period 2024-01..2024-12"
        )
    if other := [name for name in wanted if grain_of(name) != measure.dataset.time.grain]:
        raise ConfigurationError(
            f"measure {measure.id} is counted per {measure.dataset.time.grain}, found the period "
            f"{other[0]}"
        )
    return wanted
