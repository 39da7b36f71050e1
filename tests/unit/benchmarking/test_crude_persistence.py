"""Standing out over the periods: own history, and how many of the flagged return."""

from typing import Any

from fedqi.benchmarking.crude_persistence import FlagsReturned, OwnPersistence
from fedqi.benchmarking.result import Result, collect_positions
from fedqi.measures import ALL_PERIODS, Cell
from tests.unit.benchmarking.collaborative import counted_measure, run_counts, summary_of

MONTHS = ("2020-01", "2020-02", "2020-03")


def counts(events: dict[str, tuple[int, int, int]]) -> dict[str, dict[str, Cell]]:
    """Return 20 sites with 100 of 1000 a month, but for those named."""
    sites = [f"s{i:02}" for i in range(20)]
    return {
        s: {m: Cell(r, 1000) for m, r in zip(MONTHS, events.get(s, (100,) * 3), strict=True)}
        for s in sites
    }


def flags(result: Result) -> FlagsReturned | None:
    found: FlagsReturned | None = result.find("m", ALL_PERIODS).analyses["crude"].persistence
    return found


def test_flagged_in_one_month_and_not_in_the_next() -> None:
    odd = {"s03": (190, 100, 100), "s07": (190, 190, 100)}
    rehearsal, result = run_counts(counted_measure(), counts(odd))
    found = flags(result)
    # s03 once and returned; s07 twice, and returned the second time
    assert found is not None and (found.flagged, found.returned) == (3, 2)
    assert found.share == 2 / 3 and found.interval is not None
    own = own_of(rehearsal, counts(odd)["s07"])
    assert (own.last, own.judged, own.flagged) == (3, 3, 2)
    assert 0 < own.by_chance < 0.01


def own_of(rehearsal: Any, cells: dict[str, Cell]) -> OwnPersistence:
    summaries = {"m": summary_of(counted_measure(), cells)}
    positions = collect_positions(rehearsal.plan, rehearsal.outcome.state, summaries, "s07")
    found: OwnPersistence = positions[-1].analyses["crude"].persistence
    return found


def test_nobody_flagged_is_no_share() -> None:
    _, result = run_counts(counted_measure(), counts({}))
    assert flags(result) == FlagsReturned(0, 0, None, None)


def test_flags_of_a_small_group_are_not_counted() -> None:
    few = dict(list(counts({"s03": (190, 100, 100)}).items())[:8])
    rehearsal, result = run_counts(counted_measure(), few)
    assert flags(result) is None
    assert own_of(rehearsal, few["s03"]).flagged == 1
