"""``fedqi-aggregator``: what the coordinating centre's operator types."""

import asyncio
import json
import logging
import time
from datetime import UTC, datetime
from pathlib import Path

import click

from aggregator import members, reporting
from aggregator.cli_genesis import genesis
from aggregator.cli_jobs import job, results
from aggregator.commands import Commands, as_json, config_path, office
from aggregator.config import load_config, write_config
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
@click.option("--listen", default="0.0.0.0:7443", show_default=True)
@click.option("--enrolment-listen", default="0.0.0.0:7444", show_default=True)
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
@click.argument("site")
@click.option("--name", default="", help="The organisation's full name.")
@click.option("--hours", type=float, help="How long the token is valid.")
@click.pass_context
def invite(context: click.Context, site: str, name: str, hours: float | None) -> None:
    """Print a one-time token for SITE; hand it over by a channel you trust."""
    from aggregator.server import read_endpoints

    here = office(context)
    address = read_endpoints(here.config)["enrolment"]
    lifetime = here.config.limits.token_hours if hours is None else hours
    token = here.enrolment.invite(site, name, address, datetime.now(UTC), lifetime)
    click.echo(str(token))


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
    """Shut SITE out from its next call on."""
    here = office(context)
    with here.database.transaction() as connection:
        known = members.revoke(connection, site)
    if not known:
        raise ConfigurationError(f"no such site: {site!r}")
    click.echo(f"{site} is shut out; a new token lets it in again")


@main.command()
@click.option("--forge-totals-for", "forged_job", metavar="JOB", hidden=True)
@click.pass_context
def serve(context: click.Context, forged_job: str | None) -> None:
    """Serve the sites until stopped."""
    from aggregator.server import Aggregator

    logging.basicConfig(level=logging.INFO, format=FORMAT)
    tamper: Tamper = untouched
    if forged_job is not None:
        from aggregator.adversary import forging

        click.echo(f"DEMONSTRATION OF AN ATTACK: the totals of {forged_job} are forged.", err=True)
        tamper = forging(forged_job)
    here = office(context)
    serving = Aggregator(here.config, here.database, here.collaborative, tamper)
    asyncio.run(serving.run())


main.add_command(genesis)
main.add_command(job)
main.add_command(results)
