"""``fedqi-aggregator``: what the coordinating centre's operator types."""

import asyncio
import json
import logging
import time
from datetime import UTC, datetime
from itertools import zip_longest
from pathlib import Path

import click

from aggregator import members, reporting
from aggregator.cli_backup import backup, restore
from aggregator.cli_genesis import genesis
from aggregator.cli_jobs import job, results
from aggregator.commands import Commands, as_json, config_path, length_of_time, office
from aggregator.config import load_config, write_config
from aggregator.endpoints import read_endpoints
from aggregator.faults import PHASES, FaultPlan
from aggregator.lock import only_server
from aggregator.office import found
from aggregator.rules import Tamper, untouched
from fedqi.errors import ConfigurationError

FORMAT = "%(asctime)s %(levelname)s %(message)s"


@click.group(cls=Commands)
@click.option(
    "--config",
    "-c",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("aggregator.yaml"),
    show_default=True,
    envvar="FEDQI_AGGREGATOR_CONFIG",
    help="Configuration file.",
)
@click.pass_context
def main(context: click.Context, config: Path) -> None:
    """Coordinate a collaborative without ever seeing a hospital's figures.

    Exit codes: 0 done, 2 usage or configuration, 3 definition, 5 policy or too few sites,
    6 protocol, 7 connection.
    """
    context.obj = config


@main.command()
@click.option("--collaborative", required=True, help="Its id: letters, digits, '.', '_', '-'.")
@click.option("--title", required=True, help="Its name in full.")
@click.option("--advertise", default="localhost", show_default=True, help="Host sites dial.")
@click.option(
    "--listen", default="0.0.0.0:7443", show_default=True, help="For enrolled sites; mutual TLS."
)
@click.option(
    "--enrolment-listen", default="0.0.0.0:7444", show_default=True, help="For sites with a token."
)
@click.pass_context
def init(
    context: click.Context,
    collaborative: str,
    title: str,
    advertise: str,
    listen: str,
    enrolment_listen: str,
) -> None:
    """Create configuration, certificate authority and database."""
    path = config_path(context)
    values = {
        "listen": listen,
        "enrolment_listen": enrolment_listen,
        "advertised": advertise,
        "state_directory": "state",
    }
    write_config(path, values)
    here = found(load_config(path), collaborative, title)
    click.echo(f"Initialised {collaborative} in {here.config.state_directory}.")
    click.echo(f"Root certificate, SHA-256: {here.authority.fingerprint.hex()}")


@main.command()
@click.argument("sites", nargs=-1, required=True)
@click.option("--name", "names", multiple=True, help="The organisation's full name; per site.")
@click.option("--hours", type=float, callback=length_of_time, help="How long the tokens are valid.")
@as_json
@click.pass_context
def invite(
    context: click.Context,
    sites: tuple[str, ...],
    names: tuple[str, ...],
    hours: float | None,
    as_json: bool,
) -> None:
    """Print a one-time token for each of SITES; hand it over by a channel you trust."""
    here = office(context)
    if names and len(names) != len(sites):
        raise ConfigurationError(f"{len(sites)} sites and {len(names)} names: give one for each")
    lifetime = here.config.limits.token_hours if hours is None else hours
    address = read_endpoints(here.config)["enrolment"]
    now = datetime.now(UTC)
    tokens = {
        site: str(here.enrolment.invite(site, name, address, now, lifetime))
        for site, name in zip_longest(sites, names, fillvalue="")
    }
    click.echo(json.dumps(tokens) if as_json else "\n".join(tokens.values()))


@main.command()
@as_json
@click.pass_context
def sites(context: click.Context, as_json: bool) -> None:
    """Show who is invited and enrolled, and when each was seen last."""
    here = office(context)
    with here.database.reading() as connection:
        facts = reporting.sites(connection, time.time())
    if as_json:
        click.echo(json.dumps(facts))
        return
    for one in facts:
        seen = one.get("last_seen") or "never"
        click.echo(f"{one['site']:<20} {one['state']:<9} seen {seen:<21} {one['name']}")


@main.command()
@click.argument("site")
@click.pass_context
def revoke(context: click.Context, site: str) -> None:
    """Shut SITE out from its next call on; tokens that it has not used are void."""
    here = office(context)
    with here.database.transaction() as connection:
        known = members.revoke(connection, site, time.time())
    if not known:
        raise ConfigurationError(f"no such site: {site!r}; see `fedqi-aggregator sites`")
    click.echo(f"{site} is shut out; a new token lets it in again")


@main.command()
@click.option("--forge-totals-for", "forged_job", metavar="JOB", hidden=True)
@click.option("--stop-in", type=click.Choice(PHASES), hidden=True, help="For drills.")
@click.pass_context
def serve(context: click.Context, forged_job: str | None, stop_in: str | None) -> None:
    """Serve the sites until stopped."""
    from aggregator.server import Aggregator

    logging.basicConfig(level=logging.INFO, format=FORMAT)
    tamper: Tamper = untouched
    if forged_job is not None:
        from aggregator.adversary import forging

        click.echo(f"DEMONSTRATION OF AN ATTACK: the totals of {forged_job} are forged.", err=True)
        tamper = forging(forged_job)
    here = office(context)
    faults = FaultPlan(stop_in)
    with only_server(here.config.state_directory):
        asyncio.run(Aggregator(here, tamper, faults).run())


main.add_command(backup)
main.add_command(restore)
main.add_command(genesis)
main.add_command(job)
main.add_command(results)
