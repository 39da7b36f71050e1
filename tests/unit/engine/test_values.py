"""Values, answers and components, counted in the engine as whole numbers."""

from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import duckdb
import pytest

from fedqi.engine import summarise
from fedqi.errors import DataQualityError
from fedqi.measures import Measure, ValueTable, parse_measure

STAYS = [0.5, 3.25, 7, 7, 21.5, 28, 399, 400]


def measure(scoring: str, columns: dict[str, Any], **changes: Any) -> Measure:
    return parse_measure(
        {
            "fedqi": 1,
            "id": "m",
            "version": "1.0.0",
            "title": "M",
            "direction": "higher",
            "scoring": scoring,
            "dataset": {"columns": columns},
            **changes,
        }
    )


def stays(outside: str = "winsorise", **value: Any) -> Measure:
    given = {"expression": "days", "bounds": [0, 400], "outside": outside, **value}
    column = {"type": "number", "required": False}
    return measure("continuous", {"days": column}, value=given)


def rows(sql: str) -> duckdb.DuckDBPyRelation:
    return duckdb.connect().sql(sql)


def days(values: list[float | None]) -> duckdb.DuckDBPyRelation:
    listed = ", ".join("(NULL)" if v is None else f"({v}::DOUBLE)" for v in values)
    return rows(f"SELECT * FROM (VALUES {listed}) t(days)")


def values_of(own: Measure, source: Any) -> ValueTable:
    return summarise(own, source).values[""]["all"]


def test_sums_are_those_of_the_values() -> None:
    own = stays(grid=[1, 7, 28])
    found, scale = values_of(own, days([*STAYS])), own.scale
    assert scale is not None
    assert scale.origin + found.total / found.count * scale.step == fmean(STAYS)
    sd = (found.about_mean / (found.count - 1)) ** 0.5 * scale.step
    assert sd == pytest.approx(stdev(STAYS), rel=1e-14)
    assert found.grid == (1, 3, 2, 2)


def test_order_and_splitting_of_rows_change_nothing() -> None:
    odd = [0.1 * k for k in range(57)]
    whole = values_of(stays(), days([*odd]))
    assert values_of(stays(), days([*reversed(odd)])) == whole
    parts = values_of(stays(), days([*odd[:20]])), values_of(stays(), days([*odd[20:]]))
    assert parts[0] + parts[1] == whole


@pytest.mark.parametrize(("outside", "count", "top"), [("winsorise", 4, 2), ("exclude", 2, 1)])
def test_what_is_outside_the_bounds(outside: str, count: int, top: int) -> None:
    summary = summarise(stays(outside, grid=[100]), days([-5, 3, 400, 401, None]))
    cell, table = summary.cells[""]["all"], summary.values[""]["all"]
    assert (cell.observed, cell.denominator, table.count) == (count, 5, count)
    assert table.grid == (count - top, top)


def test_what_is_outside_can_be_refused() -> None:
    with pytest.raises(DataQualityError, match="2 rows with a value outside 0 to 400"):
        summarise(stays("error"), days([-5, 3, 401, None]))


def test_a_value_without_an_end_is_none() -> None:
    own = stays(expression="days / (days - days)")
    assert summarise(own, days([1, 2])).cells[""]["all"].observed == 0


def test_minutes_between_two_times(tmp_path: Path) -> None:
    file = tmp_path / "doors.csv"
    file.write_text(
        "arrived,opened\n2020-03-01 23:50,2020-03-02 00:35:30\n2020-03-01T10:00,2020-03-01T11:00\n"
        "2020-03-01 10:00,\n"
    )
    moment = {"type": "datetime"}
    own = measure(
        "continuous",
        {"arrived": moment, "opened": {**moment, "required": False}},
        value={"minutes": ["arrived", "opened"], "bounds": [0, 240]},
        initial_population="arrived >= '2020-03-01'",
    )
    summary = summarise(own, file)
    table, scale = summary.values[""]["all"], own.scale
    assert scale is not None
    assert (table.count, summary.cells[""]["all"].denominator) == (2, 3)
    assert 2 * scale.origin + table.total * scale.step == 45.5 + 60
    file.write_text("arrived,opened\n2020-03-01 10:00,2020-03-01 09:00\n")
    with pytest.raises(DataQualityError, match="1 row with opened before arrived"):
        summarise(own, file)


def test_change_counts_responders_in_the_better_direction() -> None:
    score = {"type": "integer", "min": 0, "max": 48, "required": False}
    data = rows("SELECT * FROM (VALUES (20, 25), (20, 24), (30, 20), (NULL, 40)) t(before, after)")
    for direction, responders in (("higher", 1), ("lower", 1)):
        own = measure(
            "continuous",
            {"before": score, "after": score},
            value={"change": ["before", "after"], "responder": 5},
            direction=direction,
        )
        table = values_of(own, data)
        assert own.scale is not None and (own.scale.lower, own.scale.upper) == (-48, 48)
        assert (table.count, table.responders) == (3, responders)


def test_a_survey_scores_who_answered_half() -> None:
    answer = {"type": "integer", "required": False}
    own = measure(
        "survey",
        {"calm": answer, "pain": answer, "told": answer},
        items=[
            {"item": "calm", "range": [1, 5]},
            {"item": "pain", "range": [1, 5], "reverse": True},
            {"item": "told", "range": [1, 5]},
        ],
    )
    data = rows("SELECT * FROM (VALUES (5, 1, 5), (3, 4, NULL), (2, NULL, NULL)) t(calm,pain,told)")
    summary = summarise(own, data)
    table, scale = summary.values[""]["all"], own.scale
    assert scale is not None
    assert (table.count, summary.cells[""]["all"].denominator) == (2, 3)
    assert 2 * scale.origin + table.total * scale.step == 5 + 2.5
    assert table.items == ((0, 0, 1, 0, 1), (1, 0, 0, 1, 0), (0, 0, 0, 0, 1))
    with pytest.raises(DataQualityError, match="1 row with an answer to told outside 1 to 5"):
        summarise(own, rows("SELECT 1 AS calm, 2 AS pain, 6 AS told"))


@pytest.mark.parametrize(("rule", "cell"), [("all_or_none", (2, 3)), ("opportunity", (4, 5))])
def test_composites(rule: str, cell: tuple[int, int]) -> None:
    flag = {"type": "boolean", "required": False}
    own = measure(
        "composite",
        {"due": flag, "given": flag, "told": flag, "alive": flag},
        rule=rule,
        components=[
            {"component": "drug", "denominator": "due", "numerator": "given"},
            {"component": "advice", "denominator": "alive", "numerator": "told"},
        ],
    )
    data = rows(
        "SELECT * FROM (VALUES (true, true, true, true), (true, NULL, true, true), "
        "(false, true, true, true), (NULL, true, true, NULL)) t(due, given, told, alive)"
    )
    summary = summarise(own, data)
    found, table = summary.cells[""]["all"], summary.components[""]["all"]
    assert (found.observed, found.denominator) == cell
    assert (table.eligible, table.met) == ((2, 3), (1, 3))
    assert (table.met_squares, table.products, table.eligible_squares) == (6, 7, 9)
