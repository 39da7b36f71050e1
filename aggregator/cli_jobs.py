"""``fedqi-aggregator job`` and ``results``."""

import json

import click

from aggregator import reporting, store
from aggregator.commands import as_json, length_of_time, office
from aggregator.opening import open_job
from aggregator.store import JobRow, JobState
from fedqi.errors import ConfigurationError


@click.group()
def job() -> None:
    """Open jobs and look after them."""


@job.command("open")
@click.argument("collection")
@click.option("--job", "name", help="Its name; by default the collection's with a number.")
@click.option(
    "--period",
    "periods",
    multiple=True,
    help="A period, or a range as in 2016-04..2019-03; may be repeated.",
)
@click.option(
    "--join-minutes",
    type=float,
    callback=length_of_time,
    help="By default until every member has answered.",
)
@as_json
@click.pass_context
def open_(
    context: click.Context,
    collection: str,
    name: str | None,
    periods: tuple[str, ...],
    join_minutes: float | None,
    as_json: bool,
) -> None:
    """Announce a run of a COLLECTION of the programme."""
    here = office(context)
    most = here.config.limits.open_jobs
    with here.database.transaction() as connection:
        row = open_job(connection, collection, name, periods, join_minutes, most)
    text = f"job {row.job} is open; the server announces it to the members"
    click.echo(json.dumps({"job": row.job}) if as_json else text)


@job.command("close-joining")
@click.argument("name")
@click.pass_context
def close_joining(context: click.Context, name: str) -> None:
    """Go on with those who have joined."""
    here = office(context)
    with here.database.transaction() as connection:
        row = _find(store.all_jobs(connection), name)
        if row.state not in (JobState.ANNOUNCED, JobState.JOINING):
            raise ConfigurationError(f"job {name} is {row.state}; nobody can join it any more")
        store.set_job(connection, name, close_requested=True)
    click.echo(f"joining of {name} is closed")


@job.command("status")
@click.argument("name", required=False)
@as_json
@click.pass_context
def status(context: click.Context, name: str | None, as_json: bool) -> None:
    """Show how far jobs are."""
    here = office(context)
    with here.database.reading() as connection:
        rows = store.all_jobs(connection)
        chosen = rows if name is None else [_find(rows, name)]
        facts = [reporting.job(connection, row) for row in chosen]
    if as_json:
        click.echo(json.dumps(facts if name is None else facts[0]))
        return
    for one in facts:
        click.echo("\n".join(reporting.job_lines(one)))


@click.command()
@click.argument("name", required=False)
@as_json
@click.pass_context
def results(context: click.Context, name: str | None, as_json: bool) -> None:
    """Show what was released by job NAME, by default the latest that has ended."""
    here = office(context)
    with here.database.reading() as connection:
        rows = [row for row in store.all_jobs(connection) if row.state not in store.OPEN_STATES]
        if name is None and not rows:
            raise ConfigurationError("no job has ended yet; see `fedqi-aggregator job status`")
        row = rows[-1] if name is None else _find(rows, name)
        ending = reporting.ended(connection, row.job)
    if ending is None:
        raise ConfigurationError(f"job {row.job} has no result")
    facts = reporting.result(row.job, ending)
    if as_json:
        click.echo(json.dumps(facts))
        return
    click.echo("\n".join(reporting.result_lines(facts)))


def _find(rows: list[JobRow], name: str) -> JobRow:
    for row in rows:
        if row.job == name:
            return row
    known = ", ".join(row.job for row in rows) or "none"
    raise ConfigurationError(f"no such job: {name!r}; there is {known}")
