"""``fedqi``: the demonstration, a rehearsal on one file, and tools for measures."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from fedqi.command_line import EXIT_CODES, failing_clearly
from fedqi.errors import ConvergenceError
from fedqi.measure_cli import measure


@click.group(epilog=EXIT_CODES)
@click.version_option(package_name="fedqi")
def main() -> None:
    """Learn where hospitals stand among their peers; nobody ever holds another's figures."""


main.add_command(measure)


@main.command(epilog=EXIT_CODES)
@click.argument("measures", nargs=-1, required=True, metavar="FILE|NAME...")
@click.option("--data", required=True, type=click.Path(path_type=Path), help="CSV or Parquet.")
@click.option("--site-column", required=True, help="Column that names each row's site.")
@click.option("--mapping", help="File, omop-5.4 or fhir-r4: how the tables of --data are read.")
@click.option("--time-zone", help="Of the hospitals, such as Europe/Amsterdam; for --mapping.")
@click.option(
    "--analysis",
    "analyses",
    multiple=True,
    default=("crude",),
    show_default=True,
    help="crude, meta, direct, standardised or hierarchical; may be repeated.",
)
@click.option("--period", help="Keep this period only, such as 2018-04.")
@click.option(
    "--drop",
    multiple=True,
    metavar="SITE[:STEP]",
    help="Let a site fail before its input; of a later STEP, for good.",
)
@click.option(
    "--segments",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="YAML of peer groups, each with its sites: compare within them.",
)
@click.option("--seed", type=int, help="Replay a run. Never for real work.")
@click.option(
    "--json",
    "json_file",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write all results here.",
)
@click.option(
    "--report",
    type=click.Path(file_okay=False, writable=True, path_type=Path),
    help="Folder for every site's report.",
)
@failing_clearly
def benchmark(
    measures: Sequence[str],
    data: Path,
    site_column: str,
    mapping: str | None,
    time_zone: str | None,
    analyses: Sequence[str],
    period: str | None,
    drop: Sequence[str],
    segments: Path | None,
    seed: int | None,
    json_file: Path | None,
    report: Path | None,
) -> None:
    """Rehearse a benchmark on one file: every site masked, before anyone installs an agent.

    Measures are files, or names of the catalogue ('fedqi measure list'). With a mapping the data
    may be a folder of files.
    """
    from fedqi import api
    from fedqi.engine import find_measure
    from fedqi.rehearsal_output import fitted_nowhere, prepare, summary_lines, write_reports
    from fedqi.segments import read_segments

    definitions = [find_measure(each) for each in measures]
    if time_zone is not None and mapping is None:
        raise click.UsageError("--time-zone is for a mapping; name one with --mapping")
    mapped = api.load_mapping(mapping, time_zone) if mapping is not None else None
    sources = api.split(data, by=site_column, mapping=mapped)
    prepare(json_file, report)
    with progress_line() as progress:
        run = api.benchmark(
            definitions,
            sources,
            analyses=analyses,
            period=period,
            drop=dict(map(failure, drop)),
            seed=seed,
            progress=progress,
            today=datetime.now(UTC).date(),
            segments=read_segments(segments),
        )
    click.echo("\n".join(summary_lines(run)))
    if json_file is not None:
        text = json.dumps(run.to_dict(), indent=1, ensure_ascii=False)
        json_file.write_text(f"{text}\n", encoding="utf-8")
    if report is not None:
        click.echo(f"{len(write_reports(run, report))} reports are in {report}")
    if failed := fitted_nowhere(run):
        raise ConvergenceError(f"{' and '.join(failed)} found nothing; the reason stands above")


def failure(text: str) -> tuple[str, str | int]:
    """Read ``SITE`` or ``SITE:STEP``: which site fails, and when."""
    site, _, step = text.rpartition(":")
    return (site, int(step)) if site and step.isdecimal() else (text, "masked_input")


@contextmanager
def progress_line() -> Iterator[Callable[[str, int, int], None]]:
    """Show one line that is overwritten, on a terminal only, and end it whatever happens."""
    terminal = sys.stderr.isatty()

    def show(phase: str, answered: int, expected: int) -> None:
        if terminal:
            click.echo(f"\r{phase:<28} {answered:>5} of {expected} sites", nl=False, err=True)

    try:
        yield show
    finally:
        if terminal:
            click.echo("", err=True)


@main.command(epilog=EXIT_CODES)
@click.option("--sites", default=24, show_default=True, help="Hospitals, one process each.")
@click.option("--drop", default=1, show_default=True, help="Agents to kill before they contribute.")
@click.option("--example", default="cms-hrrp", show_default=True, help="cms-hrrp or nhs-ae.")
@click.option(
    "--over",
    type=click.Choice(("services", "flower")),
    default="services",
    show_default=True,
    help="Our services; or these and then Flower, with six hospitals, and their figures compared.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("fedqi-demo"),
    show_default=True,
    help="Folder for everything; an earlier demonstration in it is replaced.",
)
@failing_clearly
def demo(sites: int, drop: int, example: str, over: str, out: Path) -> None:
    """Show a real federation on this machine: real data, real processes, killed on the way."""
    if over == "flower":
        from fedqi.demo.over_flower import run_flower_demo

        run_flower_demo(out.resolve())
        return
    from fedqi.demo import run_demo

    run_demo(example, sites, drop, out.resolve())
