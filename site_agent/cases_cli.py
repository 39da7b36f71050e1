"""The command ``fedqi-site cases``."""

from pathlib import Path
from typing import cast

import click

from fedqi.measures.cases import CASE_SETS, CaseSet
from site_agent.command_line import plain_errors
from site_agent.config import load_config


@click.command("cases")
@click.argument("measure")
@click.option("--set", "chosen", type=click.Choice(CASE_SETS), required=True, help="Which cases.")
@click.option("--period", default="all", show_default=True, help="Such as 2016-Q2.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help="A new file; made readable for you alone.",
)
@click.option("--job", help="For 'unexpected': predict by the model that this job released.")
@click.pass_obj
@plain_errors
def list_cases(
    file: Path, measure: str, chosen: str, period: str, out: Path, job: str | None
) -> None:
    """List the local keys behind a figure of MEASURE into a file that stays here.

    MEASURE is a file, a measure of a job known here, or a name of the catalogue. Who listed what
    and when is put on record, in accesses.jsonl of the state directory; the keys are not.
    """
    from site_agent.cases import write_cases

    config = load_config(file)
    size, model = write_cases(config, measure, cast(CaseSet, chosen), period, out, job)
    cases = "1 case" if size == 1 else f"{size} cases"
    click.echo(f"{cases} in {out}{f', by the model {model.name}' if model.name else ''}.")
    click.echo(
        "Who listed them is on record. The file names patients: delete it when it has served."
    )
