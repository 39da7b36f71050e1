"""Files that the commands are tried on."""

from collections.abc import Sequence
from pathlib import Path

import yaml
from click.testing import CliRunner, Result

from fedqi.cli import main

SITES = tuple(f"h{number:02}" for number in range(6))


def fedqi(*arguments: object) -> Result:
    """Run ``fedqi`` with these arguments; a traceback fails the test."""
    result = CliRunner().invoke(main, list(map(str, arguments)))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def counted(folder: Path, name: str = "m.yaml", **changes: object) -> Path:
    """Write a measure over counts, changed as told; None removes a key."""
    body = {
        "fedqi": 1,
        "id": "m",
        "version": "1.0.0",
        "title": "Counted events",
        "direction": "lower",
        "scoring": "proportion",
        "dataset": {"columns": {"n": {"type": "integer"}, "r": {"type": "integer"}}},
        "denominator": {"sum": "n"},
        "numerator": {"sum": "r"},
    } | changes
    path = folder / name
    text = yaml.safe_dump({k: v for k, v in body.items() if v is not None}, sort_keys=False)
    path.write_text(text, encoding="utf-8")
    return path


def table(folder: Path, sites: Sequence[str] = SITES) -> Path:
    """Write the counts of these sites."""
    path = folder / "counts.csv"
    rows = [f"{site},100,{10 + number}" for number, site in enumerate(sites)]
    path.write_text("\n".join(["hospital,n,r", *rows]) + "\n", encoding="utf-8")
    return path
