"""Whoever asks is told of every message before it leaves, in each attempt."""

from fedqi.benchmarking.entropy import seeded_entropy
from fedqi.benchmarking.rehearsal import rehearse
from fedqi.measures import ALL_PERIODS, Cell
from fedqi.secagg.messages import SiteMessage
from tests.unit.benchmarking.collaborative import counted_measure, summary_of

MEASURE = counted_measure()
SITES = tuple("abcdefgh")


def test_what_leaves_and_what_does_not() -> None:
    seen: list[tuple[str, int, str]] = []

    def witness(site: str, attempt: int, message: SiteMessage) -> None:
        seen.append((site, attempt, type(message).__name__))

    cells = {ALL_PERIODS: Cell(10, 100)}
    summaries = {site: {MEASURE.id: summary_of(MEASURE, cells)} for site in SITES}
    drop = {"a": "statement"}
    rehearse([MEASURE], summaries, ["crude"], seeded_entropy(1), drop=drop, witness=witness)
    of_a = [name for site, attempt, name in seen if (site, attempt) == ("a", 1)]
    assert of_a == ["Advert", "Shares", "MaskedInput"]
    of_b = [name for site, attempt, name in seen if (site, attempt) == ("b", 1)]
    assert of_b[:5] == ["Advert", "Shares", "MaskedInput", "Statement", "Unmasking"]
    assert {site for site, _, _ in seen} == set(SITES)
