"""The command ``fedqi-site check``."""

import json
from pathlib import Path

import click

from site_agent.command_line import plain_errors
from site_agent.config import load_config


@click.command("check")
@click.argument("measures", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--html", "page", type=click.Path(path_type=Path), help="Write a page for people.")
@click.pass_obj
@plain_errors
def check_tables(file: Path, measures: tuple[str, ...], as_json: bool, page: Path | None) -> None:
    """Check the hospital's data against MEASURES, or those of known jobs.

    A measure is a YAML file, one of a job known here, or a name of the catalogue.
    """
    from site_agent.check_page import write_check
    from site_agent.quality import check_company, check_data, in_words, require_all_usable

    config = load_config(file)
    check_company(config)
    checks = check_data(config, measures, lambda words: click.echo(words, err=True))
    if page is not None:
        write_check(config, checks, page)
        click.echo(f"Wrote {page}", err=as_json)
    shown = [json.dumps([each.to_dict() for each in checks], indent=2)] if as_json else None
    for line in shown or in_words(checks):
        click.echo(line)
    require_all_usable(checks)
