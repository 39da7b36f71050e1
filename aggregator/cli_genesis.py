"""``fedqi-aggregator genesis``: the founding documents."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import yaml

from aggregator import members, reporting
from aggregator.commands import as_json, office
from aggregator.definitions import read_measures
from aggregator.genesis import MeasureDocument, draft, load_genesis, store_draft
from fedqi.charter import (
    Collection,
    Genesis,
    GroupNumbers,
    PeriodGrain,
    describe,
    fingerprint,
    read_document,
)
from fedqi.errors import ConfigurationError, InsufficientSitesError
from fedqi.secagg.parameters import (
    default_collusion_bound,
    group_minimum,
    reconstruction_threshold,
)
from fedqi.segments import read_segments

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("measures", nargs=-1, type=FILE)
@click.option(
    "--collection",
    "collections",
    multiple=True,
    type=FILE,
    help="YAML of a collection (id, title, measures, analyses, periods); may be repeated. "
    "Without it, one collection 'all' carries every measure with the analysis 'crude'.",
)
@click.option("--collusion-bound", type=click.IntRange(0), help="c; by default min(⌈N/3⌉-1, 5).")
@click.option(
    "--min-others",
    type=click.IntRange(2),
    default=2,
    show_default=True,
    help="Honest others beside a site in any sum, at least.",
)
@click.option(
    "--retention",
    default="Results are kept for as long as the collaborative exists.",
    help="What the charter says on keeping results.",
)
@click.option("--arbiter", default="The members' assembly.", help="Who settles disputes.")
@click.option(
    "--finest-period",
    type=click.Choice([grain.value for grain in PeriodGrain]),
    default=PeriodGrain.MONTH.value,
    show_default=True,
    help="The shortest period that may be summed.",
)
@click.option(
    "--segments",
    type=FILE,
    help="YAML of peer groups, each with its sites: every member is compared within its own.",
)
@as_json
@click.pass_context
def genesis(
    context: click.Context,
    /,
    measures: tuple[Path, ...],
    collections: tuple[Path, ...],
    collusion_bound: int | None,
    segments: Path | None,
    as_json: bool,
    **rules: Any,
) -> None:
    """Freeze charter, roster and programme from the enrolled sites and MEASURES.

    Every agent then signs them. Without MEASURES: show them and who has signed.
    """
    here = office(context)
    if measures:
        with here.database.transaction() as connection:
            enrolled = [row for row in members.all_members(connection) if not row.revoked]
            bound = collusion_bound
            bound = default_collusion_bound(len(enrolled)) if bound is None else bound
            _check_size(len(enrolled), bound, rules["min_others"])
            rules |= {"collaborative": here.collaborative, "title": here.title}
            rules |= _segments(segments, group_minimum(bound, rules["min_others"]))
            documents = read_measures(measures)
            chosen = _collections(collections, documents)
            made = draft({**rules, "collusion_bound": bound}, enrolled, documents, chosen)
            store_draft(connection, made, documents)
    with here.database.reading() as connection:
        stored, facts = load_genesis(connection), reporting.founding(connection)
    if stored is None or facts is None:
        raise ConfigurationError("no founding documents yet: name the measure files to make them")
    _show(stored, facts, as_json)


def _check_size(enrolled: int, bound: int, others: int) -> None:
    needed = group_minimum(bound, others)
    if enrolled < needed:
        raise InsufficientSitesError(
            f"{enrolled} sites are enrolled, at least {needed} must stand together (collusion "
            f"bound {bound}, min_others {others}); invite more sites first"
        )


def _segments(path: Path | None, needed: int) -> dict[str, Any]:
    groups = read_segments(path)
    for name, sites in groups.items():
        if len(sites) < needed:
            raise InsufficientSitesError(
                f"{path}: peer group {name} has {len(sites)} members, at least {needed} must "
                "stand together; join it to another group"
            )
    parts = [{"id": name, "sites": sites} for name, sites in groups.items()]
    return {"segments": parts} if parts else {}


def _collections(paths: Sequence[Path], documents: Sequence[MeasureDocument]) -> list[Collection]:
    if not paths:
        names = tuple(document.planned.id for document in documents)
        return [Collection(id="all", title="All measures", measures=names, analyses=("crude",))]
    return [read_document(Collection, _yaml(path)) for path in paths]


def _yaml(path: Path) -> dict[str, object]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigurationError(f"{path}: not readable as YAML: {error}") from error
    if not isinstance(content, dict):
        raise ConfigurationError(f"{path}: expected the keys of a collection")
    return content


def _show(stored: Genesis, facts: dict[str, Any], as_json: bool) -> None:
    code = fingerprint(stored)
    if as_json:
        click.echo(json.dumps(facts | {"fingerprint": code}))
        return
    click.echo("\n".join(describe(stored, _numbers(stored))))
    signed = facts["members"] - len(facts["not_signed"])
    click.echo(f"Signed by {signed} of {facts['members']} members.")


def _numbers(stored: Genesis) -> GroupNumbers:
    members, bound = len(stored.roster.members), stored.charter.collusion_bound
    minimum = group_minimum(bound, stored.charter.min_others)
    return GroupNumbers(members, bound, reconstruction_threshold(members, bound), minimum)
