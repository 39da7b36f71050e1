"""``python -m benchmarks.engine``: a measure over heavy tables beside SQL written by hand."""

import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from benchmarks import engine_tables
from benchmarks.engine_time import Time, cheapest
from fedqi.engine import summarise


def proportion(path: Path, repeat: int, keyed: bool) -> Iterator[Time]:
    """Time a proportion by quarter, and the same counts by hand.

    Parameters
    ----------
    path
        A table of :func:`benchmarks.engine_tables.write_stays`.
    repeat
        Runs of which the cheapest counts.
    keyed
        Whether the measure names a key; by hand it is then grouped by the key as well.

    Raises
    ------
    RuntimeError
        If the two do not count the same.
    """
    measure = engine_tables.stays_measure(keyed)
    by_hand = engine_tables.stays_by_hand(path, keyed)
    name = "proportion, key checked" if keyed else "proportion"

    def ours() -> list[tuple[int, int]]:
        series = summarise(measure, path).cells[""]
        return [(cell.observed, cell.denominator) for cell in series.values()]

    yield from _beside(name, ours, by_hand, repeat)


def patterns(path: Path, repeat: int) -> Iterator[Time]:
    """Time the patterns of eight categories, and one GROUP BY by hand.

    Parameters
    ----------
    path, repeat
        As of :func:`proportion`; a table of :func:`benchmarks.engine_tables.write_categories`.

    Raises
    ------
    RuntimeError
        If the two do not count the same.
    """
    measure = engine_tables.categories_measure()

    def ours() -> list[tuple[int, int]]:
        table = summarise(measure, path).patterns[""]["all"]
        return sorted(zip(table.events, table.patients, strict=True))

    yield from _beside("patterns", ours, engine_tables.categories_by_hand(path), repeat)


Counts = Callable[[], list[tuple[int, int]]]


def _beside(name: str, ours: Counts, by_hand: Counts, repeat: int) -> Iterator[Time]:
    """Run both in turn, so that what else the machine does meets both."""
    both = cheapest({"fedqi": ours, "by hand": by_hand}, repeat)
    found = {tuple(result) for _, result in both.values()}
    if len(found) != 1:
        raise RuntimeError(f"{name}: the engine and the SQL by hand count differently")
    for system, (time, _) in both.items():
        yield time._replace(task=name, system=system)


@click.command()
@click.option("--rows", default=100_000_000, show_default=True, help="Of the proportion.")
@click.option("--pattern-rows", default=10_000_000, show_default=True, help="Of the patterns.")
@click.option("--repeat", default=3, show_default=True, help="Runs, the cheapest counts.")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON per system and task.")
def main(rows: int, pattern_rows: int, repeat: int, as_json: bool) -> None:
    """Time measures over Parquet and the same SQL written by hand for DuckDB.

    Both open a connection with two threads and read the file anew in every run. By hand nothing is
    checked but, where it says so, the key; ours always holds the table against the dataset too.
    The files (about 8 bytes a row) are written to a temporary folder first.
    """
    with tempfile.TemporaryDirectory(prefix="fedqi-bench-") as folder:
        stays = engine_tables.write_stays(Path(folder) / "stays.parquet", rows)
        categories = engine_tables.write_categories(Path(folder) / "cov.parquet", pattern_rows)
        for task in (
            proportion(stays, repeat, keyed=False),
            proportion(stays, repeat, keyed=True),
            patterns(categories, repeat),
        ):
            _show(list(task), as_json)


def _show(times: list[Time], as_json: bool) -> None:
    if as_json:
        for time in times:
            click.echo(json.dumps(time._asdict()))
        return
    ours, hand = times
    click.echo(
        f"{ours.task:<26} fedqi {ours.seconds:8.3f} s ({ours.cpu_s:.3f} s of processor)   "
        f"by hand {hand.seconds:8.3f} s ({hand.cpu_s:.3f})   "
        f"ratio {ours.seconds / hand.seconds:.2f} ({ours.cpu_s / hand.cpu_s:.2f})"
    )


if __name__ == "__main__":
    main()
