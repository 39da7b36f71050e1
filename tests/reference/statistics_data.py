"""Read the reference data; who made which file is in data/README.md."""

import csv
import json
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"

Pairs = list[tuple[int, int]]
"""(events, patients) of each hospital, in the order of the file."""


@cache
def oracle(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((DATA / f"{name}.json").read_text("utf-8"))
    return content


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def pairs(name: str, events: str, patients: str) -> Pairs:
    return [(int(row[events]), int(row[patients])) for row in rows(name)]


def surgical() -> Pairs:
    return pairs("surgical", "r", "n")


def new_york() -> Pairs:
    return pairs("ny_cabg_2003", "Deaths", "Cases")


def bristol() -> Pairs:
    return pairs("bristol_1991_95", "Deaths", "Operations")


def nhs() -> Pairs:
    return pairs("nhs_ae_type1_totals", "breaches", "attendances")


def michigan() -> Pairs:
    return pairs("cms_mi_heart_failure", "readmissions", "discharges")


def sums(counts: Pairs) -> tuple[int, int, int, float, int]:
    """Return N, Σr, Σn, Σ(r−nθ)²/n and Σn²: all that the federation ever adds up for these."""
    pooled = sum(r for r, _ in counts) / sum(n for _, n in counts)
    return (
        len(counts),
        sum(r for r, _ in counts),
        sum(n for _, n in counts),
        sum((r - n * pooled) ** 2 / n for r, n in counts),
        sum(n * n for _, n in counts),
    )
