"""The command ``fedqi-site rehearse``."""

from collections.abc import Sequence
from pathlib import Path

import click

from site_agent.command_line import plain_errors
from site_agent.config import load_config
from site_agent.state import StateDirectory


@click.command("rehearse")
@click.argument("measure")
@click.option(
    "--analysis",
    "analyses",
    multiple=True,
    default=("crude",),
    show_default=True,
    help="How hospitals are compared; may be repeated.",
)
@click.option(
    "--sites",
    type=click.IntRange(min=1),
    default=12,
    show_default=True,
    help="How many made-up hospitals.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("fedqi-rehearsal"),
    show_default=True,
    help="A new folder for rows, page and ledger.",
)
@click.pass_obj
@plain_errors
def rehearse_measure(
    file: Path, measure: str, analyses: Sequence[str], sites: int, out: Path
) -> None:
    """Run MEASURE end to end on made-up rows of made-up hospitals, masked, on this machine.

    MEASURE is a file, a measure of a job known here, or a name of the catalogue. No configuration
    is needed; neither the hospital's table nor the agent's state and ledger are touched.
    """
    from fedqi.rehearsal_output import summary_lines
    from site_agent.definitions import find_definition
    from site_agent.rehearse import LEDGER, PAGE, ROWS, SEED, rehearse

    # Not opened as for work, which would write into it.
    state = StateDirectory(load_config(file).state_dir) if file.exists() else None
    found = rehearse(find_definition(measure, state), sites, analyses, out)
    click.echo(f"Synthetic rows: {sites} made-up hospitals, {ROWS} rows each, seed {SEED}.")
    click.echo("\n".join(summary_lines(found.run)))
    click.echo(f"Page of {found.site}, marked as synthetic: {out / PAGE}")
    click.echo(
        f"Ledger of this rehearsal alone: {found.messages} masked or signed messages in "
        f"{found.size:,} bytes would have left {found.site}: {out / LEDGER}"
    )
