"""Surveys and the flags of periods over the real protocol."""

from typing import Any

import duckdb
import pytest

import fedqi
from fedqi.measures import Measure, parse_measure

SITES = 20


def survey() -> Measure:
    answer = {"type": "integer", "required": False}
    return parse_measure(
        {
            "fedqi": 1,
            "id": "m",
            "version": "1.0.0",
            "title": "How it was",
            "direction": "higher",
            "scoring": "survey",
            "dataset": {"columns": {"calm": answer, "told": answer}},
            "items": [{"item": "calm", "range": [1, 4]}, {"item": "told", "range": [1, 4]}],
        }
    )


def answers(worst_at: int) -> list[tuple[str, int | None, int | None]]:
    """Return questionnaires of 20 sites; the answer 1 to "calm" at so many sites only."""
    found: list[tuple[str, int | None, int | None]] = []
    for site in range(SITES):
        for k in range(40):
            calm = 1 + (k + site) % 4
            calm = 2 if calm == 1 and site >= worst_at else calm
            found.append((f"s{site:02}", None if k % 10 == 9 else calm, 1 + (k // 4) % 4))
        found.append((f"s{site:02}", None, None))
    return found


def run(rows: list[tuple[str, int | None, int | None]]) -> fedqi.Run:
    connection = duckdb.connect()
    connection.execute("CREATE TABLE t (site VARCHAR, calm INTEGER, told INTEGER)")
    connection.executemany("INSERT INTO t VALUES (?, ?, ?)", rows)
    return fedqi.benchmark(survey(), fedqi.split(connection.sql("FROM t"), by="site"))


def crude(run: fedqi.Run) -> dict[str, Any]:
    (result,) = run.result.to_dict()["results"]
    found: dict[str, Any] = result["analyses"]["crude"]
    return found


def test_items_score_and_response_rate() -> None:
    rows = answers(worst_at=SITES)
    found = crude(run(rows))
    calm = [c for _, c, _ in rows if c is not None]
    assert found["completeness"] == {"observed": 800, "asked": 820, "share": 800 / 820}
    assert found["items"]["calm"]["answered"] == len(calm)
    assert found["items"]["calm"]["mean"] == sum(calm) / len(calm)
    assert [a["count"] for a in found["items"]["calm"]["answers"]] == [
        calm.count(value) for value in (1, 2, 3, 4)
    ]
    score = [sum(x) / len(x) for _, *a in rows if (x := [v for v in a if v is not None])]
    assert found["mean"] == pytest.approx(sum(score) / len(score), rel=1e-8)


def test_an_answer_that_too_few_sites_have_joins_the_next() -> None:
    found = crude(run(answers(worst_at=2)))["items"]["calm"]["answers"]
    assert [(a["first"], a["last"]) for a in found] == [(1, 2), (3, 3), (4, 4)]


def test_own_answers_stand_beside_those_of_all() -> None:
    rows = answers(worst_at=SITES)
    (mine,) = run(rows).site("s03").positions
    own = [c for site, c, _ in rows if site == "s03" and c is not None]
    found = mine.to_dict()["analyses"]["crude"]
    assert found["items"]["calm"]["mean"] == sum(own) / len(own)
    assert found["completeness"]["asked"] == 41
    assert (mine.observed, mine.denominator) == (40, 41)


def test_the_result_can_be_read_back() -> None:
    result = run(answers(worst_at=SITES)).result
    assert fedqi.Result.from_dict(result.to_dict()).to_dict() == result.to_dict()
