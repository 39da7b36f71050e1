"""``fedqi measure``: check a definition, say it in plain words, compare two versions."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

import click

from fedqi.command_line import EXIT_CODES, failing_clearly, tell
from fedqi.errors import DefinitionError

if TYPE_CHECKING:
    from fedqi.measures import Measure
    from fedqi.measures.statement import Dialect

WIDTH = 96
FILE = click.Path(path_type=Path)
DECLARED = {
    "yes": "one series of figures, the change does not matter",
    "no": "a new series of figures begins",
    "bridge": (
        "bridge; for a while sum both versions over the same periods, in jobs of their own by the "
        "same hospitals, and show the step between the two series"
    ),
}
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for a script.")


@click.group()
def measure() -> None:
    """Check, explain and compare the definitions of measures; list the catalogue."""


@measure.command("list", epilog=EXIT_CODES)
@AS_JSON
@failing_clearly
def listed(as_json: bool) -> None:
    """List the measures that come with the library; every FILE may be one of these names."""
    from fedqi.engine import catalogue

    found = catalogue()
    if as_json:
        told = [
            {"name": name, "title": each.title, "scoring": each.scoring, **facts(each)}
            for name, each in found.items()
        ]
        click.echo(json.dumps(told, indent=1, ensure_ascii=False))
        return
    for name, each in found.items():
        paragraph(f"{name}: {each.title} ({each.scoring})")


@measure.command("reference", epilog=EXIT_CODES)
@failing_clearly
def every_key() -> None:
    """Print every key of the format in Markdown: value, default and meaning."""
    from fedqi.measures.reference import reference

    click.echo(reference(), nl=False)


@measure.command(epilog=EXIT_CODES)
@click.argument("files", nargs=-1, required=True, type=FILE, metavar="FILE...")
@AS_JSON
@failing_clearly
def check(files: Sequence[Path], as_json: bool) -> None:
    """Say whether definitions are valid; id, version, digest and columns of those that are."""
    from fedqi.engine import find_measure

    checked: list[dict[str, Any]] = []
    for file in files:
        try:
            checked.append({"file": str(file), "valid": True, **facts(find_measure(file))})
        except DefinitionError as error:
            checked.append({"file": str(file), "valid": False, "error": str(error)})
            if not as_json:
                tell(error)
            continue
        if not as_json:
            show_valid(checked[-1])
    if as_json:
        click.echo(json.dumps(checked, indent=1, ensure_ascii=False))
    if not all(each["valid"] for each in checked):
        sys.exit(DefinitionError.exit_code)


def facts(measure: "Measure") -> dict[str, Any]:
    """Return what a programme pins, and what a data manager must bring."""
    columns = measure.dataset.model_dump(mode="json", exclude_none=True)["columns"]
    return {
        "id": measure.id,
        "version": measure.version,
        "lineage": measure.lineage,
        "digest": measure.digest,
        "columns": columns,
    }


def show_valid(found: dict[str, Any]) -> None:
    """Print what was found in a valid definition."""
    needed = [
        f"{name} ({column['type']}{'' if column['required'] else ', may be missing'})"
        for name, column in found["columns"].items()
    ]
    click.echo(f"{found['id']} {found['version']} is valid")
    click.echo(f"  sha256 {found['digest']}")
    paragraph(f"needs {', '.join(needed)}", "  ")


@measure.command(epilog=EXIT_CODES)
@click.argument("file", type=FILE)
@failing_clearly
def explain(file: Path) -> None:
    """Say a definition in plain words: who is counted, what counts, which columns it needs."""
    from fedqi.engine import find_measure
    from fedqi.measures.explain import explained, kind_words

    found = find_measure(file)
    paragraph(found.title)
    steward = f", by {found.steward}" if found.steward is not None else ""
    paragraph(f"{found.name}{steward}; {kind_words(found)}")
    for heading, lines in explained(found):
        click.echo(f"\n{heading}")
        for line in lines:
            paragraph(line, "  ")


@measure.command(epilog=EXIT_CODES)
@click.argument("old", type=FILE)
@click.argument("new", type=FILE)
@AS_JSON
@failing_clearly
def diff(old: Path, new: Path, as_json: bool) -> None:
    """Say what changed between two versions, and whether their figures can be compared."""
    from fedqi.engine import find_measure
    from fedqi.measures.changes import changes, declared

    before, after = find_measure(old), find_measure(new)
    found, said_so = changes(before, after), declared(before, after)
    if as_json:
        told = {
            "old": facts(before),
            "new": facts(after),
            "changes": [asdict(change) for change in found],
            "comparable": all(change.comparable for change in found),
            "declared": said_so,
        }
        click.echo(json.dumps(told, indent=1, ensure_ascii=False))
        return
    click.echo(f"{before.name} → {after.name}")
    for change in found:
        paragraph(f"{change.key}: {difference(change.old, change.new)}", "  ")
    paragraph(verdict([change.key for change in found if not change.comparable], bool(found)))
    if said_so is not None:
        paragraph(f"The author of {after.name} says: {DECLARED[said_so]}.")
    if found and before.version == after.version and before.id == after.id:
        paragraph(
            f"Both are called {after.name}: a changed definition needs a version of its own, and "
            "its author must raise it."
        )


@measure.command(epilog=EXIT_CODES)
@click.argument("file", type=FILE)
@click.option(
    "--dialect",
    type=click.Choice(["duckdb", "postgres", "tsql"]),
    default="duckdb",
    show_default=True,
    help="Whose SQL; tsql is that of SQL Server 2022.",
)
@click.option("--table", default="stays", show_default=True, help="The table, with its schema.")
@failing_clearly
def sql(file: Path, dialect: "Dialect", table: str) -> None:
    """Print a definition as the statement that counts it, to read or to run elsewhere.

    That of SQL Server is generated, and run by nobody here: hold its counts against those of a
    file before relying on it.
    """
    from fedqi.engine import find_measure
    from fedqi.measures.statement import statement

    click.echo(statement(find_measure(file), table, dialect), nl=False)


def verdict(counting: Sequence[str], changed: bool) -> str:
    """Say whether figures before and after can be compared, and if not, because of what."""
    if counting:
        return f"The figures are not comparable, because of {', '.join(counting)}."
    if changed:
        return "The figures stay comparable: what is counted has not changed."
    return "No key differs: the figures are comparable."


def difference(old: Any, new: Any) -> str:
    """Return both values, or of two lists what was added and removed: code lists are long."""
    if not (isinstance(old, list) and isinstance(new, list) and old and new):
        return f"{said(old)} → {said(new)}"
    added, removed = [v for v in new if v not in old], [v for v in old if v not in new]
    parts = [("added", added), ("removed", removed)]
    told = "; ".join(f"{word} {said(values)}" for word, values in parts if values)
    return told or "in another order"


def said(value: Any) -> str:
    """Return a value of a definition as a person would write it."""
    if value is None or value == []:
        return "none"
    if isinstance(value, dict):
        return ", ".join(f"{k} {said(v)}" for k, v in value.items() if v is not None)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, float):
        return f"{value:g}"
    return str(value).lower() if isinstance(value, bool) else str(value)


def paragraph(text: str, indent: str = "") -> None:
    """Print wrapped text; what could steer a terminal is shown as a mark."""
    plain = "".join(c if c.isprintable() else "\ufffd" for c in " ".join(text.split()))
    click.echo(fill(plain, WIDTH, initial_indent=indent, subsequent_indent=f"{indent}  "))
