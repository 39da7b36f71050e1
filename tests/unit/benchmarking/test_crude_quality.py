"""How many hospitals are large enough to be told apart, over the real protocol."""

import csv
from pathlib import Path

import numpy as np
import pytest

import fedqi
from fedqi.benchmarking.crude_quality import read_quality
from fedqi.engine import find_measure
from fedqi.errors import RemoteProtocolError
from fedqi.measures import ALL_PERIODS, Cell
from fedqi.stats.measure_quality import RELIABLE
from fedqi.synthetic import synthetic_rows
from tests.unit.benchmarking.collaborative import counted_measure, run_counts

SITES = tuple(f"s{number:02}" for number in range(14))
MEASURES = ("prolonged-stay", "falls", "length-of-stay", "sepsis-bundle", "handover-survey")


def tables(name: str, folder: Path) -> dict[str, Path]:
    """Write the rows of hospitals of very different sizes."""
    made, found = synthetic_rows(find_measure(name), SITES, 900, 3), {}
    for number, (site, rows) in enumerate(made.items()):
        found[site] = folder / f"{site}.csv"
        with found[site].open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows[: 60 * (number + 1)])
    return found


@pytest.mark.parametrize("name", MEASURES)
def test_quality_is_that_of_the_providers_own_reliabilities(name: str, tmp_path: Path) -> None:
    run = fedqi.benchmark(find_measure(name), tables(name, tmp_path))
    found = run.result.find(name, ALL_PERIODS).analyses["crude"].quality
    own = [
        position.analyses["crude"].reliability
        for site in SITES
        for position in run.site(site).positions
        if position.period == ALL_PERIODS
    ]
    below = sum(each < RELIABLE for each in own)
    assert (found.units, found.below) == (len(own), below)
    assert found.share_below == pytest.approx(below / len(own))
    assert found.mean_reliability == pytest.approx(sum(own) / len(own), rel=1e-7)


def cells(count: int) -> dict[str, dict[str, Cell]]:
    """Return hospitals of 40 to 1,000 patients with very different rates."""
    sizes = [40 + 960 * place // (count - 1) for place in range(count)]
    return {
        f"s{place:02}": {ALL_PERIODS: Cell(size * (3 + 2 * (place % 3)) // 40, size)}
        for place, size in enumerate(sizes)
    }


def test_some_are_below_and_some_are_not() -> None:
    _, result = run_counts(counted_measure(), cells(20))
    found = result.find("m", ALL_PERIODS).analyses["crude"]
    sizes = [own[ALL_PERIODS].denominator for own in cells(20).values()]
    assert found.quality.below == sum(size < found.minimum_volume for size in sizes)
    assert 0 < found.quality.below < 20


def test_of_a_small_group_it_is_not_summed() -> None:
    _, result = run_counts(counted_measure(), cells(6))
    assert result.find("m", ALL_PERIODS).analyses["crude"].quality is None


def test_more_unreliable_than_there_are_is_refused() -> None:
    rehearsal, _ = run_counts(counted_measure(), cells(20))
    ((_, state),) = rehearsal.plan.finished(rehearsal.outcome.state)
    total = {f"{ALL_PERIODS}/{name}": np.array([1]) for name in ("unreliable", "reliability")}
    with pytest.raises(RemoteProtocolError, match="1 of 0 units below"):
        read_quality(state, {**total, f"{ALL_PERIODS}/judged": np.array([0])})
