"""The command line of the agent: ``fedqi-site``."""

import asyncio
import json
from pathlib import Path

import click

from fedqi.errors import FedQIError
from site_agent import approval, jobs
from site_agent.cases_cli import list_cases
from site_agent.check_cli import check_tables
from site_agent.command_line import plain_errors
from site_agent.config import AgentConfig, load_config, write_config
from site_agent.faults import POINTS, FaultPlan
from site_agent.mapping_cli import map_tables
from site_agent.rehearse_cli import rehearse_measure
from site_agent.state import create_state, open_state

EXIT_CODES = (
    "Exit codes: 2 usage or configuration, 3 definition, 4 data quality, 5 policy or too few "
    "sites, 6 protocol, 7 connection."
)


@click.group(epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path),
    default=Path("fedqi-site.yaml"),
    show_default=True,
    envvar="FEDQI_SITE_CONFIG",
    help="The agent's YAML file.",
)
@click.pass_context
def main(context: click.Context, config_file: Path) -> None:
    """Run the FedQI site agent: it works inside the hospital and only ever dials out."""
    context.obj = config_file


main.add_command(check_tables)
main.add_command(list_cases)
main.add_command(rehearse_measure)


@main.command()
@click.option("--site", required=True, help="This hospital's name in the collaborative.")
@click.option("--aggregator", required=True, help="host:port of the aggregator.")
@click.pass_obj
@plain_errors
def init(file: Path, site: str, aggregator: str) -> None:
    """Write a configuration to edit, and make the state directory."""
    if file.exists():
        raise click.UsageError(f"{file} exists already; edit it, or choose another --config")
    write_config(file, site, aggregator)
    try:
        config = load_config(file)
        create_state(config.state_dir)
    except FedQIError:
        file.unlink()
        raise
    click.echo(f"Wrote {file} and {config.state_dir}.")
    click.echo("Next: edit the data section, then 'fedqi-site enrol TOKEN'.")


@main.command()
@click.argument("token")
@click.pass_obj
@plain_errors
def enrol(file: Path, token: str) -> None:
    """Enrol this site with a one-time TOKEN from the aggregator's operator."""
    from fedqi.charter import identity_fingerprint
    from site_agent.enrol import enrol as run_enrolment
    from site_agent.identity import load_keys

    config = load_config(file)
    state = create_state(config.state_dir)
    with state.lock():
        enrolment = run_enrolment(state, config.site, token, config.relay)
    identity = load_keys(state.keys).identity_public
    click.echo(f"Site {enrolment.site} is enrolled in {enrolment.collaborative}.")
    click.echo(f"Identity fingerprint: {identity_fingerprint(identity)}")
    click.echo("Tell it to the other members by another way than this software.")
    if config.relay is None and enrolment.federation_address != config.aggregator:
        click.echo(
            f"Note: the operator names {enrolment.federation_address} as the aggregator's address, "
            f"{file} says {config.aggregator}."
        )


@main.command("accept-genesis")
@click.option("--fingerprint", help="As told by the other members; without it nothing is signed.")
@click.pass_obj
@plain_errors
def accept_genesis(file: Path, fingerprint: str | None) -> None:
    """Read the founding documents in words; sign them if the fingerprint is theirs."""
    from site_agent.accept import accept

    for line in asyncio.run(accept(load_config(file), fingerprint)):
        click.echo(line)


@main.command()
@click.argument("job")
@click.option("--masked", is_flag=True, help="Show the masked bytes that left beside it.")
@click.pass_obj
@plain_errors
def preview(file: Path, job: str, masked: bool) -> None:
    """Show exactly what JOB would contribute. It stays on this screen."""
    from site_agent.show import preview_lines

    for line in preview_lines(load_config(file), job, masked):
        click.echo(line)


@main.command()
@click.argument("job")
@click.argument("sha256")
@click.pass_obj
@plain_errors
def approve(file: Path, job: str, sha256: str) -> None:
    """Approve JOB's contribution, named by the SHA256 that the preview shows."""
    _decide(load_config(file), job, sha256, approval.Verdict.APPROVED, "")


@main.command()
@click.argument("job")
@click.argument("sha256", required=False)
@click.option("--reason", default="", help="Kept here; the aggregator learns only the refusal.")
@click.option("--measure", help="Leave out this measure only; before the job is approved.")
@click.pass_obj
@plain_errors
def reject(file: Path, job: str, sha256: str | None, reason: str, measure: str | None) -> None:
    """Keep this hospital out of JOB, until its masked figures have left; others go on without it.

    With SHA256 only if that is the hash of what would be contributed.
    """
    from site_agent.leaving_out import leave_out
    from site_agent.ledger import verify
    from site_agent.withdrawal import check_withdrawal

    config = load_config(file)
    state = open_state(config.state_dir)
    record, history = jobs.require(state, job), verify(state)[1]
    if measure is not None:
        leave_out(state, record, history, measure)
        click.echo(f"Job {job}: without {measure}, once the service has noticed; preview it again.")
        return
    check_withdrawal(record, history, sent=state.load_sent(job) is not None)
    _decide(config, job, sha256, approval.Verdict.REJECTED, reason)


def _decide(
    config: AgentConfig, job: str, sha256: str | None, verdict: approval.Verdict, reason: str
) -> None:
    state = open_state(config.state_dir)
    record = jobs.require(state, job)
    decision = approval.decide(state, job, record.frozen, verdict, sha256, reason)
    click.echo(f"Job {job}: {decision.verdict} by {decision.by}.")


@main.command()
@click.option("--once", is_flag=True, help="Deal with what waits, then stop.")
@click.option("--until-job-ends", is_flag=True, help="Stop after the first job that ends.")
@click.option("--stop-before", type=click.Choice(POINTS), hidden=True, help="For drills.")
@click.option("--stop-after", type=click.Choice(POINTS), hidden=True, help="For drills.")
@click.option("--in-step", type=int, default=0, hidden=True, help="For drills.")
@click.pass_obj
@plain_errors
def run(
    file: Path,
    once: bool,
    until_job_ends: bool,
    stop_before: str | None,
    stop_after: str | None,
    in_step: int,
) -> None:
    """Run the service. It logs one JSON object per line to the standard error stream."""
    from site_agent.logging_setup import set_up_logging

    if once and until_job_ends:
        raise click.UsageError("--once and --until-job-ends exclude each other")
    set_up_logging()
    from site_agent.service import run_service  # loads gRPC, which logs as it is told by then

    faults = FaultPlan(stop_before, stop_after, in_step)
    run_service(load_config(file), once, until_job_ends, faults)


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
@plain_errors
def status(file: Path, as_json: bool) -> None:
    """Show enrolment, documents and jobs. Works without a connection."""
    from site_agent.show import status_document, status_lines

    document = status_document(load_config(file))
    lines = [json.dumps(document, indent=2)] if as_json else status_lines(document)
    for line in lines:
        click.echo(line)


@main.command()
@click.argument("job")
@click.option("--out", type=click.Path(path_type=Path), help="Where to write the HTML file.")
@click.option("--provider", help="Which of several it speaks of, such as a ward; with --out.")
@click.option("--json", "as_json", is_flag=True, help="Print result and position as JSON.")
@click.pass_obj
@plain_errors
def report(file: Path, job: str, out: Path | None, provider: str | None, as_json: bool) -> None:
    """Write this hospital's report on JOB as one HTML file that needs no network.

    Where a measure compares several providers of the hospital, the page has a
    table of them all and speaks of the largest, or the one that is named.
    """
    from site_agent.report import result_of, write_report

    if provider is not None and out is None:
        raise click.UsageError("--provider needs --out: the usual file is of the largest")
    config = load_config(file)
    if as_json:
        click.echo(json.dumps(result_of(config, job), indent=2))
        return
    click.echo(f"Wrote {write_report(config, job, out, provider)}")


@main.group()
def ledger() -> None:
    """Look into the hash-chained record of everything that left."""


@ledger.command()
@click.option("--json", "as_json", is_flag=True, help="Print every entry as JSON.")
@click.pass_obj
@plain_errors
def verify(file: Path, as_json: bool) -> None:
    """Verify the audit ledger and the release history."""
    from site_agent.show import ledger_lines

    for line in ledger_lines(load_config(file), as_json):
        click.echo(line)


main.add_command(map_tables)
