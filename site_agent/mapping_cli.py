"""The commands ``fedqi-site map suggest`` and ``fedqi-site map check``."""

import json
from pathlib import Path
from typing import Any

import click

from fedqi.errors import DataQualityError, FedQIError
from site_agent.config import Source, load_config

_SOURCE = click.option(
    "--source",
    metavar="PATH|URL",
    help="A file, a folder of files, or postgresql://account@host/database; else as configured.",
)
_TABLE = click.option("--table", metavar="NAME", help="Of a database; public.* if not said.")


class _PlainErrors(click.Group):
    """Turns the project's errors into one message and their exit code."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except FedQIError as error:
            click.echo(f"Error: {error}", err=True)
            raise SystemExit(error.exit_code) from None


@click.group("map", cls=_PlainErrors)
def map_tables() -> None:
    """From the hospital's own tables to the dataset of a measure: propose, check."""


@map_tables.command("reference")
def every_key() -> None:
    """Print every key of the format in Markdown: value, default and meaning."""
    from fedqi.mapping.reference import mapping_reference

    click.echo(mapping_reference(), nl=False)


@map_tables.command()
@click.argument("measure", metavar="FILE|NAME")
@_SOURCE
@_TABLE
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write it here.")
@click.pass_obj
def suggest(
    file: Path, measure: str, source: str | None, table: str | None, out: Path | None
) -> None:
    """Propose a mapping for a measure from names of columns and what their cells read as.

    Of the cells only codes are shown, of columns with at most 20, and only those that at least 5
    rows share. Nothing leaves this machine.
    """
    from fedqi.engine import find_measure
    from site_agent.mapping import suggestion, tables_at

    wanted = find_measure(measure)
    found = tables_at(source, table) if source else load_config(file).source(wanted.id).table
    text = suggestion(wanted, found)
    if out is None:
        click.echo(text, nl=False)
        return
    if out.exists():
        raise click.UsageError(f"{out} exists already; name another file with --out")
    out.write_text(text, encoding="utf-8")
    click.echo(f"Wrote {out}. Go through every line, then 'fedqi-site map check'.")


@map_tables.command()
@click.argument("measure", metavar="FILE|NAME")
@_SOURCE
@_TABLE
@click.option("--mapping", metavar="FILE|NAME", help="A YAML file, omop-5.4 or fhir-r4.")
@click.option("--time-zone", metavar="ZONE", help="The hospital's own, such as Europe/Amsterdam.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def check(
    file: Path,
    measure: str,
    source: str | None,
    table: str | None,
    mapping: str | None,
    time_zone: str | None,
    as_json: bool,
) -> None:
    """Explain what does not fit between a mapping, the tables and a measure, and who must act."""
    from fedqi.engine import find_measure
    from fedqi.engine.mapping_report import examine
    from site_agent.mapping import in_words, mapped_source, tables_at

    wanted = find_measure(measure)
    if source is not None:
        given = Source(tables_at(source, table), {})
    else:
        given = load_config(file).source(wanted.id)
    tables = mapped_source(given, mapping, time_zone, lambda words: click.echo(words, err=True))
    report = examine(wanted, tables)
    lines = [json.dumps(report.to_dict(), indent=2)] if as_json else in_words(report)
    for line in lines:
        click.echo(line)
    if not report.ok:
        raise DataQualityError(f"{report.measure}: mapping {report.mapping} does not fit yet")
